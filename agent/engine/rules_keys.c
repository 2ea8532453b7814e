#include "rules_keys.h"

#include "number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PATTERNS_PER_KEY 32

/* In this order the bits of struct rule.given are counted. */
static const char *const key_names[KEY_COUNT] = {
	[KEY_ACCESS] = "Access",
	[KEY_VENDOR] = "MatchVendor",
	[KEY_PRODUCT] = "MatchProduct",
	[KEY_SERIAL] = "MatchSerial",
	[KEY_MANUFACTURER] = "MatchManufacturer",
	[KEY_NAME] = "MatchName",
	[KEY_PORT] = "MatchPort",
	[KEY_INTERFACE] = "MatchInterface",
	[KEY_EVERY_INTERFACE] = "MatchEveryInterface",
	[KEY_DESCRIPTORS] = "MatchDescriptors",
	[KEY_HAS_SERIAL] = "MatchHasSerial",
	[KEY_INTERNAL] = "MatchInternal",
	[KEY_NO_INTERFACE] = "MatchNoInterface",
	[KEY_AT_MOST] = "AtMost",
	[KEY_ENROLLED] = "Enrolled",
	[KEY_UNITS] = "Units",
};

void *rules_grow(void *list, size_t *capacity, size_t used, size_t count, size_t size)
{
	size_t wanted = used + count;
	void *grown;

	if (list && wanted <= *capacity)
		return list;
	/* By halves: what is never used would still be paid for in memory. */
	wanted += used / 2 + 64;
	grown = realloc(list, wanted * size);
	if (grown)
		*capacity = wanted;
	return grown;
}

int rules_add_text(struct rules *rules, const char *text, uint32_t *ret_offset)
{
	size_t size = strlen(text) + 1;
	char *grown = rules_grow(rules->texts, &rules->texts_size, rules->texts_length, size, 1);

	if (!grown)
		return -ENOMEM;
	rules->texts = grown;
	memcpy(rules->texts + rules->texts_length, text, size);
	*ret_offset = (uint32_t)rules->texts_length;
	rules->texts_length += size;
	return 0;
}

static int parse_id(const char *value, uint16_t *ret_id)
{
	uint8_t bytes[2];

	if (hex_parse_exactly(value, bytes, sizeof(bytes)) < 0)
		return -EINVAL;
	*ret_id = (uint16_t)(bytes[0] << 8 | bytes[1]);
	return 0;
}

/* Two hexadecimal digits or "*", up to @end. */
static int parse_code(const char **at, char end, uint8_t *ret_code, uint8_t *ret_mask)
{
	char digits[3] = "";

	if ((*at)[0] == '*' && (*at)[1] == end) {
		*ret_code = *ret_mask = 0;
		*at += 1;
		return 0;
	}
	memcpy(digits, *at, strnlen(*at, 2));
	if (hex_parse_exactly(digits, ret_code, 1) < 0 || (*at)[2] != end)
		return -EINVAL;
	*ret_mask = 0xff;
	*at += 2;
	return 0;
}

/* "03:01:*" */
static int parse_pattern(const char *text, struct class_pattern *ret_pattern)
{
	if (parse_code(&text, ':', &ret_pattern->class.class, &ret_pattern->mask.class) < 0)
		return -EINVAL;
	text++;
	if (parse_code(&text, ':', &ret_pattern->class.subclass, &ret_pattern->mask.subclass) < 0)
		return -EINVAL;
	text++;
	return parse_code(&text, '\0', &ret_pattern->class.protocol, &ret_pattern->mask.protocol);
}

