/* A library of tests/preload before each program that is started. */
#ifndef TEST_PRELOAD_H
#define TEST_PRELOAD_H

#include "terminal.h"

/* Programs that are started from now on have it ("stepped_clock"), and no other. */
void preload(const struct terminal *terminal, const char *name);

/* They have none. */
void preload_none(void);

#endif
