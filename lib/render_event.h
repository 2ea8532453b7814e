/* What render.c reads of an event, and how its neighbours render_cef.c, render_ecs.c and
 * render_ocsf.c write it. Of no use to others: see render.h. */
#ifndef SEKISHO_RENDER_EVENT_H
#define SEKISHO_RENDER_EVENT_H

#include "render.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RENDER_VENDOR  "Sekisho"
#define RENDER_PRODUCT "Sekisho"

/* Borrowed pointers but for .object. */
struct render_event {
	const struct event_row *row; /* NULL: a kind of a later version */
	const char *kind, *id, *time;
	int64_t time_ms; /* since 1970 UTC */
	uint64_t sequence;
	bool late;
	char hash[2 * JOURNAL_HASH_SIZE + 1];
	json_t *fields; /* object of strings; names are [a-z0-9_]+, journal_parse_event saw to it */
	json_t *object; /* the whole line */
};

/* Where a field of ours goes. */
struct render_path {
	unsigned int class_uid; /* 0: in every class */
	const char *field;
	const char *path;
};

/* "S-4001", "" for an unknown kind. */
void render_code(const struct render_event *event, char code[static 16]);

/* The kind's meaning, in English. */
const char *render_meaning(const struct render_event *event);

/* NULL if the event does not have it. */
const char *render_field(const struct render_event *event, const char *name);

/* The first row for the event's class and @field; NULL if there is none. */
const char *render_path_of(const struct render_path *paths, size_t count,
			   const struct render_event *event, const char *field);

/* True if an address of IPv4 or IPv6 is written there. */
bool render_is_address(const char *text);

/* A JSON object that is filled; the first error sticks. */
struct render_tree {
	json_t *root;
	int error; /* 0 or -ENOMEM */
};

/* Puts @value, which it takes over, at "a.b.c", making a and b; "a.b[]" adds to a list. Only for
 * paths of our own. */
void render_put(struct render_tree *tree, const char *path, json_t *value);
/* NULL is left out. */
void render_put_text(struct render_tree *tree, const char *path, const char *text);
/* Below "parent", under a field's name. */
void render_put_named(struct render_tree *tree, const char *parent, const char *name,
		      const char *text);

/* On failure the result is NULL, or the tree's error is set. */
char *render_cef(const struct render_event *event, const struct render_origin *origin);
void render_ecs(const struct render_event *event, const struct render_origin *origin,
		struct render_tree *tree);
void render_ocsf(const struct render_event *event, const struct render_origin *origin,
		 struct render_tree *tree);

#endif
