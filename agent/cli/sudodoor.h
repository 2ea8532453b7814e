/* What sudo lets through without asking PAM for factors: its own settings, as cvtsudoers(1) reads
 * them. */
#ifndef SEKISHO_SUDODOOR_H
#define SEKISHO_SUDODOOR_H

#include "otherdoors.h"

/* What says them as JSON; NULL ends it. It resolves what sudoers includes. */
extern const char *const sudodoor_program[];

/* By the scene's root and its sudoers; writes what it rests on. */
enum otherdoor_state sudodoor_look(const struct otherdoor_scene *scene,
				   char text[static OTHERDOOR_TEXT_MAX]);

#endif
