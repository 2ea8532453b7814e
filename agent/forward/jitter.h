/* A random moment, so that terminals which began to wait together don't come back together. */
#ifndef SEKISHO_JITTER_H
#define SEKISHO_JITTER_H

#include <stdint.h>

/* Milliseconds, uniform from 0 to @seconds. */
int64_t jitter(uint32_t seconds);

#endif
