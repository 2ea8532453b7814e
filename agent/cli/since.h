/* A moment as people write it. */
#ifndef SEKISHO_SINCE_H
#define SEKISHO_SINCE_H

#include <stdint.h>

/* `2026-11-23`, `2026-11-23 12:28`, `2026-11-23 12:28:15` (local time), the same with `T` and a
 * closing `Z` (UTC) or `+09:00`, or `90s`, `15min`, `2h`, `3d` before @now_us. Microseconds since
 * 1970 UTC. -EINVAL. Uses the time zone of the process (tzset), nothing else. */
int since_parse(const char *text, uint64_t now_us, uint64_t *ret_time_us);

#endif
