/* Lists of names in a configuration, parted by blanks and commas. Pure. */
#ifndef SEKISHO_WORDLIST_H
#define SEKISHO_WORDLIST_H

#include <stdbool.h>
#include <stddef.h>

/* The next name, which is not terminated; NULL at the end of the list. */
const char *wordlist_next(const char **at, size_t *ret_length);

bool wordlist_has(const char *list, const char *wanted);

#endif
