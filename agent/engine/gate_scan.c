/* Looking at all that is there: idempotent, so that no state has to be right for it. */
#include "gate.h"

#include "carry.h"
#include "facts.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_depth(const struct dirent **a, const struct dirent **b)
{
	size_t x = strlen((*a)->d_name), y = strlen((*b)->d_name);
	bool root_a = (*a)->d_name[0] == 'u', root_b = (*b)->d_name[0] == 'u';

	if (root_a != root_b)
		return root_a ? -1 : 1;
	return x != y ? (x < y ? -1 : 1) : strcmp((*a)->d_name, (*b)->d_name);
}

static int is_device(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && !strchr(entry->d_name, ':');
}

/* The one of those that work that came before all others; -1: none is left. sysfs counts its inode
 * numbers up (fs/kernfs/dir.c), and a hub's folder is there before those of what hangs on it. */
static int find_first_open(const struct gate *gate, struct dirent **names, int count)
{
	uint64_t least = UINT64_MAX;
	int first = -1;

	for (int i = 0; i < count; i++) {
		uint64_t inode;
		bool authorized;

		if (!names[i] ||
		    facts_peek(gate->devices, names[i]->d_name, &inode, &authorized) < 0 ||
		    !authorized || inode >= least)
			continue;
		least = inode;
		first = i;
	}
	return first;
}

/* Who works already has the first claim to a place, in the order in which they came: without us
 * udev's rules let in what we had refused, too. What was seen is taken out of the list. */
static void see_open_ones(struct gate *gate, struct dirent **names, int count)
{
	int first;

	while ((first = find_first_open(gate, names, count)) >= 0) {
		gate_look(gate, names[first]->d_name);
		free(names[first]);
		names[first] = NULL;
	}
}

int gate_scan(struct gate *gate)
{
	struct dirent **names;
	int count;

	gate->rescan = false;
	if (!gate->rules)
		return 0;
	count = scandirat(gate->devices, ".", &names, is_device, by_depth);
	if (count < 0)
		return -errno;
	carry_ask(gate, PRIV_DEFAULT_DENY, "", 0, 0);
	/* What has left without our hearing of it. A bus may have come back, open, under its name.
	 */
	gate->n_buses = 0;
	for (size_t i = gate->n_list; i-- > 0;) {
		const char *name = gate->list[i]->facts.name;
		uint64_t inode;
		bool authorized;

		if (facts_peek(gate->devices, name, &inode, &authorized) < 0 ||
		    inode != gate->list[i]->facts.inode)
			gate_forget(gate, name);
	}
	see_open_ones(gate, names, count);
	for (int i = 0; i < count; i++) {
		if (names[i])
			gate_look(gate, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return 0;
}
