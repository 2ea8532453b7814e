/* Text in columns of a terminal, where a kanji takes two. */
#ifndef SEKISHO_COLUMNS_H
#define SEKISHO_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

#define COLUMNS_LINE 79 /* of a terminal's 80: in the last one some of them begin a new line */

/* How many a text of the locale takes; of what is none, one a byte. */
size_t columns_of(const char *text);

/* fprintf(3) that begins in column @at and breaks lines longer than COLUMNS_LINE: at a blank, or
 * beside a kanji or kana where Japanese may be broken. What is broken off goes on behind @indent
 * blanks, and so does what follows a newline in the text. Brackets [ ] and longer words stay whole;
 * one that would fit but for the blanks before it has less of them. */
void columns_printf(FILE *out, size_t at, size_t indent, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for what begins a line, with the blanks before it: what is broken off stands two columns
 * further in. */
void columns_print_item(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
