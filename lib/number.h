/* Numbers and byte strings from text: parsed whole, range-checked, no sign, no space. */
#ifndef SEKISHO_NUMBER_H
#define SEKISHO_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Decimal, @text must be digits alone. -EINVAL for anything else, -ERANGE outside [@min, @max]. */
int number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);

/* Lower-case hexadecimal. @text must hold at least 2 * @length + 1 bytes. */
void hex_format(const void *bytes, size_t length, char *text);

/* Parses hexadecimal digits of either case, to the end of @text. -EINVAL for an odd count or a
 * wrong digit, -EMSGSIZE if more than @size bytes result. */
int hex_parse(const char *text, uint8_t *bytes, size_t size, size_t *ret_length);

/* The same where all of @size bytes have to be there, such as those of a key: -EINVAL. */
int hex_parse_exactly(const char *text, uint8_t *bytes, size_t size);

#endif
