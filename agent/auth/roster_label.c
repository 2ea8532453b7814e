#include "roster.h"

#include "escape.h"
#include "number.h"

#include <errno.h>
#include <string.h>

/* Visible UTF-8, and something at all. */
static int check(const char *label, size_t length)
{
	for (size_t at = 0; at < length;) {
		unsigned int point;
		size_t count = utf8_sequence(label + at, length - at, &point);

		if (count == 0)
			return -EINVAL;
		at += count;
	}
	return length > 0 ? 0 : -EINVAL;
}

int roster_parse_label(const char *text, char label[static ROSTER_LABEL_MAX])
{
	size_t length = 0;

	while (*text) {
		uint8_t byte = (uint8_t)*text;

		if (*text == '%') {
			char digits[3] = {text[1], '\0', '\0'};

			if (digits[0] != '\0')
				digits[1] = text[2];
			if (hex_parse_exactly(digits, &byte, 1) < 0)
				return -EINVAL;
			text += 2;
		}
		text++;
		if (byte < 0x20 || byte == 0x7f || length + 1 >= ROSTER_LABEL_MAX)
			return -EINVAL;
		label[length++] = (char)byte;
	}
	label[length] = '\0';
	return check(label, length);
}
