/* Every way to success of a service in which no two factors of different kinds were verified. */
#ifndef SEKISHO_PAMWAYS_H
#define SEKISHO_PAMWAYS_H

#include "pammodule.h"
#include "pamstack.h"

#define PAMWAYS_MAX	   32
#define PAMWAYS_STATES_MAX 16384 /* looked at; a service that has more can't be judged */

/* One step: an element of the authentication's chain and its answer. */
struct pamway_step {
	uint8_t element;
	struct pammodule_outcome outcome;
};

struct pamway {
	struct pamway_step steps[PAMSTACK_ELEMENTS_MAX];
	size_t count;
	uint8_t kinds; /* what was verified: one kind, or none */
	bool root; /* open to whoever is root already, and to nobody else */
	uint64_t set; /* elements whose answers make this way what it is */
};

struct pamways {
	struct pamway list[PAMWAYS_MAX];
	size_t count;
};

/* Fills @ways with those that no other is part of: where one factor is enough, the way with that
 * factor and a failure besides it is the same way. Programs that ask for no account management, as
 * screen lockers, are known by the service's name.
 *
 * 0, -E2BIG where there are too many to look at, -ENOMEM. */
int pamways_find(const struct pamstack *stack, const struct pammodule_scene *scene,
		 struct pamways *ways);

/* Does whom Sekisho exempts get in at all, with whatever else is asked? It takes exempt=ignore at
 * its lines for authentication and for account management, or a stack that does without its answer.
 * 0 or 1, or an error as above. */
int pamways_exempt_passes(const struct pamstack *stack, const struct pammodule_scene *scene);

/* Does an account without a verdict of pam_sekisho's pass? For log-ins that authenticate elsewhere,
 * as by an ssh key. 0 or 1, or an error as above. */
int pamways_account_passes(const struct pamstack *stack, const struct pammodule_scene *scene);

#endif
