/* What stands between words or around them, in text that people type. */
#ifndef SEKISHO_BLANK_H
#define SEKISHO_BLANK_H

#include <stddef.h>

/* The bytes of the blank that the UTF-8 text begins with, control characters, the full-width space
 * of Japanese input and what nobody sees among them; 0: it is none. Pure. */
size_t blank_at(const char *text, size_t length);

#endif
