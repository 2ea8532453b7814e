/* How wide a text is on a terminal. */
#ifndef SEKISHO_COLUMNS_FIXTURE_H
#define SEKISHO_COLUMNS_FIXTURE_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define COLUMNS_MAX 78 /* of a terminal's 80 */

/* Of the widest line; a kanji takes two columns. SIZE_MAX for what is no visible text in UTF-8. */
static inline size_t columns_widest(const char *text)
{
	size_t widest = 0, columns = 0;

	/* C.UTF-8 knows what is wide (wcwidth(3)). */
	if (!setlocale(LC_CTYPE, "C.UTF-8") || wcwidth(L'関') != 2)
		return SIZE_MAX;
	for (int taken; *text; text += taken) {
		wchar_t character;

		taken = mbtowc(&character, text, strlen(text));
		if (taken < 1 || (character != L'\n' && wcwidth(character) < 0))
			return SIZE_MAX;
		columns = character == L'\n' ? 0 : columns + (size_t)wcwidth(character);
		widest = columns > widest ? columns : widest;
	}
	return widest;
}

/* Tells what is too wide. */
static inline bool columns_fit(const char *text)
{
	size_t widest = columns_widest(text);

	if (widest > COLUMNS_MAX)
		fprintf(stderr, "%zu columns: %s\n", widest, text);
	return widest <= COLUMNS_MAX;
}

#endif
