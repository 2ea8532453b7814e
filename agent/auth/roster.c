#include "roster.h"

#include "number.h"
#include "wordline.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

_Static_assert(ROSTER_LINE_MAX == WORDLINE_LINE, "a line of the roster has another limit");

const struct roster_algorithm_row roster_algorithms[ROSTER_ALGORITHMS] = {
	[ROSTER_ES256] = {"es256", 64},
	[ROSTER_ES384] = {"es384", 96},
	[ROSTER_EDDSA] = {"eddsa", 32},
};

static int parse_attestation(const char *text, void *object)
{
	struct roster_entry *entry = object;
	uint8_t digest[32];

	if (strcmp(text, "none") != 0 && strcmp(text, "self") != 0 &&
	    hex_parse_exactly(text, digest, sizeof(digest)) < 0)
		return -EINVAL;
	snprintf(entry->attestation, sizeof(entry->attestation), "%s", text);
	return 0;
}

static int parse_uv(const char *text, void *object)
{
	struct roster_entry *entry = object;

	entry->uv_optional = strcmp(text, "none") == 0;
	return entry->uv_optional || strcmp(text, "required") == 0 ? 0 : -EINVAL;
}

static int parse_aaguid(const char *text, void *object)
{
	struct roster_entry *entry = object;

	if (hex_parse_exactly(text, entry->aaguid, sizeof(entry->aaguid)) < 0)
		return -EINVAL;
	entry->has_aaguid = true;
	return 0;
}

static int parse_from(const char *text, void *object)
{
	return roster_parse_day(text, &((struct roster_entry *)object)->from);
}

static int parse_to(const char *text, void *object)
{
	return roster_parse_day(text, &((struct roster_entry *)object)->to);
}

static int parse_revoked(const char *text, void *object)
{
	return roster_parse_day(text, &((struct roster_entry *)object)->revoked);
}

static int parse_category(const char *text, void *object)
{
	return roster_parse_label(text, ((struct roster_entry *)object)->category);
}

static int parse_own_label(const char *text, void *object)
{
	return roster_parse_label(text, ((struct roster_entry *)object)->label);
}

static const struct wordline_attribute attributes[] = {
	{"uv", parse_uv, "uv= must be required or none"},
	{"from", parse_from, "from= must be a day, YYYY-MM-DD"},
	{"to", parse_to, "to= must be a day, YYYY-MM-DD"},
	{"revoked", parse_revoked, "revoked= must be a day, YYYY-MM-DD"},
	{"aaguid", parse_aaguid, "aaguid= must be 32 hexadecimal digits"},
	{"attestation", parse_attestation, "attestation= must be none, self or 64 digits"},
	{"category", parse_category, "category= must be percent-encoded UTF-8"},
	{"label", parse_own_label, "label= must be percent-encoded UTF-8"},
};

/* The five words that every line has. */
static int parse_fixed(char *const words[static 5], struct roster_entry *entry,
		       const char **ret_wrong)
{
	size_t i;

	*ret_wrong = "the user's name is too long";
	if (strlen(words[0]) >= sizeof(entry->user))
		return -EINVAL;
	memcpy(entry->user, words[0], strlen(words[0]) + 1);
	*ret_wrong = "the kind must be person or fido2";
	if (strcmp(words[1], "fido2") != 0)
		return -EINVAL;
	*ret_wrong = "the algorithm must be es256, es384 or eddsa";
	for (i = 0; i < ROSTER_ALGORITHMS; i++)
		if (strcmp(words[2], roster_algorithms[i].name) == 0)
			break;
	if (i == ROSTER_ALGORITHMS)
		return -EINVAL;
	entry->algorithm = (enum roster_algorithm)i;
	*ret_wrong = "the credential must be 1 to 512 bytes in hexadecimal";
	if (hex_parse(words[3], entry->credential, sizeof(entry->credential),
		      &entry->credential_length) < 0 ||
	    entry->credential_length == 0)
		return -EINVAL;
	*ret_wrong = "the public key has a wrong length for its algorithm";
	if (hex_parse(words[4], entry->key, sizeof(entry->key), &entry->key_length) < 0 ||
	    entry->key_length != roster_algorithms[i].key_length)
		return -EINVAL;
	return 0;
}

int roster_parse(const char *line, size_t length, struct roster_entry *ret_entry,
		 const char **ret_wrong)
{
	struct roster_entry entry = {};
	struct wordline words;
	int r;

	r = wordline_split(line, length, 5 + ARRAY_SIZE(attributes) + 1, &words, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "the line needs user, kind, algorithm, credential and public key";
	if (words.count < 5)
		return -EINVAL;
	r = parse_fixed(words.words, &entry, ret_wrong);
	if (r == 0)
		r = wordline_attributes(&words, 5, attributes, ARRAY_SIZE(attributes), &entry,
					ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "from= is after to=";
	if (entry.from && entry.to && entry.from > entry.to)
		return -EINVAL;
	*ret_entry = entry;
	*ret_wrong = NULL;
	return 0;
}

enum roster_validity roster_validity(const struct roster_entry *entry,
				     const struct roster_period *periods, size_t count,
				     uint32_t day)
{
	if (entry->revoked)
		return ROSTER_REVOKED;
	if (entry->from && day < entry->from)
		return ROSTER_NOT_YET;
	if (entry->to && day > entry->to)
		return ROSTER_EXPIRED;
	return roster_period_validity(periods, count, day);
}
