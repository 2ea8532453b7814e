/* sekisho policy check: reads device rules as sekishod does, but on behind the first mistake, and
 * tells which sections can decide nothing. */
#include "policy.h"

#include "command.h"

#include "agent/engine/rules.h"

#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

static void show_mistake(void *user, const char *text)
{
	size_t *mistakes = user;

	(*mistakes)++;
	puts(text);
}

/* Returns how many sections can decide nothing. */
static size_t show_covered(const struct rules *rules)
{
	size_t covered = 0;

	for (size_t i = 0; i < rules->n_list; i++) {
		const struct rule *rule = &rules->list[i], *by = rules_cover(rules, i);

		if (!by)
			continue;
		covered++;
		printf(_("%s:%u: warning: section '%s' decides nothing: what it names is taken "
			 "before it, by '%s' (%s:%u)\n"),
		       rules_text(rules, rule->file), rule->line, rules_text(rules, rule->name),
		       rules_text(rules, by->name), rules_text(rules, by->file), by->line);
	}
	return covered;
}

int policy_check(int argc, char **argv)
{
	static const char *const installed[] = {SEKISHO_DEVICE_RULES};
	static const struct option options[] = {{}};
	const char *const *paths = installed;
	size_t count = 1, mistakes = 0, covered;
	struct rules rules;
	int r;

	if (command_option(argc, argv, "", options) != -1)
		return command_usage("policy");
	if (optind < argc) {
		paths = (const char *const *)argv + optind;
		count = (size_t)(argc - optind);
	}
	r = rules_check(paths, count, geteuid(), show_mistake, &mistakes, &rules);
	if (r < 0 && r != -EINVAL)
		return command_fail("policy", "%s", strerror(-r));
	covered = show_covered(&rules);
	if (rules.audit) {
		covered++;
		puts(_("warning: Mode=audit: the rules are not enforced"));
	}
	printf(_("sections: %zu; mistakes: %zu; warnings: %zu\n"), rules.n_list, mistakes, covered);
	rules_free(&rules);
	return mistakes > 0 ? COMMAND_NO : COMMAND_OK;
}
