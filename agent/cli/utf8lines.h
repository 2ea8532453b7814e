/* A text file of another encoding as UTF-8, line by line. */
#ifndef SEKISHO_UTF8LINES_H
#define SEKISHO_UTF8LINES_H

#include "csvrows.h"

/* The text is allocated, zero-terminated, the caller's; it has as many lines as the bytes. A mark
 * at the beginning is left out. -EILSEQ: every line that can't be decoded was told to the visitor;
 * -ENOMEM, -errno. */
int utf8lines_decode(const char *bytes, size_t length, enum csvrows_encoding encoding,
		     const struct csvrows_visitor *visitor, char **ret_text, size_t *ret_length);

#endif
