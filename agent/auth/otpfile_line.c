/* One line of the seeds' file. */
#include "otpfile.h"

#include "cleanup.h"
#include "number.h"
#include "wordline.h"

#include <errno.h>
#include <string.h>

static const char *const kinds[] = {[OTP_TOTP] = "totp", [OTP_HOTP] = "hotp"};
static const char *const hashes[] = {
	[OTP_SHA1] = "sha1", [OTP_SHA256] = "sha256", [OTP_SHA512] = "sha512"};

#define FIXED_WORDS 3

void otp_entry_wipe(struct otp_entry *entry)
{
	explicit_bzero(entry, sizeof(*entry));
}

static int index_of(const char *const names[], size_t count, const char *name, size_t *ret_index)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0) {
			*ret_index = i;
			return 0;
		}
	return -EINVAL;
}

static int parse_digits(const char *text, void *object)
{
	struct otp_entry *entry = object;
	uint64_t digits;

	if (number_parse(text, OTP_DIGITS_MIN, OTP_DIGITS_MAX, &digits) < 0)
		return -EINVAL;
	entry->otp.digits = (unsigned int)digits;
	return 0;
}

static int parse_hash(const char *text, void *object)
{
	struct otp_entry *entry = object;
	size_t index;

	/* RFC 4226 knows no other than SHA-1. */
	if (entry->otp.kind == OTP_HOTP || index_of(hashes, ARRAY_SIZE(hashes), text, &index) < 0)
		return -EINVAL;
	entry->otp.hash = (enum otp_hash)index;
	return 0;
}

static int parse_from(const char *text, void *object)
{
	return roster_parse_day(text, &((struct otp_entry *)object)->from);
}

static int parse_to(const char *text, void *object)
{
	return roster_parse_day(text, &((struct otp_entry *)object)->to);
}

static const struct wordline_attribute attributes[] = {
	{"digits", parse_digits, "digits= must be 6, 7 or 8"},
	{"hash", parse_hash, "hash= must be sha1, sha256 or sha512, and is for totp alone"},
	{"from", parse_from, "from= must be a day, YYYY-MM-DD"},
	{"to", parse_to, "to= must be a day, YYYY-MM-DD"},
};

static int parse_fixed(char *const words[static FIXED_WORDS], struct otp_entry *entry,
		       const char **ret_wrong)
{
	size_t kind;

	*ret_wrong = "the user's name is too long";
	if (strlen(words[0]) >= sizeof(entry->user))
		return -EINVAL;
	memcpy(entry->user, words[0], strlen(words[0]) + 1);
	*ret_wrong = "the kind must be totp or hotp";
	if (index_of(kinds, ARRAY_SIZE(kinds), words[1], &kind) < 0)
		return -EINVAL;
	entry->otp.kind = (enum otp_kind)kind;
	*ret_wrong = "the seed must be 16 to 64 bytes in hexadecimal";
	if (hex_parse(words[2], entry->otp.seed, sizeof(entry->otp.seed), &entry->otp.seed_length) <
		    0 ||
	    entry->otp.seed_length < OTP_SEED_MIN)
		return -EINVAL;
	return 0;
}

_Static_assert(OTPFILE_LINE <= WORDLINE_LINE, "a line of the seeds' file has another limit");

int otpfile_parse_line(const char *line, size_t length, struct otp_entry *ret_entry,
		       const char **ret_wrong)
{
	_cleanup_otp_entry_ struct otp_entry entry = {.otp.digits = OTP_DIGITS_MIN};
	_cleanup_wordline_ struct wordline words = {};
	int r;

	*ret_wrong = "the line is too long or holds a control character";
	if (length >= OTPFILE_LINE)
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ')
			return -EINVAL;
	r = wordline_split(line, length, FIXED_WORDS + ARRAY_SIZE(attributes) + 1, &words,
			   ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "the line needs user, kind and seed";
	if (words.count < FIXED_WORDS)
		return -EINVAL;
	r = parse_fixed(words.words, &entry, ret_wrong);
	if (r == 0)
		r = wordline_attributes(&words, FIXED_WORDS, attributes, ARRAY_SIZE(attributes),
					&entry, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "from= is after to=";
	if (entry.from && entry.to && entry.from > entry.to)
		return -EINVAL;
	*ret_wrong = NULL;
	*ret_entry = entry;
	return 0;
}

int otpfile_format_line(const struct otp_entry *entry, char line[static OTPFILE_LINE])
{
	const struct {
		const char *name;
		uint32_t day;
	} days[] = {{"from", entry->from}, {"to", entry->to}};
	char seed[2 * OTP_SEED_MAX + 1];
	int length;

	hex_format(entry->otp.seed, entry->otp.seed_length, seed);
	length = snprintf(line, OTPFILE_LINE, "%s %s %s digits=%u", entry->user,
			  kinds[entry->otp.kind], seed, entry->otp.digits);
	explicit_bzero(seed, sizeof(seed));
	if (entry->otp.kind == OTP_TOTP && length > 0 && length < OTPFILE_LINE)
		length += snprintf(line + length, (size_t)(OTPFILE_LINE - length), " hash=%s",
				   hashes[entry->otp.hash]);
	for (size_t i = 0; i < ARRAY_SIZE(days) && length > 0 && length < OTPFILE_LINE; i++)
		if (days[i].day)
			length += snprintf(line + length, (size_t)(OTPFILE_LINE - length),
					   " %s=%04u-%02u-%02u", days[i].name, days[i].day / 10000,
					   days[i].day / 100 % 100, days[i].day % 100);
	if (length < 0 || length + 2 > OTPFILE_LINE)
		return -EMSGSIZE;
	memcpy(line + length, "\n", 2);
	return 0;
}

enum roster_validity otpfile_validity(const struct otp_entry *entry, uint32_t day)
{
	if (entry->from && day < entry->from)
		return ROSTER_NOT_YET;
	return entry->to && day > entry->to ? ROSTER_EXPIRED : ROSTER_VALID;
}
