/* Which language a person at some door can read. */
#ifndef SEKISHO_LANGUAGE_H
#define SEKISHO_LANGUAGE_H

#include <stdbool.h>

/* Whether Japanese suits: @locale is the program's (LC_ALL, LC_MESSAGES or LANG), @tty and @service
 * (PAM_TTY, PAM_SERVICE) tell a Linux text console, which has no glyphs for kanji. Pure. */
bool language_japanese(const char *locale, const char *tty, const char *service);

#endif
