#include "rules.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
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
};

struct loading {
	struct rules rules;
	struct rule rule; /* the section being read, if .file is set */
	const char *file;
	unsigned int section_line;
	uint32_t file_text; /* offset of .file's copy */
};

static void *grow(void *list, size_t *capacity, size_t used, size_t count, size_t size)
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

static int add_text(struct rules *rules, const char *text, uint32_t *ret_offset)
{
	size_t size = strlen(text) + 1;
	char *grown = grow(rules->texts, &rules->texts_size, rules->texts_length, size, 1);

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
		grown = grow(rules->patterns, &rules->patterns_size, rules->n_patterns, 1,
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

static int set_key(struct rules *rules, struct rule *rule, enum rule_key key, const char *value)
{
	switch (key) {
	case KEY_ACCESS:
		for (int access = ACCESS_BLOCK; access <= ACCESS_ALLOW; access++) {
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
		return *value ? add_text(rules, value, &rule->serial) : -EINVAL;
	case KEY_MANUFACTURER:
		return *value ? add_text(rules, value, &rule->manufacturer) : -EINVAL;
	case KEY_NAME:
		return *value ? add_text(rules, value, &rule->label) : -EINVAL;
	case KEY_PORT:
		return *value ? add_text(rules, value, &rule->port) : -EINVAL;
	case KEY_INTERFACE:
		return add_patterns(rules, value, &rule->any_at, &rule->n_any);
	case KEY_EVERY_INTERFACE:
		return add_patterns(rules, value, &rule->every_at, &rule->n_every);
	case KEY_COUNT:
		break;
	}
	return -EINVAL;
}

/* The section read so far becomes a rule. */
static int finish_rule(struct loading *loading, struct config_error *error)
{
	struct rules *rules = &loading->rules;
	const struct rule *rule = &loading->rule;
	struct rule *grown;

	if (!loading->file)
		return 0;
	if (!rule_gives(rule, KEY_ACCESS))
		return config_fail(error, -EINVAL, loading->file, loading->section_line,
				   "the section has no Access= line; write Access=allow or block");
	if (rule->given == 1u << KEY_ACCESS)
		return config_fail(error, -EINVAL, loading->file, loading->section_line,
				   "the section has no Match line; MatchInterface=*:*:* fits all");
	if (rules->n_list == RULES_MAX)
		return config_fail(error, -E2BIG, loading->file, loading->section_line,
				   "more than %d sections", RULES_MAX);
	grown = grow(rules->list, &rules->list_size, rules->n_list, 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	rules->list = grown;
	rules->list[rules->n_list++] = *rule;
	return 0;
}

static int begin_rule(struct loading *loading, const char *file, unsigned int line,
		      const char *section, struct config_error *error)
{
	static const char prefix[] = "Device ";
	const char *name = section + strlen(prefix);
	int r;

	r = finish_rule(loading, error);
	if (r < 0)
		return r;
	if (strncmp(section, prefix, strlen(prefix)) != 0 || *name == '\0')
		return config_fail(error, -EINVAL, file, line,
				   "unknown section; write [Device NAME]");
	if (strlen(name) > RULE_NAME_MAX)
		return config_fail(error, -EINVAL, file, line,
				   "the section's name is longer than %d bytes", RULE_NAME_MAX);
	if (!loading->file || strcmp(loading->file, file) != 0) {
		r = add_text(&loading->rules, file, &loading->file_text);
		if (r < 0)
			return r;
	}
	loading->rule = (struct rule){.line = line, .file = loading->file_text};
	r = add_text(&loading->rules, name, &loading->rule.name);
	if (r < 0)
		return r;
	loading->file = rules_text(&loading->rules, loading->file_text);
	loading->section_line = line;
	return 0;
}

static int on_key(void *user, const char *file, unsigned int line, unsigned int section_line,
		  const char *section, const char *name, const char *value,
		  struct config_error *error)
{
	struct loading *loading = user;
	int key, r;

	/* The texts may have moved. */
	if (loading->file)
		loading->file = rules_text(&loading->rules, loading->file_text);
	if (!loading->file || section_line != loading->section_line ||
	    strcmp(file, loading->file) != 0) {
		r = begin_rule(loading, file, section_line, section, error);
		if (r < 0)
			return r;
	}
	if (!name)
		return 0;
	for (key = 0; key < KEY_COUNT; key++)
		if (strcmp(name, key_names[key]) == 0)
			break;
	if (key == KEY_COUNT)
		return config_fail(error, -EINVAL, file, line, "unknown key '%s'", name);
	if (rule_gives(&loading->rule, (enum rule_key)key))
		return config_fail(error, -EINVAL, file, line, "%s= is given twice", name);
	r = set_key(&loading->rules, &loading->rule, (enum rule_key)key, value);
	if (r < 0)
		return config_fail(error, r, file, line, "%s=%s can't be understood; see %s", name,
				   value, "sekisho-devices.conf(5)");
	loading->rule.given |= 1u << key;
	return 0;
}

int rules_load(const char *path, uid_t owner, struct rules *ret_rules, struct config_error *error)
{
	struct loading loading = {};
	int r;

	error->text[0] = '\0';
	r = config_visit(path, owner, on_key, &loading, error);
	if (r == 0) {
		if (loading.file)
			loading.file = rules_text(&loading.rules, loading.file_text);
		r = finish_rule(&loading, error);
	}
	if (r == 0)
		r = rules_index(&loading.rules);
	if (r < 0) {
		rules_free(&loading.rules);
		if (error->text[0] == '\0')
			config_fail(error, r, path, 0, "%s", strerror(-r));
		return r;
	}
	*ret_rules = loading.rules;
	return 0;
}

void rules_free(struct rules *rules)
{
	free(rules->list);
	free(rules->texts);
	free(rules->patterns);
	free(rules->order);
	*rules = (struct rules){};
}

const char *rules_text(const struct rules *rules, uint32_t offset)
{
	return rules->texts + offset;
}

const char *access_name(enum access access)
{
	return access == ACCESS_ALLOW ? "allow" : "block";
}
