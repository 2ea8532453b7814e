#include "escape.h"

#include "number.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

size_t utf8_sequence(const char *text, size_t length, unsigned int *ret_code_point)
{
	static const unsigned int smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *byte = (const unsigned char *)text;
	unsigned int point;
	size_t count;

	if (length == 0)
		return 0;
	if (byte[0] < 0x80) {
		*ret_code_point = byte[0];
		return 1;
	}
	if ((byte[0] & 0xe0) == 0xc0) {
		count = 2;
		point = byte[0] & 0x1f;
	} else if ((byte[0] & 0xf0) == 0xe0) {
		count = 3;
		point = byte[0] & 0x0f;
	} else if ((byte[0] & 0xf8) == 0xf0) {
		count = 4;
		point = byte[0] & 0x07;
	} else {
		return 0;
	}
	if (count > length)
		return 0;
	for (size_t i = 1; i < count; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (byte[i] & 0x3f);
	}
	if (point < smallest[count] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_code_point = point;
	return count;
}

static bool visible(unsigned int point)
{
	static const struct {
		unsigned int first, last;
	} hidden[] = {
		{0x0000, 0x001f}, {'\\', '\\'},	    {0x007f, 0x009f},	{0x00ad, 0x00ad},
		{0x061c, 0x061c}, {0x200b, 0x200f}, {0x2028, 0x202e},	{0x2060, 0x206f},
		{0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (point >= hidden[i].first && point <= hidden[i].last)
			return false;
	return true;
}

size_t escape_text(const char *text, size_t length, char *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t written = 0;
	size_t cut = 0; /* the longest whole part that leaves room for the dots */

	while (length > 0) {
		char piece[4];
		unsigned int point;
		size_t taken = utf8_sequence(text, length, &point);
		size_t count = taken;

		if (taken > 0 && visible(point)) {
			memcpy(piece, text, taken);
		} else {
			piece[0] = '\\';
			piece[1] = 'x';
			piece[2] = digits[(unsigned char)*text >> 4];
			piece[3] = digits[(unsigned char)*text & 15];
			count = 4;
			taken = 1;
		}
		if (written + count >= size) {
			/* Where even the dots have no room, what there is stays without. */
			if (cut + 3 < size) {
				memcpy(out + cut, "...", 3);
				written = cut + 3;
			}
			break;
		}
		memcpy(out + written, piece, count);
		written += count;
		if (written + 3 < size)
			cut = written;
		text += taken;
		length -= taken;
	}
	out[written] = '\0';
	return written;
}

void escape_undo(char *text)
{
	char *out = text;

	while (*text) {
		char digits[3] = "";
		uint8_t byte = 0;

		if (text[0] == '\\' && text[1] == 'x')
			snprintf(digits, sizeof(digits), "%.2s", text + 2);
		/* A zero would end it here, and make it another name. */
		if (hex_parse_exactly(digits, &byte, 1) == 0 && byte != 0) {
			*out++ = (char)byte;
			text += strlen("\\x00");
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}
