/* Would a change of the roster leave nobody who can repair this machine, now or on a later day?
 * Where nobody could before, the change takes nothing away. */
#ifndef SEKISHO_ADMINISTRATORS_LEFT_H
#define SEKISHO_ADMINISTRATORS_LEFT_H

#include "administrator.h"

#include "agent/auth/rosterfile.h"

/* Who has a password, and what of the second factors does not stand in the roster. */
struct administrators {
	struct {
		char name[ADMINISTRATOR_NAME_MAX];
		bool code; /* one-time codes, which are accepted */
	} list[ADMINISTRATOR_MAX];
	size_t count;
	bool keys; /* are accepted */
};

/* @config: sekisho.conf(5), whose defaults count where it is missing; @state: authd's directory.
 * Who is not root can't see passwords and codes: they count as there. -errno; -EINVAL with
 * @ret_error. */
int administrators_find(const char *config, const char *state, struct administrators *ret,
			struct config_error *ret_error);

/* The first day from @today on (YYYYMMDD) on which the new roster lets none of them in and the old
 * one would; 0: there is none. Pure. */
uint32_t administrators_left_until(const struct administrators *administrators,
				   const struct rosterfile *old, const struct rosterfile *new,
				   uint32_t today);

/* Both, with a message of @command. COMMAND_OK, COMMAND_NO where nobody would be left. */
int administrators_left_check(const char *command, const char *config, const char *state,
			      const struct rosterfile *old, const struct rosterfile *new);

#endif
