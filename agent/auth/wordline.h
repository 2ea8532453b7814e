/* A line of words parted by one space, the last of which are attributes, NAME=VALUE: what the
 * roster and the seeds' file are made of. Pure. */
#ifndef SEKISHO_WORDLINE_H
#define SEKISHO_WORDLINE_H

#include <stddef.h>

#define WORDLINE_MAX  16 /* words of a line */
#define WORDLINE_LINE 4096 /* bytes of a line, with a newline or zero */

struct wordline {
	char *words[WORDLINE_MAX]; /* in .copy */
	size_t count;
	char copy[WORDLINE_LINE]; /* of the line, taken apart */
};

/* For lines that hold a secret. */
void wordline_wipe(struct wordline *line);
#define _cleanup_wordline_ __attribute__((cleanup(wordline_wipe)))

struct wordline_attribute {
	const char *name;
	int (*parse)(const char *text, void *object); /* 0 or -EINVAL */
	const char *wrong; /* what the value must be */
};

/* Takes a line without its newline apart. -EINVAL and what is wrong (a constant text): too long, a
 * zero byte, two spaces, one at an end, more than @max words (WORDLINE_MAX at most). */
int wordline_split(const char *line, size_t length, size_t max, struct wordline *ret_line,
		   const char **ret_wrong);

/* Reads the words from number @first on by the table (at most 32 rows). -EINVAL for an attribute
 * that is not in it, one that is given twice, and a value that can't be parsed. */
int wordline_attributes(const struct wordline *line, size_t first,
			const struct wordline_attribute *table, size_t rows, void *object,
			const char **ret_wrong);

#endif
