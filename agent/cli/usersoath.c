#include "usersoath.h"

#include "cleanup.h"
#include "gettext.h"
#include "number.h"

#include <errno.h>
#include <string.h>

enum word { TYPE, USER, PIN, SEED, COUNTER, LAST, WORDS };

/* Words of a line, parted by blanks and tabs. */
static size_t split(char *line, char *words[static WORDS])
{
	size_t count = 0;
	char *word;

	while (count < WORDS && (word = strsep(&line, " \t\r")))
		if (word[0] != '\0')
			words[count++] = word;
	return count;
}

/* After HOTP/: what the code depends on, and its digits. */
static int parse_type(char *text, struct otp *otp)
{
	const char *name = strsep(&text, "/");
	const char *factor = strsep(&text, "/");
	const char *digits = strsep(&text, "/");
	uint64_t value = OTP_DIGITS_MIN;

	if (strcmp(name, "HOTP") != 0 || text)
		return -EINVAL;
	otp->kind = OTP_HOTP;
	if (factor && strcmp(factor, "T30") == 0)
		otp->kind = OTP_TOTP;
	else if (factor && strcmp(factor, "E") != 0)
		return -EINVAL;
	if (digits && number_parse(digits, OTP_DIGITS_MIN, OTP_DIGITS_MAX, &value) < 0)
		return -EINVAL;
	otp->digits = (unsigned int)value;
	return 0;
}

/* liboath keeps the counter of the code that was used last, and it is used up. */
static int parse_counter(char *const words[], size_t count, uint32_t *ret_next)
{
	uint64_t counter = 0;
	const bool used = count > LAST && strcmp(words[LAST], "-") != 0;

	if (count > COUNTER && number_parse(words[COUNTER], 0, INT32_MAX - 1, &counter) < 0)
		return -EINVAL;
	*ret_next = (uint32_t)counter + used;
	return 0;
}

static const char *parse(char *const words[], size_t count, struct usersoath *line)
{
	struct otp *otp = &line->entry.otp;

	if (count <= SEED)
		return N_("a line needs a type, a user, a PIN and a seed");
	if (strlen(words[USER]) >= sizeof(line->entry.user))
		return N_("the user's name is too long");
	memcpy(line->entry.user, words[USER], strlen(words[USER]) + 1);
	if (parse_type(words[TYPE], otp) < 0)
		return N_("the type must be HOTP, HOTP/E or HOTP/T30 (steps of 30 seconds), with "
			  "6, 7 "
			  "or 8 digits");
	/* "+": asked for by another module, as it is here anyway. */
	if (strcmp(words[PIN], "-") != 0 && strcmp(words[PIN], "+") != 0)
		return N_("its PIN would be lost; the password stands in its place");
	if (hex_parse(words[SEED], otp->seed, sizeof(otp->seed), &otp->seed_length) < 0 ||
	    otp->seed_length < OTP_SEED_MIN)
		return N_("a seed is 16 to 64 bytes in hexadecimal: shorter ones can be guessed");
	if (parse_counter(words, count, &line->next) < 0)
		return N_("the counter is no number");
	return NULL;
}

int usersoath_parse(char *line, struct usersoath *ret_line, const char **ret_refusal)
{
	char *words[WORDS] = {};
	size_t count = split(line, words);

	*ret_line = (struct usersoath){};
	*ret_refusal = NULL;
	if (count == 0 || words[0][0] == '#')
		return -ENODATA;
	*ret_refusal = parse(words, count, ret_line);
	return *ret_refusal ? -EINVAL : 0;
}

int usersoath_format(const struct usersoath *from, char line[static USERSOATH_LINE],
		     const char **ret_refusal)
{
	const struct otp *otp = &from->entry.otp;
	char seed[2 * OTP_SEED_MAX + 1];
	int length;

	*ret_refusal = N_("the form knows SHA-1 alone");
	if (otp->hash != OTP_SHA1)
		return -EINVAL;
	*ret_refusal = NULL;
	hex_format(otp->seed, otp->seed_length, seed);
	length = snprintf(line, USERSOATH_LINE, "HOTP/%s/%u %s - %s",
			  otp->kind == OTP_HOTP ? "E" : "T30", otp->digits, from->entry.user, seed);
	explicit_bzero(seed, sizeof(seed));
	if (length > 0 && length < USERSOATH_LINE)
		length +=
			otp->kind == OTP_HOTP
				? snprintf(line + length, (size_t)(USERSOATH_LINE - length),
					   " %u\n", from->next)
				: snprintf(line + length, (size_t)(USERSOATH_LINE - length), "\n");
	return length < 0 || length >= USERSOATH_LINE ? -EMSGSIZE : 0;
}
