/* A made-up machine of files, for the tests of the ways out. */
#ifndef SEKISHO_EXITS_FIXTURE_H
#define SEKISHO_EXITS_FIXTURE_H

#include "tree_fixture.h"

#include "agent/exits/exits.h"
#include "agent/lsm/attempt.h"
#include "agent/lsm/pins.h"

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
	refuses = 1;
	put_modules(place, "lib/modprobe.d/sekisho-modules.conf");
	return place;
}

/* What sekisho-lsm leaves where the kernel asks BPF programs. */
static inline void put_guard(const struct place *place)
{
	char path[96];

	put(place, "sys/kernel/security/lsm", "lockdown,capability,yama,apparmor,bpf");
	for (size_t i = 0; i < pin_count; i++) {
		snprintf(path, sizeof(path), "%s/%s", &ATTEMPT_PINS[1], pin_rows[i].name);
		put(place, path, "");
	}
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
