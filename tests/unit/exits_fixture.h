/* A made-up machine of files, for the tests of the ways out. */
#ifndef SEKISHO_EXITS_FIXTURE_H
#define SEKISHO_EXITS_FIXTURE_H

#include "tree_fixture.h"

#include "agent/exits/exits.h"
#include "agent/lsm/attempt.h"
#include "agent/lsm/loaded.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>

struct place {
	char root[48];
	char inventory[80], guard[80];
	struct machine machine;
	struct lock_finding findings[LOCK_COUNT];
};

static int refuses; /* what guardtry() finds */

static size_t missing_pin; /* the row in pin_rows, from 1 */
static const char *strange_pin; /* there another program hangs */

/* The programs have the numbers of pin_rows, from 1. */
static int look_pin(const char *path, struct pinned *ret_pinned)
{
	const char *name = strrchr(path, '/') + 1;
	size_t row = loaded_row(name);

	if (row == pin_count || missing_pin == row + 1)
		return -ENOENT;
	*ret_pinned = (struct pinned){.program = (uint32_t)row + 1};
	if (!strange_pin || strcmp(strange_pin, name) != 0)
		snprintf(ret_pinned->name, sizeof(ret_pinned->name), "%.15s", name);
	return 0;
}

static int try_guard(enum guardtry_probe probe)
{
	(void)probe;
	return refuses;
}

static void put(const struct place *place, const char *path, const char *text)
{
	tree_put(place->root, path, text, strlen(text));
}

/* The package's own file of modprobe.d. */
static void put_modules(const struct place *place, const char *path)
{
	static char text[8192];
	FILE *file = fopen("packaging/modprobe/sekisho-modules.conf", "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
	put(place, path, text);
}

/* A machine with nothing in it but the package's file of modprobe.d. */
static struct place *open_place(void)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(place->root, sizeof(place->root), "/tmp/sekisho-exits-XXXXXX");
	assert_non_null(mkdtemp(place->root));
	place->machine.root = open(place->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(place->inventory, sizeof(place->inventory), "%s/disks.conf", place->root);
	place->machine.inventory = place->inventory;
	snprintf(place->guard, sizeof(place->guard), "%s/lsm.conf", place->root);
	place->machine.guard = place->guard;
	place->machine.try_guard = try_guard;
	place->machine.look_pin = look_pin;
	missing_pin = 0;
	strange_pin = NULL;
	refuses = 1;
	put_modules(place, "lib/modprobe.d/sekisho-modules.conf");
	return place;
}

/* What sekisho-lsm leaves where the kernel asks BPF programs. */
static inline void put_guard(const struct place *place)
{
	char list[512];
	int length = snprintf(list, sizeof(list), ATTEMPT_RING " 99\n");

	put(place, "sys/kernel/security/lsm", "lockdown,capability,yama,apparmor,bpf");
	put(place, &ATTEMPT_CALLS[1], "1\n");
	for (size_t i = 0; i < pin_count; i++)
		length += snprintf(list + length, sizeof(list) - (size_t)length, "%s %zu\n",
				   pin_rows[i].name, i + 1);
	put(place, &ATTEMPT_LOADED[1], list);
}

static inline void put_closed(const struct place *place, const char *path)
{
	put(place, path, "");
	assert_int_equal(fchmodat(place->machine.root, path, 0600, 0), 0);
}

static int tear_down(void **state)
{
	struct place *place = *state;

	json_decref(place->machine.devices);
	close(place->machine.root);
	assert_int_equal(tree_remove(place->root), 0);
	free(place);
	return 0;
}

static const struct exit_row *find(const char *name)
{
	for (size_t i = 0; i < exit_count; i++)
		if (strcmp(exit_rows[i].name, name) == 0)
			return &exit_rows[i];
	fail_msg("no row %s", name);
	return NULL;
}

static enum exit_state state_of(struct place *place, const char *name)
{
	locks_look(&place->machine, place->findings);
	return exit_state(find(name), &place->machine, place->findings);
}

#endif
