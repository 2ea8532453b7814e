/* Text from outside (device strings, user names, prompts) made fit for a log, a terminal, an event.
 *
 * Printable ASCII but the backslash stays, well-formed UTF-8 of visible characters stays, every
 * other byte becomes \xNN: control characters, DEL, C1, bad UTF-8 (RFC 3629), and the invisible or
 * direction-changing characters U+00AD, U+061C, U+200B-200F, U+2028-202E, U+2060-206F, U+FEFF,
 * U+FFF9-FFFB, U+E0000-E007F. */
#ifndef SEKISHO_ESCAPE_H
#define SEKISHO_ESCAPE_H

#include <stddef.h>

/* Writes at most @size bytes with the closing zero; @size at least 1. A text that does not fit is
 * cut between characters and ends with "...", from 4 bytes on. Returns the bytes written without
 * the zero. */
size_t escape_text(const char *text, size_t length, char *out, size_t size);

/* The text, in its place, as it was before escape_text(): for a program that compares it again. */
void escape_undo(char *text);

/* The length in bytes (1 to 4) of the well-formed UTF-8 sequence at @text, 0 if there is none. */
size_t utf8_sequence(const char *text, size_t length, unsigned int *ret_code_point);

#endif
