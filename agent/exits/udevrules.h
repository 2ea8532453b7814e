/* Rules of udev that are not ours and open USB devices. */
#ifndef SEKISHO_UDEVRULES_H
#define SEKISHO_UDEVRULES_H

#include <stdbool.h>
#include <stddef.h>

/* True if a line of a rule writes "authorized" of anything, or has another program do so. Rules
 * that only compare it don't. Pure. */
bool udevrules_opens(const char *line);

/* Called with a file and the number of the first line in it that does. */
typedef void udevrules_fn(void *user, const char *path, size_t line);

/* Looks through all rules below @root, a descriptor of "/", but those of our list. */
void udevrules_look(int root, udevrules_fn *tell, void *user);

#endif
