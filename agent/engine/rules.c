#include "rules.h"

#include "rules_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What tells nothing of a device. */
#define KEYS_WITHOUT_MATCH                                                                         \
	(1u << KEY_ACCESS | 1u << KEY_AT_MOST | 1u << KEY_ENROLLED | 1u << KEY_UNITS)

struct loading {
	struct rules rules;
	struct rule rule; /* the section being read, if .begun */
	bool begun;
	bool policy; /* it is [Policy] */
	bool policy_given, mode_given;
	bool wrong; /* the section has a mistake, which was told: it becomes no rule */
	bool mistaken; /* one was told, of this section or another */
	config_mistake_fn *mistake; /* NULL: the first one ends it */
	void *user;
};

static const char *file_of(const struct loading *loading)
{
	return rules_text(&loading->rules, loading->rule.file);
}

static void on_mistake(void *user, const char *text)
{
	struct loading *loading = user;

	loading->wrong = loading->mistaken = true;
	loading->mistake(loading->user, text);
}

/* Nothing but the word itself takes the locks off. */
static int set_mode(struct loading *loading, const char *file, unsigned int line, const char *name,
		    const char *value, struct config_error *error)
{
	bool audit = strcmp(value, "audit") == 0;

	if (strcmp(name, "Mode") != 0)
		return config_fail(error, -EINVAL, file, line, "unknown key '%s'", name);
	if (loading->mode_given)
		return config_fail(error, -EINVAL, file, line, "%s= is given twice", name);
	if (!audit && strcmp(value, "enforce") != 0)
		return config_fail(error, -EINVAL, file, line,
				   "Mode=%s can't be understood; write enforce or audit", value);
	loading->mode_given = true;
	loading->rules.audit = audit;
	return 0;
}

static int begin_policy(struct loading *loading, struct config_error *error)
{
	bool again = loading->policy_given;

	loading->policy = loading->policy_given = true;
	return again ? config_fail(error, -EINVAL, file_of(loading), loading->rule.line,
				   "a second [Policy]; keep one")
		     : 0;
}

/* Whether it can fit nothing but interfaces of HID. */
static bool is_about_input(const struct rules *rules, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_any; i++) {
		const struct class_pattern *pattern = &rules->patterns[rule->any_at + i];

		if (pattern->mask.class != 0xff || pattern->class.class != 0x03)
			return false;
	}
	return rule->n_any > 0;
}

