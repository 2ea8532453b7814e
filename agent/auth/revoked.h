/* What the collector's list says of a person and his or her keys (revocations.h): who stands there
 * is refused, whatever the roster says. */
#ifndef SEKISHO_AUTH_REVOKED_H
#define SEKISHO_AUTH_REVOKED_H

#include "failure.h"
#include "roster.h"
#include "settings.h"

#include <time.h>

struct revoked {
	bool person;
	size_t n_keys; /* of the person's */
	char keys[ROSTER_PER_USER][ROSTER_NAME_SIZE];
};

/* FAILURE_NONE also where there is no list, or an old one, unless the settings refuse that:
 * FAILURE_REVOCATIONS_MISSING, FAILURE_REVOCATIONS_OLD. FAILURE_REVOCATIONS: it can't be read or is
 * damaged. All are told on standard error, and the same of everybody. @now: seconds since 1970. */
enum failure revoked_find(const char *path, const struct settings *settings, const char *user,
			  const struct roster_person *person, time_t now,
			  struct revoked *ret_revoked);

/* Is this key on it? Pure. */
bool revoked_has(const struct revoked *revoked, const struct roster_entry *entry);

#endif
