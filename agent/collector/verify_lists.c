#include "verify_lists.h"

#include "command.h"
#include "gettext.h"
#include "revocations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct lists {
	const struct terminals *terminals;
	uint64_t *numbers; /* of each terminal's newest */
};

static void note(void *user, const struct audit_chain *chain)
{
	const struct lists *lists = user;
	uint64_t *number;

	if (!chain->owner)
		return;
	number = &lists->numbers[terminal_present(chain->owner) - lists->terminals->list];
	*number = chain->list > *number ? chain->list : *number;
}

static void show(const struct verification *verification, const struct terminal *terminal,
		 uint64_t number, json_t *stale)
{
	if (verification->json)
		json_array_append_new(stale, json_pack("{s:s, s:I}", "terminal", terminal->name,
						       "list", (json_int_t)number));
	else if (number > 0)
		printf(_("%s: [old-list] has list %llu of what is revoked\n"), terminal->name,
		       (unsigned long long)number);
	else
		printf(_("%s: [old-list] has no list of what is revoked\n"), terminal->name);
}

/* The caller's; 0: there is none. */
static int64_t newest(const struct verification *verification)
{
	struct revocations list = {};
	char path[4096];
	int r;

	snprintf(path, sizeof(path), "%s/" COLLECTOR_REVOKED, verification->directory);
	r = revocations_load(path, &list);
	if (r < 0 && r != -ENOENT)
		command_fail("verify", _("%s: can't be read: %s"), path, strerror(-r));
	revocations_release(&list);
	return r < 0 ? 0 : list.number;
}

json_t *verify_lists_show(const struct verification *verification, const struct audit *audit,
			  int64_t *ret_newest)
{
	const struct terminals *terminals = &verification->terminals;
	struct lists lists = {terminals, calloc(terminals->count + 1, sizeof(uint64_t))};
	json_t *stale = json_array();

	*ret_newest = lists.numbers ? newest(verification) : 0;
	if (*ret_newest > 0)
		audit_each(audit, note, &lists);
	for (size_t i = 0; *ret_newest > 0 && i < terminals->count; i++)
		if (!terminals->list[i].end.ended && lists.numbers[i] < (uint64_t)*ret_newest)
			show(verification, &terminals->list[i], lists.numbers[i], stale);
	if (!verification->json && json_array_size(stale) == 0 && *ret_newest > 0)
		printf(_("the newest list of what is revoked: %lld\n"), (long long)*ret_newest);
	free(lists.numbers);
	return stale;
}
