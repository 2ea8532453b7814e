/* The words behind a subcommand's name, as its usage shows them: "add USER [--label TEXT] | list
 * [USER]". Parts are parted by " | " outside of brackets. Pure. */
#ifndef SEKISHO_SYNOPSIS_H
#define SEKISHO_SYNOPSIS_H

#include <stdbool.h>
#include <stddef.h>

/* The next part, which is not terminated; NULL at the end. */
const char *synopsis_next(const char **at, size_t *ret_length);

/* Whether a part begins with @word, which is a verb: lower case letters, in brackets or not. */
bool synopsis_begins(const char *part, const char *word);

/* Whether each part begins with a verb, so that a word that is none is known to be wrong. */
bool synopsis_verbs_only(const char *synopsis);

/* Whether one part does begin with @word. */
bool synopsis_has(const char *synopsis, const char *word);

#endif
