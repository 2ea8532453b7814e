/* Would a change of the roster leave nobody who can repair this machine, now or on a later day?
 * Where nobody could before, the change takes nothing away. */
#ifndef SEKISHO_ADMINISTRATORS_LEFT_H
#define SEKISHO_ADMINISTRATORS_LEFT_H

#include "administrator.h"

#include "agent/auth/rosterfile.h"
#include "paths.h"
#include "revocations.h"

/* Where it is written who can log in, beside the roster. */
struct administrators_places {
	const char *config; /* sekisho.conf(5), whose defaults count where it is missing */
	const char *state; /* authd's directory */
	const char *operators; /* of shared accounts */
	const char *revoked; /* the collector's list */
};

/* On a terminal. */
#define ADMINISTRATORS_PLACES                                                                      \
	{                                                                                          \
		.config = SEKISHO_CONFIG, .state = SEKISHO_AUTH_STATE,                             \
		.operators = SEKISHO_OPERATORS, .revoked = SEKISHO_REVOCATIONS "/list"             \
	}

/* Who has a password, is not revoked and has an account of one's own, whose keys and codes open it,
 * and whom the sections of sekisho.conf(5) let in at ADMINISTRATOR_DOOR; and what of the second
 * factors does not stand in the roster. */
struct administrators {
	struct {
		char name[ADMINISTRATOR_NAME_MAX];
		bool keys; /* are accepted */
		bool code; /* has one-time codes, which are accepted */
	} list[ADMINISTRATOR_MAX];
	size_t count;
	struct revocations revoked; /* keys on it open nothing */
};

/* Who is not root can't see passwords and codes: they count as there. -errno, with @ret_error for a
 * file that is wrong or can't be read. */
int administrators_find(const struct administrators_places *places, struct administrators *ret,
			struct config_error *ret_error);
void administrators_release(struct administrators *administrators);

/* The first day from @today on (YYYYMMDD) on which the new roster lets none of them in and the old
 * one would; 0: there is none. Pure. */
uint32_t administrators_left_until(const struct administrators *administrators,
				   const struct rosterfile *old, const struct rosterfile *new,
				   uint32_t today);

/* Both, with a message of @command. COMMAND_OK, COMMAND_NO where nobody would be left. */
int administrators_left_check(const char *command, const struct administrators_places *places,
			      const struct rosterfile *old, const struct rosterfile *new);

#endif
