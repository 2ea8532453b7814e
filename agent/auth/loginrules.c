#include "loginrules.h"

#include "wordlist.h"

#include "cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define MEMBER(section, name, member)                                                              \
	{                                                                                          \
		section, name, CONFIG_LIST, offsetof(struct loginrule, member),                    \
			sizeof(((struct loginrule *)0)->member), 0, 0, NULL                        \
	}

static const char *const kinds[LOGINRULE_KINDS] = {
	[LOGINRULE_SERVICE] = "Service",
	[LOGINRULE_GROUP] = "Group",
	[LOGINRULE_CLASS] = "Class",
};

/* The section is the kind here. Who may come in is no matter of a group's own section. */
static const struct config_key keys[] = {
	MEMBER("Service", "Factors", factors),
	MEMBER("Service", "AllowUsers", allow_users),
	MEMBER("Service", "AllowGroups", allow_groups),
	MEMBER("Group", "Factors", factors),
	MEMBER("Class", "Factors", factors),
	MEMBER("Class", "AllowUsers", allow_users),
	MEMBER("Class", "AllowGroups", allow_groups),
};

const char *loginrules_kind(enum loginrule_kind kind)
{
	return kinds[kind];
}

/* The kind, and where the name begins; LOGINRULE_KINDS for another section. */
static enum loginrule_kind part(const char *section, const char **ret_name)
{
	for (size_t i = 0; i < LOGINRULE_KINDS; i++) {
		size_t length = strlen(kinds[i]);

		if (strncmp(section, kinds[i], length) != 0)
			continue;
		if (section[length] != '\0' && section[length] != ' ' && section[length] != '\t')
			continue;
		*ret_name = section + length + strspn(section + length, " \t");
		return (enum loginrule_kind)i;
	}
	return LOGINRULE_KINDS;
}

bool loginrules_section(const char *section)
{
	const char *name;

	return part(section, &name) != LOGINRULE_KINDS;
}

/* What could never match is a mistake. */
static const char *misnamed(enum loginrule_kind kind, const char *name)
{
	if (name[0] == '\0')
		return "lacks a name, as in [Service sudo]";
	if (strlen(name) >= LOGINRULES_NAME)
		return "has too long a name: 40 bytes are the most";
	for (const char *at = name; *at; at++) {
		if (strchr(" \t,;#\"'/", *at) || iscntrl((unsigned char)*at))
			return "must have one name, without blanks, commas, quotes and slashes";
		if (kind == LOGINRULE_SERVICE && isupper((unsigned char)*at))
			return "can't match: PAM has the names of services in small letters";
	}
	return NULL;
}

static struct loginrule *find(struct loginrules *rules, enum loginrule_kind kind, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->list[i].kind == kind && strcmp(rules->list[i].name, name) == 0)
			return &rules->list[i];
	return NULL;
}

static struct loginrule *append(struct loginrules *rules, enum loginrule_kind kind,
				const char *name)
{
	struct loginrule *list = reallocarray(rules->list, rules->count + 1, sizeof(*list));
	struct loginrule *rule;

	if (!list)
		return NULL;
	rules->list = list;
	rule = &list[rules->count++];
	memset(rule, 0, sizeof(*rule));
	rule->kind = kind;
	snprintf(rule->name, sizeof(rule->name), "%s", name);
	return rule;
}

static void note(char place[static LOGINRULES_PLACE], const char *file, unsigned int line)
{
	snprintf(place, LOGINRULES_PLACE, "%.*s:%u", LOGINRULES_PLACE - 16, file, line);
}

static int begin(struct loginrules *rules, const char *file, unsigned int line,
		 enum loginrule_kind kind, const char *name, struct config_error *error)
{
	const char *wrong = misnamed(kind, name);
	struct loginrule *rule;

	if (wrong)
		return config_fail(error, -EINVAL, file, line, "[%s %.40s] %s", kinds[kind], name,
				   config_words(wrong));
	rule = find(rules, kind, name);
	if (!rule && rules->count == LOGINRULES_MAX)
		return config_fail(error, -E2BIG, file, line,
				   "more than %d sections [Service], [Group] and [Class]",
				   LOGINRULES_MAX);
	if (!rule)
		rule = append(rules, kind, name);
	if (!rule)
		return config_fail(error, -ENOMEM, file, line, "no memory");
	note(rule->place, file, line);
	return 0;
}

/* Line by line, so that the line is named; the whole of it decides about the order. */
static int take_factors(struct loginrule *rule, const char *file, unsigned int line,
			const char *value, struct config_error *error)
{
	char wrong[PAIRS_REASON];

	if (pairs_parse(value, &rule->pairs, wrong) < 0 ||
	    pairs_parse(rule->factors, &rule->pairs, wrong) < 0)
		return config_fail(error, -EINVAL, file, line, "Factors: %s", wrong);
	note(rule->factors_place, file, line);
	return 0;
}

static int take_names(struct loginrule *rule, const char *file, unsigned int line, const char *name,
		      const char *value, struct config_error *error)
{
	const char *at = value;
	size_t length;

	if (!wordlist_next(&at, &length))
		return config_fail(error, -EINVAL, file, line, "%s must name somebody", name);
	note(rule->allow_place, file, line);
	return 0;
}

int loginrules_visit(void *user, const char *file, unsigned int line, unsigned int section_line,
		     const char *section, const char *name, const char *value,
		     struct config_error *error)
{
	struct loginrules *rules = user;
	const char *of = "";
	enum loginrule_kind kind = part(section, &of);
	struct loginrule *rule;
	int r;

	if (kind == LOGINRULE_KINDS)
		return config_fail(error, -EINVAL, file, line, "unknown section [%.40s]", section);
	if (!name)
		return begin(rules, file, line, kind, of, error);
	rule = find(rules, kind, of);
	if (!rule)
		return config_fail(error, -EINVAL, file, line, "unknown section [%.40s]", section);
	/* Rules move as the list grows. */
	rule->table.keys = keys;
	rule->table.n_keys = ARRAY_SIZE(keys);
	rule->table.values = rule;
	r = config_table_visit(&rule->table, file, line, section_line, kinds[kind], name, value,
			       error);
	if (r < 0)
		return r;
	return strcmp(name, "Factors") == 0 ? take_factors(rule, file, line, value, error)
					    : take_names(rule, file, line, name, value, error);
}

void loginrules_release(struct loginrules *rules)
{
	free(rules->list);
	*rules = (struct loginrules){};
}
