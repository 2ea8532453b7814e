/* A QR code as lines of text, for a telephone held before the screen. */
#ifndef SEKISHO_QR_H
#define SEKISHO_QR_H

#include <stdbool.h>
#include <stdio.h>

struct qr_extent {
	unsigned int lines, columns;
};

enum qr_style {
	QR_BLOCKS, /* UTF-8 half blocks: two rows of the code in a line */
	QR_ASCII, /* where there are none: two characters for a dot, twice as large */
};

/* What @text's code takes with its margin. -E2BIG, -ENOMEM. */
int qr_measure(const char *text, enum qr_style style, struct qr_extent *ret_extent);

/* Writes @text's code with its margin. @colour: for a terminal, so that light is light whatever
 * its colours are; else the lines fit a dark background. -E2BIG if it does not fit a code,
 * -ENOMEM, -EIO. */
int qr_write(FILE *stream, const char *text, enum qr_style style, bool colour);

#endif
