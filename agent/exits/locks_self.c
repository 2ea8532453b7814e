/* Whether what Sekisho rests on is as it was installed, and whether it alone decides. */
#include "exits.h"

#include "cleanup.h"
#include "gettext.h"
#include "ownfiles.h"
#include "rivals.h"
#include "udevrules.h"

#include <errno.h>
#include <string.h>

static const char *const sentences[] = {
	[OWNFILE_CHANGED] = N_("%s is not as installed; installing the package again restores it"),
	[OWNFILE_MISSING] = N_("%s is missing; installing the package again restores it"),
	[OWNFILE_COVERED] = N_("%s is covered by %s; remove that"),
};

struct look {
	struct lock_finding *finding;
	size_t drop_ins;
	bool broken;
};

static void find_file(void *user, const struct ownfile_finding *found)
{
	struct look *look = user;

	if (found->state == OWNFILE_ADDED_TO) {
		look->drop_ins++;
		return;
	}
	if (look->broken)
		return;
	look->broken = true;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	lock_found(look->finding, LOCK_BROKEN, _(sentences[found->state]), found->path,
		   found->other);
#pragma GCC diagnostic pop
}

void look_files(const struct machine *machine, struct lock_finding *finding)
{
	struct look look = {.finding = finding};
	size_t count = 0;
	int r = ownfiles_look(machine->root, find_file, &look, &count);

	if (r < 0)
		lock_found(finding, LOCK_UNSEEN, "/" OWNFILES_LIST ": %s", strerror(-r));
	else if (!look.broken && look.drop_ins > 0)
		lock_found(finding, LOCK_HOLDS,
			   _("%zu files as installed; %zu drop-ins change units, see 'systemctl "
			     "cat'"),
			   count, look.drop_ins);
	else if (!look.broken)
		lock_found(finding, LOCK_HOLDS, _("%zu files as installed"), count);
}

static void find_rule(void *user, const char *path, size_t line)
{
	struct look *look = user;

	if (!look->broken)
		lock_found(look->finding, LOCK_BROKEN,
			   _("%s, line %zu, opens USB devices; remove that rule"), path, line);
	look->broken = true;
}

/* What is installed and does nothing is named too. */
void look_sole_judge(const struct machine *machine, struct lock_finding *finding)
{
	struct look look = {.finding = finding};
	const char *idle = NULL;

	udevrules_look(machine->root, find_rule, &look);
	for (size_t i = 0; !look.broken && i < rival_count; i++) {
		const struct rival *rival = &rivals[i];
		enum rival_state state =
			rival->thunderbolt ? RIVAL_ABSENT : rival_look(rival, machine->root);

		if (state == RIVAL_RUNS) {
			lock_found(finding, LOCK_BROKEN,
				   _("%s decides about devices too; end it by 'systemctl mask "
				     "--now %s'"),
				   rival->name, rival->through ? rival->through : rival->unit);
			return;
		}
		if (state == RIVAL_INSTALLED && !idle)
			idle = rival->name;
	}
	if (!look.broken && idle)
		lock_found(finding, LOCK_HOLDS, _("%s is installed and decides nothing now"), idle);
	else if (!look.broken)
		lock_found(finding, LOCK_HOLDS, "%s", _("no other program or rule is there"));
}
