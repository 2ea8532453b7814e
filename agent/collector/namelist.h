/* The names of terminals, from the command line or from a file of one a line. */
#ifndef SEKISHO_COLLECTOR_NAMELIST_H
#define SEKISHO_COLLECTOR_NAMELIST_H

#include "cleanup.h"

#include <stddef.h>

#define NAMELIST_MAX	  100000 /* names */
#define NAMELIST_FILE_MAX 16777216u /* bytes */

struct namelist_row {
	const char *name;
	unsigned int line; /* of the file; 0: of the command line */
};

struct namelist {
	char *text; /* that the names stand in */
	const char *file; /* the caller's; NULL: the command line */
	struct namelist_row *rows; /* in their order */
	size_t count;
};

void namelist_free(struct namelist *list);
#define _cleanup_namelist_ _cleanup_(namelist_free)

/* The words of a command line, which stay the caller's. -E2BIG, -ENOMEM. */
int namelist_words(struct namelist *list, size_t count, char *const words[]);

/* A file: a name a line; empty lines and what stands behind a # don't count. The byte order mark
 * and the line ends of other systems' editors are taken. -EINVAL for a zero byte; -E2BIG, -EFBIG,
 * -errno. */
int namelist_read(struct namelist *list, const char *path);

/* Called for each name that is wrong, with what is wrong with it. */
typedef void namelist_wrong_fn(const struct namelist *list, const struct namelist_row *row,
			       const char *wrong);

/* How many names are not right or stand there twice. */
size_t namelist_check(const struct namelist *list, namelist_wrong_fn *tell);

#endif
