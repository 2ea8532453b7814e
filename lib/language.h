/* Which language a person at some door can read. */
#ifndef SEKISHO_LANGUAGE_H
#define SEKISHO_LANGUAGE_H

#include <stdbool.h>

/* Whether a terminal, with or without "/dev/", is a Linux text console, which has no glyphs for
 * kanji (console_codes(4): 512 at most). Pure. */
bool language_text_console(const char *tty);

/* Whether Japanese suits: @locale is the program's (LC_ALL, LC_MESSAGES or LANG), @tty and @service
 * (PAM_TTY, PAM_SERVICE) tell a text console. Pure. */
bool language_japanese(const char *locale, const char *tty, const char *service);

#endif
