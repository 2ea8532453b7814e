/* All sessions that are watched: which log-in began or unlocked which, with what key, and where we
 * are with each. What has to be known after a restart is in a file below /run. */
#ifndef SEKISHO_WATCHES_H
#define SEKISHO_WATCHES_H

#include "logind.h"
#include "loginnote.h"
#include "pending.h"
#include "probe.h"
#include "watch.h"

#include <stdbool.h>
#include <stddef.h>

#define WATCHES_MAX 64 /* sessions; further log-ins wait in their files */

struct watched {
	char session[LOCK_SESSION_MAX]; /* "": the place is free */
	struct login_note note; /* of the log-in that counts: the first, or the one that unlocked */
	struct hidkey key; /* as it is plugged in now */
	struct watch watch;
	struct probe probe;
	char other[HIDKEY_INSTANCE_MAX]; /* looks alike and lacks the credential */
	bool judged; /* whether it still counts, since that may have changed */
	const char *lapsed; /* why it counts no more, or NULL */
};

struct watches {
	int notes; /* directory */
	int run; /* directory of the file */
	struct watched list[WATCHES_MAX];
	struct pending pending[WATCHES_MAX];
	size_t waiting; /* log-ins of which nothing came yet */
	char *saved; /* the file's content */
	/* Notes that something came after; taken away once that is saved. */
	char retired[WATCHES_MAX][PROTOCOL_ID_MAX];
	size_t n_retired;
};

/* Looks at the log-ins and gives each its session; forgets sessions that have ended. Nothing is
 * forgotten that logind was not asked about just now (@fresh). */
void watches_settle(struct watches *watches, const struct logind *logind, bool fresh, int64_t now);

/* The one of that name, or NULL; "" is none's. */
struct watched *watches_find(struct watches *watches, const char *session);

/* A place for a session more, or NULL. */
struct watched *watches_find_free(struct watches *watches);

bool watches_are_none(const struct watches *watches);

void watches_release(struct watches *watches);

/* watches_file.c: takes up what was watched before a restart. */
void watches_load(struct watches *watches);

/* A log-in's note counts no more. It goes once the file says what does instead: killed in between,
 * we would come back to neither. */
void watches_retire(struct watches *watches, const char *id);
bool watches_is_retired(const struct watches *watches, const char *id);

/* Writes the file if it changed, and takes away the notes that it stands for no more. -errno. */
int watches_save(struct watches *watches);

#endif
