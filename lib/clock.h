/* The kernel's clocks. */
#ifndef SEKISHO_CLOCK_H
#define SEKISHO_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In microseconds; CLOCK_REALTIME's since 1970 UTC. */
static inline uint64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#endif
