/* How the forwarder stands, for `sekisho status`. */
#ifndef SEKISHO_FORWARDING_H
#define SEKISHO_FORWARDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What the forwarder wrote down last (agent/forward/standing.h), NULL if it never ran since the
 * boot. The caller's. */
json_t *forwarding_read(const char *directory);

/* Whether the process that wrote it is still there: what it wrote before it was killed is no longer
 * so. */
bool forwarding_is_running(const json_t *standing);

/* Shows it; NULL is fine. @last: sequence of the journal's last event. */
void forwarding_show(const json_t *standing, uint64_t last);

#endif
