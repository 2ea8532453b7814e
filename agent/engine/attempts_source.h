/* The half of attempts.h that knows where they come from. */
#ifndef SEKISHO_ATTEMPTS_SOURCE_H
#define SEKISHO_ATTEMPTS_SOURCE_H

#include "attempts.h"

/* sekisho-lsm's answer can be read. */
void attempts_answered(struct attempts *attempts, int64_t now);

/* Takes note of the pins that are there: those are looked for from now on. */
void attempts_remember(struct attempts *attempts);

#endif
