#include "refusal_text.h"

#include "ask.h"
#include "device_text.h"

#include "agent/auth/failure.h"
#include "agent/auth/settings.h"

#include "cleanup.h"
#include "gettext.h"
#include "journal_format.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME_SHOWN 40 /* bytes of what a device calls itself */

static void write_when(const char *text, char *when, size_t size)
{
	struct journal_span span = {text, strlen(text)};
	struct tm parts;
	time_t seconds;

	snprintf(when, size, "?");
	if (!journal_is_time(&span))
		return;
	seconds = (time_t)(journal_time_us(&span) / 1000000);
	if (localtime_r(&seconds, &parts))
		strftime(when, size, "%Y-%m-%d %H:%M:%S", &parts);
}

/* "keyboard, storage": each once. */
static void write_kinds(const char *classes, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	while (*classes) {
		const char *words = device_text_class(classes);

		if (!strstr(text, words) && length < size)
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   length ? _(", ") : "", words);
		classes += strcspn(classes, " ");
		classes += strspn(classes, " ");
	}
}

/* "storage "SanDisk" (0781:5581)"; as much of it as may be known. What it calls itself is cut, so
 * that it can't push our own words out of a notification. */
static void write_device(const json_t *fields, const char *classes, char *text, size_t size)
{
	const char *vendor = ask_text(fields, "vendor"), *name = ask_text(fields, "name");
	char kinds[512], id[32] = "", shown[NAME_SHOWN + sizeof("...")], quoted[128] = "";

	write_kinds(classes, kinds, sizeof(kinds));
	if (*vendor)
		snprintf(id, sizeof(id), " (%.4s:%.4s)", vendor, ask_text(fields, "product"));
	if (*name) {
		size_t length = strlen(name);

		if (length > NAME_SHOWN)
			for (length = NAME_SHOWN; length > 0 && (name[length] & 0xc0) == 0x80;)
				length--;
		snprintf(shown, sizeof(shown), "%.*s%s", (int)length, name,
			 name[length] ? "..." : "");
		snprintf(quoted, sizeof(quoted), _(" \"%s\""), shown);
	}
	snprintf(text, size, "%s%s%s", *kinds ? kinds : _("a device"), quoted, id);
}

/* What to do with it, by the reason. A device whose own claims don't hold is not one that a permit
 * would help. */
#define HAND_IT_OVER                                                                               \
	N_("Pull it out, do not plug it in again, and hand it over where you call: it does not "   \
	   "behave as what it says it is.")