/* Patterns with spaces between them. */
static int add_patterns(struct rules *rules, const char *value, uint32_t *ret_at,
			uint8_t *ret_count)
{
	size_t first = rules->n_patterns;
	struct class_pattern *grown;
	char pattern[sizeof("03:01:02")];
	size_t length;
	int r;

	for (value += strspn(value, " "); *value; value += strspn(value, " ")) {
		length = strcspn(value, " ");
		if (length >= sizeof(pattern) || rules->n_patterns - first == PATTERNS_PER_KEY)
			return -EINVAL;
		memcpy(pattern, value, length);
		pattern[length] = '\0';
		value += length;
		grown = rules_grow(rules->patterns, &rules->patterns_size, rules->n_patterns, 1,
				   sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rules->patterns = grown;
		r = parse_pattern(pattern, &rules->patterns[rules->n_patterns]);
		if (r < 0)
			return r;
		rules->n_patterns++;
	}
	if (rules->n_patterns == first)
		return -EINVAL;
	*ret_at = (uint32_t)first;
	*ret_count = (uint8_t)(rules->n_patterns - first);
	return 0;
}

static int parse_at_most(const char *value, uint8_t *ret_count)
{
	uint64_t number;
	int r = number_parse(value, 1, UINT8_MAX, &number);

	if (r == 0)
		*ret_count = (uint8_t)number;
	return r < 0 ? -EINVAL : 0;
}

static int parse_answer(const char *value, bool *ret_answer)
{
	*ret_answer = strcmp(value, "yes") == 0;
	return *ret_answer || strcmp(value, "no") == 0 ? 0 : -EINVAL;
}

static int parse_units(const char *value, bool *ret_all)
{
	*ret_all = strcmp(value, "all") == 0;
	return *ret_all || strcmp(value, "first") == 0 ? 0 : -EINVAL;
}

/* Of either case, kept as facts have it. */
static int set_hash(struct rules *rules, const char *value, uint32_t *ret_offset)
{
	uint8_t digest[(FACTS_HASH_SIZE - 1) / 2];
	char hash[FACTS_HASH_SIZE];

	if (hex_parse_exactly(value, digest, sizeof(digest)) < 0)
		return -EINVAL;
	hex_format(digest, sizeof(digest), hash);
	return rules_add_text(rules, hash, ret_offset);
}

enum rule_key rules_key(const char *name)
{
	int key;

	for (key = 0; key < KEY_COUNT; key++)
		if (strcmp(name, key_names[key]) == 0)
			break;
	return (enum rule_key)key;
}

int rules_set_key(struct rules *rules, struct rule *rule, enum rule_key key, const char *value)
{
	switch (key) {
	case KEY_ACCESS:
		for (int access = ACCESS_BLOCK; access < ACCESS_COUNT; access++) {
			if (strcmp(value, access_name((enum access)access)) != 0)
				continue;
			rule->access = (uint8_t)access;
			return 0;
		}
		return -EINVAL;
	case KEY_VENDOR:
		return parse_id(value, &rule->vendor);
	case KEY_PRODUCT:
		return parse_id(value, &rule->product);
	case KEY_SERIAL:
		return *value ? rules_add_text(rules, value, &rule->serial) : -EINVAL;
	case KEY_MANUFACTURER:
		return *value ? rules_add_text(rules, value, &rule->manufacturer) : -EINVAL;
	case KEY_NAME:
		return *value ? rules_add_text(rules, value, &rule->label) : -EINVAL;
	case KEY_PORT:
		return *value ? rules_add_text(rules, value, &rule->port) : -EINVAL;
	case KEY_INTERFACE:
		return add_patterns(rules, value, &rule->any_at, &rule->n_any);
	case KEY_EVERY_INTERFACE:
		return add_patterns(rules, value, &rule->every_at, &rule->n_every);
	case KEY_DESCRIPTORS:
		return set_hash(rules, value, &rule->descriptors);
	case KEY_HAS_SERIAL:
		return parse_answer(value, &rule->has_serial);
	case KEY_INTERNAL:
		return parse_answer(value, &rule->internal);
	case KEY_NO_INTERFACE:
		return add_patterns(rules, value, &rule->none_at, &rule->n_none);
	case KEY_AT_MOST:
		return parse_at_most(value, &rule->at_most);
	case KEY_ENROLLED:
		return parse_answer(value, &rule->enrolled);
	case KEY_UNITS:
		return parse_units(value, &rule->all_units);
	case KEY_COUNT:
		break;
	}
	return -EINVAL;
}
