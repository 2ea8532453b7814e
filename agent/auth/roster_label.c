#include "roster.h"

#include "escape.h"
#include "number.h"

#include <errno.h>
#include <string.h>

int roster_set_label(const char *text, char label[static ROSTER_LABEL_MAX])
{
	size_t length = strlen(text);

	if (length == 0 || length >= ROSTER_LABEL_MAX)
		return -EINVAL;
	for (size_t at = 0; at < length;) {
		unsigned int point;
		size_t count = utf8_sequence(text + at, length - at, &point);

		if (count == 0 || point < 0x20 || point == 0x7f)
			return -EINVAL;
		at += count;
	}
	memcpy(label, text, length + 1);
	return 0;
}

int roster_parse_label(const char *text, char label[static ROSTER_LABEL_MAX])
{
	char plain[ROSTER_LABEL_MAX];
	size_t length = 0;

	while (*text) {
		uint8_t byte = (uint8_t)*text;

		if (*text == '%') {
			char digits[3] = {text[1], '\0', '\0'};

			if (digits[0] != '\0')
				digits[1] = text[2];
			if (hex_parse_exactly(digits, &byte, 1) < 0 || byte == '\0')
				return -EINVAL;
			text += 2;
		}
		text++;
		if (length + 1 == sizeof(plain))
			return -EINVAL;
		plain[length++] = (char)byte;
	}
	plain[length] = '\0';
	return roster_set_label(plain, label);
}
