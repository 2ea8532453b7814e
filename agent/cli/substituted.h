/* How many were let in by a substitute, as `sekisho status` shows it. */
#ifndef SEKISHO_CLI_SUBSTITUTED_H
#define SEKISHO_CLI_SUBSTITUTED_H

#include <jansson.h>

/* An object {day, count} of the last day on which there was one: YYYY-MM-DD. NULL where there was
 * none, or the state can't be read, as by everybody but root. */
json_t *substituted_read(const char *state);

void substituted_show(const json_t *substituted);

#endif
