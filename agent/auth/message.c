#include "message.h"

#include "cleanup.h"
#include "escape.h"
#include "gettext.h"

#include <errno.h>
#include <locale.h>
#include <string.h>

#define CALL	  "Please call the IT section."
#define CALL_THEN "please call the IT section."

/* A prompt carries the request to touch: some programs show nothing between prompt and verdict. */
const struct message_row message_rows[MESSAGE_COUNT] = {
	[MESSAGE_INSERT] = {2001, N_("{service}: please plug in your security key (within "
				     "{seconds} seconds).")},
	[MESSAGE_KEY_BUSY] = {2002, N_("Another program is using the security key. Waiting for "
				       "it.")},
	[MESSAGE_PIN] = {2003, N_("{service}: type your security key's PIN,\n"
				  "then touch the key when it blinks: ")},
	[MESSAGE_PIN_OF_KEY] = {2004, N_("{service}: type the PIN of the key \"{key}\",\n"
					 "then touch it when it blinks: ")},
	[MESSAGE_PIN_LEFT] = {2005,
			      N_("{service}: type your security key's PIN ({left} tries left),\n"
				 "then touch the key when it blinks: ")},
	[MESSAGE_PIN_LAST] = {2006, N_("{service}: LAST TRY: another wrong PIN blocks the key.\n"
				       "Type its PIN, then touch it when it blinks: ")},
	[MESSAGE_TOUCH] = {2007, N_("{service}: please touch your security key.")},
	[MESSAGE_FINGER] = {2008, N_("{service}: please put your finger on your security key.")},
	[MESSAGE_FINGER_FAILED] = {2009, N_("The fingerprint was not recognised. The PIN is asked "
					    "instead.")},
	[MESSAGE_REMOTE] = {2010, N_("{service}: the security key plugged into {terminal}\n"
				     "will be used. Type yes to go on: ")},
	[MESSAGE_CODE_OR_KEY] = {2011,
				 N_("{service}: type the one-time code of your app or token;\n"
				    "or plug in your security key and type yes: ")},
	[MESSAGE_CODE_OR_YES] =
		{2012, N_("{service}: type the one-time code of your app or token;\n"
			  "or type yes to use the security key plugged into {terminal}: ")},
	[MESSAGE_CODE] = {2013, N_("{service}: type the one-time code of your app or token: ")},
	[MESSAGE_PASSWORD_AND_CODE] = {2014,
				       N_("{service}: type your password and,\n"
					  "right after it without a blank, the one-time code: ")},
	[MESSAGE_NO_KEY] =
		{2101, N_("No security key was plugged in in time. Plug yours in and try again.\n"
			  "If you do not have it, " CALL_THEN)},
	[MESSAGE_KEY_GONE] = {2102, N_("The security key was pulled out or stopped answering.\n"
				       "Plug it in again and try again.")},
	[MESSAGE_NOT_ACCEPTED] = {2103, N_("This security key is not accepted here. Is it yours?\n"
					   "If it is, " CALL_THEN)},
	[MESSAGE_PIN_WRONG] = {2104, N_("The PIN is wrong. Please try again.")},
	[MESSAGE_PIN_WRONG_LEFT] =
		{2105, N_("The PIN is wrong. Check it and try again; {left} tries are left\n"
			  "until the key blocks itself.")},
	[MESSAGE_PIN_SHORT] = {2106, N_("The PIN must have at least {length} characters.\n"
					"If yours is shorter it has to be changed. " CALL)},
	[MESSAGE_PIN_NOT_SET] = {2107, N_("This security key has no PIN yet. " CALL)},
	[MESSAGE_PIN_MUST_CHANGE] =
		{2108, N_("This security key wants a new PIN before it can be used.\n" CALL)},
	[MESSAGE_REPLUG] = {2109,
			    N_("Too many wrong PINs in a row. Pull the key out, plug it in again\n"
			       "and type the PIN with care.")},
	[MESSAGE_PIN_BLOCKED] = {2110, N_("The security key's PIN is blocked for good.\n" CALL)},
	[MESSAGE_UNTOUCHED] = {2111,
			       N_("The security key was not touched in time. Please try again.")},
	[MESSAGE_UNANSWERED] = {2112, N_("The PIN was not typed in time. Please try again.")},
	[MESSAGE_DENIED] = {2113, N_("The request was turned down at the security key. Please try "
				     "again.")},
	[MESSAGE_FINGER_BLOCKED] =
		{2114,
		 N_("The security key's fingerprint sensor is blocked and it has no PIN.\n" CALL)},
	[MESSAGE_TOKEN_FAULT] = {2115, N_("The security key gave an answer that makes no sense.\n"
					  "Pull it out and try again.")},
	[MESSAGE_SUSPECT] = {2116, N_("This security key may have been copied and is refused.\n"
				      "Call the IT section now.")},
	[MESSAGE_STILL_BUSY] = {2117, N_("Another program went on using the security key.\n"
					 "Close it and try again.")},
	[MESSAGE_NOT_CONFIRMED] =
		{2118, N_("\"yes\" was not typed; no key was used. Try again to go on.")},
	[MESSAGE_PIN_LONG] = {2119, N_("That is too long for a PIN, which has at most 63 bytes.\n"
				       "Check it and try again.")},
	[MESSAGE_SEVERAL_KEYS] = {2120, N_("Which of the security keys is yours can't be told.\n"
					   "Leave it alone plugged in and try again.")},
	[MESSAGE_CODE_WRONG] = {2121,
				N_("The one-time code is not accepted: each one is good once\n"
				   "and for a short time. Wait for the next one and try again.\n"
				   "If that fails too, " CALL_THEN)},
	[MESSAGE_CODE_UNANSWERED] =
		{2122, N_("The one-time code was not typed in time. Please try again.")},
	[MESSAGE_CODE_BLOCKED] =
		{2123,
		 N_("There were too many wrong one-time codes; none is accepted any more.\n" CALL)},
	[MESSAGE_CODE_BUSY] = {2124, N_("One-time codes of yours are in use by another log-in\n"
					"or by the IT section. Wait a minute and try again.\n"
					"If that goes on, " CALL_THEN)},
	[MESSAGE_LOCKED] = {2125, N_("There were too many wrong answers for this name.\n"
				     "Try again at {time}, in {minutes} minutes.\n"
				     "If the answers were not yours, " CALL_THEN)},
	[MESSAGE_LOCKED_SECONDS] = {2126, N_("There were too many wrong answers for this name.\n"
					     "Try again in {seconds} seconds.\n"
					     "If the answers were not yours, " CALL_THEN)},
	[MESSAGE_TERMINAL_LOCKED] =
		{2127, N_("There were too many wrong answers at this terminal.\n"
			  "Try again in {seconds} seconds. If that goes on, " CALL_THEN)},
	[MESSAGE_KEY_AFAR] =
		{2128,
		 N_("A security key works only at the terminal it is plugged into.\n"
		    "Log in there. To log in from afar you need one-time codes:\n" CALL_THEN)},
	[MESSAGE_NOT_HERE] =
		{2150, N_("You may not log in at this terminal, or not in this way.\n"
			  "Use the terminal of your section; if this should be it,\n" CALL_THEN)},
	[MESSAGE_CANNOT_STORE] =
		{2201, N_("The log-in can't be kept account of (the disk is full, read-only\n"
			  "or faulty) and is refused. " CALL)},
	[MESSAGE_CANNOT_RECORD] =
		{2202, N_("The log-in can't be recorded in the journal and is refused.\n" CALL)},
	[MESSAGE_MISCONFIGURED] = {2203, N_("Two-factor log-in is not set up correctly.\n" CALL)},
	[MESSAGE_FORBIDDEN] = {2204, N_("This program may not log in that person. " CALL)},
	[MESSAGE_BROKEN] = {2205, N_("Two-factor log-in failed inside. " CALL)},
	[MESSAGE_RECORD_LATE] =
		{2206, N_("The disk takes too long to record the log-in, which is refused.\n"
			  "Wait a minute and try again. If it stays so, call the IT section.")},
	[MESSAGE_WITNESS] = {2025,
			     N_("{service}: {user} logs in under witness.\n"
				"Member of staff who stands by: plug in your own security key\n"
				"and type your user name: ")},
	[MESSAGE_OUTSIDE_HOURS] = {2140,
				   N_("You may log in here from {time} only. Try again then.\n"
				      "If that is not right, " CALL_THEN)},
	[MESSAGE_SECOND_AFAR] = {2141,
				 N_("Your log-in needs a member of staff with a security key\n"
				    "at the terminal, which does not work from here.\n"
				    "Please log in at the terminal.")},
	[MESSAGE_SECOND_UNANSWERED] = {2142, N_("No member of staff typed a user name in time.\n"
						"Please try again together.")},
	[MESSAGE_KEY_OR_WORDS] = {2020, N_("{service}: plug in your security key and type yes.\n"
					   "If you do not have it with you, type {words}: ")},
	[MESSAGE_CODE_KEY_OR_WORDS] =
		{2021, N_("{service}: type the one-time code of your app or token;\n"
			  "or plug in your security key and type yes.\n"
			  "If you have neither with you, type {words}: ")},
	[MESSAGE_VOUCHER] = {2024, N_("{service}: {user} asks for a substitute log-in.\n"
				      "Colleague who vouches: plug in your own security key\n"
				      "and type your user name: ")},
	[MESSAGE_SUBSTITUTE_CLOCK] =
		{2143, N_("The clock of this terminal is behind the last substitute log-in.\n"
			  "Please call the IT section: it sets the clock right;\n"
			  "if it is, it runs 'sekisho unlock --all'.")},
	[MESSAGE_SUBSTITUTE_OVER] =
		{2144, N_("The substitute log-in took too long and is not good any more.\n"
			  "Please begin again.")},
	[MESSAGE_SUBSTITUTE_ENDS] = {2030,
				     N_("{service}: a substitute log-in is good for today.\n"
					"The session ends at midnight; save your work before.")},
	[MESSAGE_REVOCATIONS] =
		{2211, N_("This terminal's list of revoked keys is missing or can't be read,\n"
			  "so nobody can log in. " CALL)},
	[MESSAGE_REVOCATIONS_OLD] =
		{2212, N_("This terminal was not given the list of revoked keys for too long,\n"
			  "so nobody can log in. " CALL)},
	[MESSAGE_PHONE_VOUCHER] = {2022, N_("{service}: user name of the colleague\n"
					    "who vouches for you by telephone: ")},
	[MESSAGE_CHALLENGE] = {2023, N_("{service}: read this to your colleague:\n"
					"terminal {terminal}, user name {user}, number {number}.\n"
					"Then type the answer that you are told: ")},
	[MESSAGE_ANSWER_TERMINAL] = {2026, N_("Terminal at which your colleague is: ")},
	[MESSAGE_ANSWER_USER] = {2027, N_("User name of your colleague: ")},
	[MESSAGE_ANSWER_NUMBER] = {2028, N_("Number on your colleague's screen: ")},
	[MESSAGE_ANSWER] = {2029, N_("Read this answer to your colleague: {number}.\n"
				     "It is good once, today, for the log-in of {user}\n"
				     "at the terminal {terminal}.\n"
				     "Are you sure that this is who is calling?")},
	[MESSAGE_ANSWER_MALFORMED] =
		{2145, N_("The number, or the name of the terminal, can't be right:\n"
			  "something was misheard or mistyped. Please begin again.")},
	[MESSAGE_ANSWER_UNKNOWN] = {2147,
				    N_("Nobody of that user name is known at this terminal;\n"
				       "there is no answer, and nothing was counted.\n"
				       "Have your colleague spell the name and begin again here.\n"
				       "If it is right, " CALL_THEN)},
	[MESSAGE_ANSWER_WRONG] =
		{2146, N_("The answer is not accepted. Please begin again, with a new number.")},
	[MESSAGE_NOT_SHARED] = {2231, N_("This account is not shared by several people:\n"
					 "there is no operator to be changed.")},
	[MESSAGE_NO_SESSION] =
		{2232, N_("The operator is changed from within a session of the shared account.")},
};