/* The section read so far becomes a rule. */
static int finish_rule(struct loading *loading, struct config_error *error)
{
	struct rules *rules = &loading->rules;
	const struct rule *rule = &loading->rule;
	struct rule *grown;

	if (!loading->begun || loading->wrong || loading->policy)
		return 0;
	if (!rule_gives(rule, KEY_ACCESS))
		return config_fail(
			error, -EINVAL, file_of(loading), rule->line,
			"the section has no Access= line; write Access=allow, challenge, charge or "
			"block");
	if ((rule->given & ~KEYS_WITHOUT_MATCH) == 0)
		return config_fail(error, -EINVAL, file_of(loading), rule->line,
				   "the section has no Match line; MatchInterface=*:*:* fits all");
	if (rule_gives(rule, KEY_SERIAL) && rule_gives(rule, KEY_HAS_SERIAL) && !rule->has_serial)
		return config_fail(error, -EINVAL, file_of(loading), rule->line,
				   "MatchSerial= and MatchHasSerial=no never fit together");
	if (rule_gives(rule, KEY_AT_MOST) && rule->access != ACCESS_ALLOW)
		return config_fail(error, -EINVAL, file_of(loading), rule->line,
				   "AtMost= limits what works; it stands with Access=allow");
	if (rule_gives(rule, KEY_UNITS) && rule->access != ACCESS_ALLOW)
		return config_fail(error, -EINVAL, file_of(loading), rule->line,
				   "Units= is about disks that work; it stands with Access=allow");
	if (rule->access == ACCESS_CHALLENGE && !is_about_input(rules, rule))
		return config_fail(error, -EINVAL, file_of(loading), rule->line,
				   "a code is typed on input devices; Access=challenge stands with "
				   "MatchInterface=03:*:* or narrower");
	if (rules->n_list == RULES_MAX)
		return config_fail(error, -E2BIG, file_of(loading), rule->line,
				   "more than %d sections", RULES_MAX);
	grown = rules_grow(rules->list, &rules->list_size, rules->n_list, 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	rules->list = grown;
	rules->list[rules->n_list++] = *rule;
	return 0;
}

/* For whoever wants to hear of every mistake, the next section is read in spite of one. */
static int end_section(struct loading *loading, struct config_error *error)
{
	int r = finish_rule(loading, error);

	if (r < 0 && r != -ENOMEM && loading->mistake) {
		on_mistake(loading, error->text);
		r = 0;
	}
	return r;
}

static int name_rule(struct loading *loading, const char *section, struct config_error *error)
{
	static const char prefix[] = "Device ";
	const char *name = section + strlen(prefix);

	if (strncmp(section, prefix, strlen(prefix)) != 0 || *name == '\0')
		return config_fail(error, -EINVAL, file_of(loading), loading->rule.line,
				   "unknown section; write [Device NAME] or [Policy]");
	if (strlen(name) > RULE_NAME_MAX)
		return config_fail(error, -EINVAL, file_of(loading), loading->rule.line,
				   "the section's name is longer than %d bytes", RULE_NAME_MAX);
	return rules_add_text(&loading->rules, name, &loading->rule.name);
}

static int begin_rule(struct loading *loading, const char *file, unsigned int line,
		      const char *section, struct config_error *error)
{
	bool same_file = loading->begun && strcmp(file_of(loading), file) == 0;
	uint32_t file_text = loading->rule.file;
	int r = end_section(loading, error);

	if (r == 0 && !same_file)
		r = rules_add_text(&loading->rules, file, &file_text);
	if (r < 0)
		return r;
	loading->rule = (struct rule){.line = line, .file = file_text};
	loading->begun = true;
	loading->wrong = loading->policy = false;
	return strcmp(section, "Policy") == 0 ? begin_policy(loading, error)
					      : name_rule(loading, section, error);
}

static int on_key(void *user, const char *file, unsigned int line, unsigned int section_line,
		  const char *section, const char *name, const char *value,
		  struct config_error *error)
{
	struct loading *loading = user;
	enum rule_key key;
	int r = 0;

	if (!loading->begun || section_line != loading->rule.line ||
	    strcmp(file, file_of(loading)) != 0)
		r = begin_rule(loading, file, section_line, section, error);
	if (r < 0 || !name)
		return r;
	if (loading->policy)
		return set_mode(loading, file, line, name, value, error);
	key = rules_key(name);
	if (key == KEY_COUNT)
		return config_fail(error, -EINVAL, file, line, "unknown key '%s'", name);
	if (rule_gives(&loading->rule, key))
		return config_fail(error, -EINVAL, file, line, "%s= is given twice", name);
	r = rules_set_key(&loading->rules, &loading->rule, key, value);
	if (r < 0)
		return config_fail(error, r, file, line, "%s=%s can't be understood; see %s", name,
				   value, "sekisho-devices.conf(5)");
	loading->rule.given |= 1u << key;
	return 0;
}

/* To the front, both kinds in the order of the files. */
static int put_enrolled_first(struct rules *rules)
{
	size_t enrolled = 0, n_others = 0;
	struct rule *others;

	/* Mostly none is: then nothing moves, and the copy is saved. */
	for (size_t i = 0; i < rules->n_list; i++)
		enrolled += rules->list[i].enrolled;
	if (enrolled == 0)
		return 0;
	others = malloc(rules->n_list * sizeof(*others));
	if (!others)
		return -ENOMEM;
	enrolled = 0;
	for (size_t i = 0; i < rules->n_list; i++) {
		if (rules->list[i].enrolled)
			rules->list[enrolled++] = rules->list[i];
		else
			others[n_others++] = rules->list[i];
	}
	if (n_others > 0)
		memcpy(rules->list + enrolled, others, n_others * sizeof(*others));
	free(others);
	return 0;
}

/* The last section, their order, and the index. */
static int finish(struct loading *loading, struct config_error *error)
{
	int r = end_section(loading, error);

	if (r == 0)
		r = put_enrolled_first(&loading->rules);
	return r < 0 ? r : rules_index(&loading->rules);
}

int rules_load(const char *path, uid_t owner, struct rules *ret_rules, struct config_error *error)
{
	return rules_load_staged(path, owner, NULL, ret_rules, error);
}

int rules_load_staged(const char *path, uid_t owner, const struct config_staged *staged,
		      struct rules *ret_rules, struct config_error *error)
{
	struct loading loading = {};
	int r;

	error->text[0] = '\0';
	r = config_visit_staged(path, owner, staged, on_key, &loading, error);
	if (r == 0)
		r = finish(&loading, error);
	if (r < 0) {
		rules_free(&loading.rules);
		if (error->text[0] == '\0')
			config_fail(error, r, path, 0, "%s", strerror(-r));
		return r;
	}
	*ret_rules = loading.rules;
	return 0;
}

int rules_check(const char *const paths[], size_t count, uid_t owner, config_mistake_fn *mistake,
		void *user, struct rules *ret_rules)
{
	struct loading loading = {.mistake = mistake, .user = user};
	struct config_error error;
	int r = 0;

	for (size_t i = 0; i < count && (r == 0 || r == -EINVAL); i++) {
		r = config_visit_all(paths[i], owner, on_key, on_mistake, &loading);
		loading.mistaken |= r == -EINVAL;
	}
	if (r == 0 || r == -EINVAL)
		r = finish(&loading, &error);
	if (r == 0) {
		*ret_rules = loading.rules;
		return loading.mistaken ? -EINVAL : 0;
	}
	rules_free(&loading.rules);
	return r;
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
	static const char *const names[ACCESS_COUNT] = {
		[ACCESS_BLOCK] = "block",
		[ACCESS_ALLOW] = "allow",
		[ACCESS_CHARGE] = "charge",
		[ACCESS_CHALLENGE] = "challenge",
	};

	return names[access];
}
