/* What a subcommand says to programs, with --json: UTF-8, whatever the locale's character set, and
 * whole, whatever bytes a text has. The language of texts for people is the locale's all the same.
 */
#ifndef SEKISHO_JSONOUT_H
#define SEKISHO_JSONOUT_H

#include <jansson.h>

/* From now on translations, those of strerror(3) too, are UTF-8. To be called before any text is
 * made. */
void jsonout_begin(void);

/* A string; bytes that are no UTF-8 become \xNN, as in lib/escape.h. NULL: out of memory, or @text
 * is NULL. */
json_t *jsonout_text(const char *text);

#endif
