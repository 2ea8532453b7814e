/* What somebody changed of that which Sekisho keeps as it is: found, put right where a verb of the
 * root half can, and told. What is found again and again is told once an hour, with a count. */
#ifndef SEKISHO_TAMPER_H
#define SEKISHO_TAMPER_H

#include "event.h"
#include "privproto.h"

#include <stdint.h>

#define TAMPER_MAX	32 /* remembered and told of; the others are counted in .total */
#define TAMPER_FOLD_MS	3600000
#define TAMPER_STILL_MS 100000 /* three sweeps: what nothing puts right was there all the time */
#define TAMPER_PATH_MAX 192
#define TAMPER_TEXT_MAX 96

/* One that was found. */
struct tamper_case {
	const char *object; /* "value", "node", "file", "rule", "program", "lock" */
	const char *path;
	const char *found, *expected; /* NULL: it isn't known */
	enum priv_verb verb; /* asked for to put it right; 0: nothing of ours does */
	const char *name; /* what the verb is for */
};

struct tamper_row {
	char object[8], path[TAMPER_PATH_MAX];
	char found[TAMPER_TEXT_MAX], expected[TAMPER_TEXT_MAX];
	enum priv_verb verb;
	char name[PRIV_NAME_MAX];
	bool waits; /* for the verb's end */
	int64_t seen_at, told_at; /* wire_now(); .told_at 0: never */
	uint64_t untold; /* times it was found and not told */
};

struct tamper {
	void (*tell)(void *user, const struct event *event);
	void *user;
	struct tamper_row rows[TAMPER_MAX];
	size_t count;
	uint64_t total; /* times anything was found */
};

/* Something was found. With a verb it is told when that is done; the caller asks for it. This and
 * tamper_done() do nothing where @tamper is NULL. */
void tamper_found(struct tamper *tamper, const struct tamper_case *found, int64_t now);

/* A verb is done: its @error is 0, PRIV_CHANGED or -errno. */
void tamper_done(struct tamper *tamper, const struct priv_request *request, int error, int64_t now);

/* Tells counts whose hour is over; with @all, every count there is. */
void tamper_tick(struct tamper *tamper, int64_t now, bool all);

#endif
