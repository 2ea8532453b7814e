/* Who has to wait after wrong answers, as `sekisho status` shows it. */
#ifndef SEKISHO_CLI_WAITING_H
#define SEKISHO_CLI_WAITING_H

#include <jansson.h>

/* An array of objects {origin, tries, seconds, user}, the user left out for a name that nobody
 * knows or for all names together (then "terminal" is true). Names are known from the roster and
 * the accounts of this machine. NULL where the state can't be read, as by everybody but root. */
json_t *waiting_read(const char *state, const char *configuration, const char *roster);

void waiting_show(const json_t *waiting);

#endif
