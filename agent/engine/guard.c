#include "guard.h"

#include "cleanup.h"

#include "agent/exits/ownfiles.h"
#include "agent/exits/rivals.h"
#include "agent/exits/udevrules.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct look {
	struct tamper *tamper;
	int64_t now;
	bool well;
};

static void note(struct look *look, const char *object, const char *path, const char *found,
		 const char *expected)
{
	look->well = false;
	tamper_found(look->tamper, &(struct tamper_case){object, path, found, expected, 0, NULL},
		     look->now);
}

static void find_file(void *user, const struct ownfile_finding *finding)
{
	struct look *look = user;

	switch (finding->state) {
	case OWNFILE_CHANGED:
		note(look, "file", finding->path, finding->found, finding->expected);
		break;
	case OWNFILE_MISSING:
		note(look, "file", finding->path, "missing", finding->expected);
		break;
	case OWNFILE_COVERED:
	case OWNFILE_ADDED_TO:
		note(look, "file", finding->other,
		     finding->state == OWNFILE_COVERED ? "instead of ours" : "drop-in", "no file");
		break;
	}
}

static void find_rule(void *user, const char *path, size_t line)
{
	char found[48];

	snprintf(found, sizeof(found), "opens USB devices, line %zu", line);
	note(user, "rule", path, found, NULL);
}

static void look_at_files(struct guard *guard, struct look *look)
{
	uint64_t fingerprint = ownfiles_fingerprint(guard->root);
	bool settled = fingerprint == guard->fingerprint;
	size_t count;
	int r;

	guard->fingerprint = fingerprint;
	if (settled && guard->well)
		return;
	guard->well = false;
	if (!settled && ++guard->unsettled < GUARD_UNSETTLED_MAX)
		return;
	guard->unsettled = 0;
	look->well = settled;
	r = ownfiles_look(guard->root, find_file, look, &count);
	if (r < 0)
		note(look, "file", "/" OWNFILES_LIST, strerror(-r), NULL);
	udevrules_look(guard->root, find_rule, look);
	guard->well = look->well;
}

static void look_at_rivals(const struct guard *guard, struct look *look)
{
	for (size_t i = 0; i < rival_count; i++)
		if (rival_look(&rivals[i], guard->root) == RIVAL_RUNS)
			note(look, "program", rivals[i].name, "runs", NULL);
}

void guard_look(struct guard *guard, struct tamper *tamper, int64_t now)
{
	struct look look = {.tamper = tamper, .now = now};

	guard->listed = guard->listed || faccessat(guard->root, OWNFILES_LIST, F_OK, 0) == 0;
	if (!guard->listed)
		return;
	look_at_files(guard, &look);
	look_at_rivals(guard, &look);
}
