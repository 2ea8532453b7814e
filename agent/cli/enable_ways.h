/* What has to hold of every service before two-factor log-in is said to be on. */
#ifndef SEKISHO_ENABLE_WAYS_H
#define SEKISHO_ENABLE_WAYS_H

#include <stdbool.h>

/* Tells each service that lets somebody in with less than two factors. @foreseen: as PAM would be
 * with Sekisho's profile on, which it isn't yet. Returns enum command_result. */
int enable_check_ways(bool foreseen);

#endif