static bool in_japanese;

int message_language(const char *locale_dir, bool japanese)
{
	in_japanese = false;
	/* The C locale would switch all translation off, and a ja_JP locale need not exist. */
	if (!setlocale(LC_CTYPE, "C.UTF-8") || !setlocale(LC_MESSAGES, "C.UTF-8"))
		return -ENOENT;
	if (setenv("LANGUAGE", japanese ? "ja" : "en", 1) < 0)
		return -errno;
	bindtextdomain("sekisho", locale_dir);
	bind_textdomain_codeset("sekisho", "UTF-8");
	textdomain("sekisho");
	/* Without the catalogue it stays English, number and all. */
	in_japanese = japanese && strcmp(_(message_rows[MESSAGE_NO_KEY].text),
					 message_rows[MESSAGE_NO_KEY].text) != 0;
	return 0;
}

/* One {name} at @at; returns its length or 0, and its value. */
static size_t placeholder(const char *at, const struct message_values *values, char *value,
			  size_t size)
{
	const struct {
		const char *name;
		const char *text;
		unsigned int number;
	} rows[] = {
		{"{service}", values->service ? values->service : "", 0},
		{"{terminal}", values->terminal ? values->terminal : "", 0},
		{"{key}", values->key ? values->key : "", 0},
		{"{time}", values->time ? values->time : "", 0},
		{"{user}", values->user ? values->user : "", 0},
		{"{words}", values->words ? values->words : "", 0},
		{"{number}", values->number ? values->number : "", 0},
		{"{seconds}", NULL, values->seconds},
		{"{left}", NULL, values->left},
		{"{length}", NULL, values->length},
		{"{minutes}", NULL, values->minutes},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t length = strlen(rows[i].name);

		if (strncmp(at, rows[i].name, length) != 0)
			continue;
		if (rows[i].text)
			escape_text(rows[i].text, strlen(rows[i].text), value, size);
		else
			snprintf(value, size, "%u", rows[i].number);
		return length;
	}
	return 0;
}

static size_t append(char *text, size_t size, size_t length, const char *bytes, size_t count)
{
	if (count > size - 1 - length)
		return length;
	memcpy(text + length, bytes, count);
	text[length + count] = '\0';
	return length + count;
}

void message_format(enum message message, const struct message_values *values, char *text,
		    size_t size)
{
	static const struct message_values none;
	const char *at = in_japanese ? _(message_rows[message].text) : message_rows[message].text;
	char value[256];
	size_t length = 0;

	snprintf(value, sizeof(value), in_japanese ? "【S-%u】" : "[S-%u] ",
		 message_rows[message].number);
	text[0] = '\0';
	length = append(text, size, length, value, strlen(value));
	while (*at) {
		size_t name = placeholder(at, values ? values : &none, value, sizeof(value));

		if (name) {
			length = append(text, size, length, value, strlen(value));
			at += name;
		} else {
			length = append(text, size, length, at++, 1);
		}
	}
}
