/* Included before every file: calls that have hurt others. Names are poisoned after the C
 * library's own headers were seen, so that only our use of them is an error. */
#ifndef SEKISHO_BANNED_H
#define SEKISHO_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For clang the C library's fortified headers have macros of these names. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat sscanf atoi atol system popen gets

#endif
