#include "roster.h"

#include "cleanup.h"
#include "escape.h"
#include "number.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	size_t key_length;
} algorithms[] = {
	[ROSTER_ES256] = {"es256", 64},
	[ROSTER_ES384] = {"es384", 96},
	[ROSTER_EDDSA] = {"eddsa", 32},
};

int roster_parse_day(const char *text, uint32_t *ret_day)
{
	static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint64_t year, month, day;
	char part[5];

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return -EINVAL;
	memcpy(part, text, 4);
	part[4] = '\0';
	if (number_parse(part, 2000, 2999, &year) < 0)
		return -EINVAL;
	memcpy(part, text + 5, 2);
	part[2] = '\0';
	if (number_parse(part, 1, 12, &month) < 0)
		return -EINVAL;
	if (number_parse(text + 8, 1, days[month - 1], &day) < 0)
		return -EINVAL;
	*ret_day = (uint32_t)(year * 10000 + month * 100 + day);
	return 0;
}

/* Percent-decoding into visible UTF-8. */
static int parse_label(const char *text, char *label)
{
	size_t length = 0;

	while (*text) {
		uint8_t byte = (uint8_t)*text;

		if (*text == '%') {
			char digits[3] = {text[1], '\0', '\0'};

			if (digits[0] != '\0')
				digits[1] = text[2];
			if (hex_parse_exactly(digits, &byte, 1) < 0)
				return -EINVAL;
			text += 2;
		}
		text++;
		if (byte < 0x20 || byte == 0x7f || length + 1 >= ROSTER_LABEL_MAX)
			return -EINVAL;
		label[length++] = (char)byte;
	}
	label[length] = '\0';
	for (size_t at = 0; at < length;) {
		unsigned int point;
		size_t count = utf8_sequence(label + at, length - at, &point);

		if (count == 0)
			return -EINVAL;
		at += count;
	}
	return length > 0 ? 0 : -EINVAL;
}

static int parse_attestation(const char *text, struct roster_entry *entry)
{
	uint8_t digest[32];

	if (strcmp(text, "none") != 0 && strcmp(text, "self") != 0 &&
	    hex_parse_exactly(text, digest, sizeof(digest)) < 0)
		return -EINVAL;
	snprintf(entry->attestation, sizeof(entry->attestation), "%s", text);
	return 0;
}

static int parse_uv(const char *text, struct roster_entry *entry)
{
	entry->uv_optional = strcmp(text, "none") == 0;
	return entry->uv_optional || strcmp(text, "required") == 0 ? 0 : -EINVAL;
}

static int parse_aaguid(const char *text, struct roster_entry *entry)
{
	if (hex_parse_exactly(text, entry->aaguid, sizeof(entry->aaguid)) < 0)
		return -EINVAL;
	entry->has_aaguid = true;
	return 0;
}

static int parse_from(const char *text, struct roster_entry *entry)
{
	return roster_parse_day(text, &entry->from);
}

static int parse_to(const char *text, struct roster_entry *entry)
{
	return roster_parse_day(text, &entry->to);
}

static int parse_revoked(const char *text, struct roster_entry *entry)
{
	return roster_parse_day(text, &entry->revoked);
}

static int parse_category(const char *text, struct roster_entry *entry)
{
	return parse_label(text, entry->category);
}

static int parse_own_label(const char *text, struct roster_entry *entry)
{
	return parse_label(text, entry->label);
}

static const struct {
	const char *name;
	int (*parse)(const char *text, struct roster_entry *entry);
	const char *wrong;
} attributes[] = {
	{"uv", parse_uv, "uv= must be required or none"},
	{"from", parse_from, "from= must be a day, YYYY-MM-DD"},
	{"to", parse_to, "to= must be a day, YYYY-MM-DD"},
	{"revoked", parse_revoked, "revoked= must be a day, YYYY-MM-DD"},
	{"aaguid", parse_aaguid, "aaguid= must be 32 hexadecimal digits"},
	{"attestation", parse_attestation, "attestation= must be none, self or 64 digits"},
	{"category", parse_category, "category= must be percent-encoded UTF-8"},
	{"label", parse_own_label, "label= must be percent-encoded UTF-8"},
};

