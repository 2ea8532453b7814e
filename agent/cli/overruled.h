/* Which file has the last word: a drop-in that is read after another one can undo what it says. */
#ifndef SEKISHO_CLI_OVERRULED_H
#define SEKISHO_CLI_OVERRULED_H

#include "config.h"

#define OVERRULED_TEXT 512

/* Whether @path or a drop-in of its, read after @staged, gives a key of @staged another value: 1
 * with FILE:LINE and the key in @text, 0, or the errors of config_visit(). */
int overruled(const char *path, uid_t owner, const struct config_staged *staged,
	      char text[static OVERRULED_TEXT], struct config_error *ret_error);

#endif
