/* The rows of a CSV file as spreadsheets write it, with the line that each begins in: UTF-8, with a
 * byte order mark or without, or CP932 (Excel's "CSV" in Japan); commas, quoted fields, any line
 * ends. The grammar is libcsv's. */
#ifndef SEKISHO_CSVROWS_H
#define SEKISHO_CSVROWS_H

#include <stddef.h>

#define CSVROWS_MAX    16777216u /* bytes of a file */
#define CSVROWS_FIELDS 32 /* of a row */

enum csvrows_encoding {
	CSVROWS_GUESS, /* the mark tells, or that every line can only be one of the two */
	CSVROWS_UTF8,
	CSVROWS_CP932,
};

struct csvrows_visitor {
	void *data;
	/* A row, its fields in UTF-8 and zero-terminated; rows of nothing are left out. */
	void (*row)(void *data, unsigned int line, char *const fields[], size_t count);
	/* What is wrong with a line; not translated. */
	void (*wrong)(void *data, unsigned int line, const char *reason);
};

/* -EILSEQ: lines can't be decoded, each was told to .wrong and no row was read; -EBADMSG: so much
 * is wrong with the quotes or the fields of the line that was told last that the rest was not read;
 * -ENOMEM, -errno. */
int csvrows_read(const char *bytes, size_t length, enum csvrows_encoding encoding,
		 const struct csvrows_visitor *visitor);

#endif