static int parse_attribute(char *word, struct roster_entry *entry, unsigned int *seen,
			   const char **ret_wrong)
{
	char *value = strchr(word, '=');

	*ret_wrong = "an attribute is not known";
	if (!value)
		return -EINVAL;
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (strcmp(word, attributes[i].name) != 0)
			continue;
		*ret_wrong = "an attribute is given twice";
		if (*seen & 1u << i)
			return -EINVAL;
		*seen |= 1u << i;
		*ret_wrong = attributes[i].wrong;
		return attributes[i].parse(value, entry);
	}
	return -EINVAL;
}

/* The five words that every line has. */
static int parse_fixed(char *const words[static 5], struct roster_entry *entry,
		       const char **ret_wrong)
{
	size_t i;

	*ret_wrong = "the user's name is too long";
	if (strlen(words[0]) >= sizeof(entry->user))
		return -EINVAL;
	memcpy(entry->user, words[0], strlen(words[0]) + 1);
	*ret_wrong = "the kind must be fido2";
	if (strcmp(words[1], "fido2") != 0)
		return -EINVAL;
	*ret_wrong = "the algorithm must be es256, es384 or eddsa";
	for (i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (strcmp(words[2], algorithms[i].name) == 0)
			break;
	if (i == ARRAY_SIZE(algorithms))
		return -EINVAL;
	entry->algorithm = (enum roster_algorithm)i;
	*ret_wrong = "the credential must be 1 to 512 bytes in hexadecimal";
	if (hex_parse(words[3], entry->credential, sizeof(entry->credential),
		      &entry->credential_length) < 0 ||
	    entry->credential_length == 0)
		return -EINVAL;
	*ret_wrong = "the public key has a wrong length for its algorithm";
	if (hex_parse(words[4], entry->key, sizeof(entry->key), &entry->key_length) < 0 ||
	    entry->key_length != algorithms[i].key_length)
		return -EINVAL;
	return 0;
}

int roster_parse(const char *line, size_t length, struct roster_entry *ret_entry,
		 const char **ret_wrong)
{
	char copy[ROSTER_LINE_MAX];
	struct roster_entry entry = {};
	char *words[5 + ARRAY_SIZE(attributes) + 1];
	size_t count = 0;
	unsigned int seen = 0;
	char *at = copy;
	int r;

	*ret_wrong = "the line is too long or holds a zero byte";
	if (length >= sizeof(copy) || memchr(line, '\0', length))
		return -EINVAL;
	memcpy(copy, line, length);
	copy[length] = '\0';
	while (at) {
		*ret_wrong = "the line has too many words";
		if (count == ARRAY_SIZE(words))
			return -EINVAL;
		words[count] = strsep(&at, " ");
		*ret_wrong = "words are parted by exactly one space";
		if (words[count++][0] == '\0')
			return -EINVAL;
	}
	*ret_wrong = "the line needs user, kind, algorithm, credential and public key";
	if (count < 5)
		return -EINVAL;
	r = parse_fixed(words, &entry, ret_wrong);
	for (size_t i = 5; r == 0 && i < count; i++)
		r = parse_attribute(words[i], &entry, &seen, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "from= is after to=";
	if (entry.from && entry.to && entry.from > entry.to)
		return -EINVAL;
	*ret_entry = entry;
	*ret_wrong = NULL;
	return 0;
}

enum roster_validity roster_validity(const struct roster_entry *entry, uint32_t day)
{
	if (entry->revoked)
		return ROSTER_REVOKED;
	if (entry->from && day < entry->from)
		return ROSTER_NOT_YET;
	if (entry->to && day > entry->to)
		return ROSTER_EXPIRED;
	return ROSTER_VALID;
}