static const char *next_step(const char *reason)
{
	static const struct {
		const char *reason, *next;
	} steps[] = {
		{"unreadable", HAND_IT_OVER},
		{"no-interface", HAND_IT_OVER},
		{"foreign-driver", HAND_IT_OVER},
		{"clone", HAND_IT_OVER},
		/* It may be a disk in the machine. */
		{"bus-closed",
		 N_("If you plugged it in, pull it out: nothing is broken. If you did not, touch "
		    "nothing, call and give the number above.")},
		{"not-in-inventory",
		 N_("If you plugged it in, pull it out. If you did not, touch nothing, call and "
		    "give the number above: this machine has a disk that it did not have.")},
		{"second-unit",
		 N_("Its first disk works, its others do not. If you need one of them for your "
		    "work, call and give the number above.")},
		{"challenge",
		 N_("If you plugged in a keyboard: pull it out, plug it in again, and type on it "
		    "the code that the screen shows. If you did not, leave it out and call.")},
		{"left", N_("If you need it for your work, plug it in again and leave it in. If "
			    "nobody pulled it out, its plug or cable may be loose.")},
		{"charge", N_("It may stay plugged in to charge. If you need more of it for your "
			      "work, call and give the number above.")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (strcmp(steps[i].reason, reason) == 0)
			return _(steps[i].next);
	return _("Pull it out. Nothing is broken. If you need it for your work, call and give the "
		 "number above.");
}

static void explain_device(const json_t *fields, struct refusal_text *text)
{
	const char *reason = ask_text(fields, "reason"), *refused = ask_text(fields, "refused");
	bool in_part = *ask_text(fields, "opened") != '\0' && *refused != '\0';
	char device[1800];

	write_device(fields, in_part ? refused : ask_text(fields, "interfaces"), device,
		     sizeof(device));
	snprintf(text->what, sizeof(text->what),
		 in_part ? _("A part of the device at %s may not be used: %s")
			 : _("The device at %s may not be used: %s"),
		 ask_text(fields, "device"), device);
	device_text_why(reason, ask_text(fields, "rule"), ask_text(fields, "place"), text->why,
			sizeof(text->why));
	snprintf(text->next, sizeof(text->next), "%s", next_step(reason));
}

/* What pam_sekisho(8) refuses by itself, and where the message of the log-in says more than is
 * known afterwards. */
static const struct {
	const char *reason;
	unsigned int number;
	const char *why;
} at_the_door[] = {
	{"locked", 2125, N_("There were too many wrong answers for this name.")},
	{"terminal-locked", 2127, N_("There were too many wrong answers at this terminal.")},
	{"pin-short", 2106, N_("The PIN was too short.")},
	{"outside-hours", 2140, N_("You may not log in here at that time of the day.")},
	{"exempt-refused", 1006, N_("This door takes no log-in without the second factor.")},
	{"no-service", 1002, N_("The service that asks for the second factor did not answer.")},
	{"arguments", 1004, N_("The second factor is set up wrongly at this door.")},
	{"internal", 1007, N_("The second factor could not be judged.")},
	{"account-missing", 1005, N_("This way of logging in lacks the second factor.")},
	{"no-user", 1001, N_("The program named nobody who could log in.")},
};

/* The lines of a message for a console are one here; kanji need no blank between. */
static void join_lines(char *text)
{
	char *out = text;

	for (const char *at = text; *at; at++) {
		if (*at != '\n')
			*out++ = *at;
		else if (out > text && !((unsigned char)out[-1] & 0x80))
			*out++ = ' ';
	}
	*out = '\0';
}

static void explain_login(const json_t *fields, struct refusal_text *text)
{
	const char *reason = ask_text(fields, "reason"), *service = ask_text(fields, "service");

	snprintf(text->what, sizeof(text->what), _("The log-in of \"%s\" was refused (%s)."),
		 ask_text(fields, "user"), *service ? service : "?");
	snprintf(text->why, sizeof(text->why), "%s", reason);
	snprintf(text->next, sizeof(text->next), "%s",
		 _("Try again. If it stays so, call and give the number above."));
	for (size_t i = 0; i < ARRAY_SIZE(at_the_door); i++) {
		if (strcmp(at_the_door[i].reason, reason) != 0)
			continue;
		snprintf(text->why, sizeof(text->why), "%s", _(at_the_door[i].why));
		snprintf(text->code, sizeof(text->code), "S-%u", at_the_door[i].number);
		return;
	}
	for (size_t i = 0; i < FAILURE_COUNT; i++) {
		const struct message_row *message = &message_rows[failure_rows[i].message];

		if (strcmp(failure_rows[i].name, reason) != 0)
			continue;
		snprintf(text->why, sizeof(text->why), "%s", _(message->text));
		join_lines(text->why);
		snprintf(text->code, sizeof(text->code), "S-%u", message->number);
		text->next[0] = '\0';
		return;
	}
}

void refusal_text_contact(const char *configuration, char *contact, size_t size)
{
	static struct settings settings;
	struct config_error error;

	if (settings_load(configuration, geteuid(), &settings, &error) < 0)
		settings.contact[0] = '\0';
	snprintf(contact, size, "%s", settings.contact[0] ? settings.contact : _("the IT section"));
}

int refusal_text_make(const json_t *refusal, struct refusal_text *ret_text)
{
	static const struct {
		const char *kind;
		void (*explain)(const json_t *fields, struct refusal_text *text);
	} kinds[] = {{"device.blocked", explain_device}, {"login.refused", explain_login}};
	const json_t *fields = json_object_get(refusal, "fields");

	memset(ret_text, 0, sizeof(*ret_text));
	ret_text->number = (uint64_t)json_integer_value(json_object_get(refusal, "event"));
	snprintf(ret_text->code, sizeof(ret_text->code), "%s", ask_text(refusal, "code"));
	write_when(ask_text(refusal, "time"), ret_text->when, sizeof(ret_text->when));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(ask_text(refusal, "kind"), kinds[i].kind) != 0)
			continue;
		kinds[i].explain(fields, ret_text);
		return 0;
	}
	return -EBADMSG;
}
