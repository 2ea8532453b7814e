/* What the subcommands of `sekisho key` share. */
#ifndef SEKISHO_CLI_KEY_H
#define SEKISHO_CLI_KEY_H

#include "administrators_left.h"

#include "agent/auth/rosterfile.h"
#include "event.h"
#include "paths.h"

/* Options of all of them; the places are for tests. */
struct key_options {
	const char *roster;
	const char *devices;
	const char *token;
	struct administrators_places places;
	const char *record;
	const char *user; /* whom the token's child runs as */
	const char *label;
	const char *category;
	const char *from;
	const char *to;
	bool touch_only;
	bool nobody_left; /* of the administrators: may be */
};

/* Those of an installed terminal. */
#define KEY_OPTIONS                                                                                \
	{                                                                                          \
		.roster = SEKISHO_ROSTER, .places = ADMINISTRATORS_PLACES, .devices = "/dev",      \
		.token = SEKISHO_LIBEXEC "/sekisho-token", .record = SEKISHO_RECORD_SOCKET,        \
		.user = "sekisho-auth",                                                            \
	}

int key_add(const struct key_options *options, const char *name);
int key_list(const struct key_options *options, const char *name); /* NULL: everybody */
int key_show(const struct key_options *options, const char *id);
int key_revoke(const struct key_options *options, const char *id);

/* The one entry whose name begins with @id (at least four digits). COMMAND_OK, or a message was
 * printed. */
int key_find(const struct rosterfile *roster, const char *id, size_t *ret_index);

/* Records, or says on standard error that it could not. */
void key_record(const struct key_options *options, enum event_kind kind,
		const struct roster_entry *entry);

#endif
