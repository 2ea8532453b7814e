/* The options of a program that runs by itself: other places than the installed ones, for tests. */
#ifndef SEKISHO_PLACES_H
#define SEKISHO_PLACES_H

#include <stdbool.h>

#define PLACE_OPTIONS_MAX 16

struct place_option {
	const char *name; /* "journal": --journal PLACE */
	const char **place; /* what it sets; NULL: it sets .flag and takes no argument */
	bool *flag;
};

/* Sets what the arguments name. @options end with an empty row. -EINVAL for anything else among
 * them, after a line on standard error that tells how @program is called. */
int places_parse(const char *program, const struct place_option *options, int argc, char *argv[]);

#endif
