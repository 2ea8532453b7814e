#include "blank.h"

#include "cleanup.h"

#include <string.h>

/* What a person takes for a space, or does not see at all: first and last of a range in UTF-8. */
static const struct {
	const char *first, *last;
} blanks[] = {
	{"\u00a0", "\u00a0"}, {"\u00ad", "\u00ad"}, {"\u1680", "\u1680"}, {"\u2000", "\u200f"},
	{"\u2028", "\u202f"}, {"\u205f", "\u2064"}, {"\u3000", "\u3000"}, {"\ufeff", "\ufeff"},
};

size_t blank_at(const char *text, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(blanks); i++) {
		const size_t size = strlen(blanks[i].first);

		/* The order of UTF-8's bytes is that of the characters. */
		if (length >= size && memcmp(text, blanks[i].first, size) >= 0 &&
		    memcmp(text, blanks[i].last, size) <= 0)
			return size;
	}
	return length > 0 && ((unsigned char)*text <= ' ' || *text == 0x7f);
}
