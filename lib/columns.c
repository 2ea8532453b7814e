#include "columns.h"

#include "cleanup.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

#define ITEM_INDENT  2 /* beyond the blanks of its first line */
#define BRACKETS_MAX 40 /* bytes between them; longer ones are broken like all else */

struct character {
	wchar_t point; /* WEOF: a byte that is none */
	size_t length; /* 0 at the end */
	size_t columns;
};

static struct character character_at(const char *text)
{
	struct character character = {};
	mbstate_t state = {};
	size_t length = mbrtowc(&character.point, text, MB_CUR_MAX, &state);
	int columns;

	if (length == 0)
		return character;
	if (length > MB_CUR_MAX)
		return (struct character){(wchar_t)WEOF, 1, 1};
	columns = wcwidth(character.point);
	character.length = length;
	character.columns = columns > 0 ? (size_t)columns : 0;
	return character;
}

size_t columns_of(const char *text)
{
	struct character character;
	size_t columns = 0;

	for (; (character = character_at(text)).length > 0; text += character.length)
		columns += character.columns;
	return columns;
}

/* What does not begin a line in Japanese, and what does not end one (JIS X 4051). */
static const wchar_t begins_none[] =
	L"、。，．・：；？！ー…）」』】〉》〕］｝　々ぁぃぅぇぉっゃゅょゎ"
	L"ァィゥェォッャュョヮヵヶ)]}>,.:;?!%\"'";
static const wchar_t ends_none[] = L"（「『【〈《〔［｛([{<\"'";

static bool may_break(const struct character *before, const struct character *after)
{
	return (before->columns == 2 || after->columns == 2) && !wcschr(ends_none, before->point) &&
	       !wcschr(begins_none, after->point);
}

/* Up to the ] of what begins with a [; 0: it is none. */
static size_t brackets_length(const char *text)
{
	const size_t length = *text == '[' ? strcspn(text, "]\n") : 0;

	return length > 0 && length <= BRACKETS_MAX && text[length] == ']' ? length : 0;
}

/* The first bytes of the text, which stay in one line: it begins with no blank. */
static size_t word_length(const char *text, size_t *ret_columns)
{
	size_t length = 0, whole = 0;
	struct character before, after = character_at(text);

	*ret_columns = 0;
	do {
		const size_t brackets = brackets_length(text + length);

		if (brackets > 0 && length >= whole)
			whole = length + brackets;
		before = after;
		length += before.length;
		*ret_columns += before.columns;
		after = character_at(text + length);
	} while (after.length > 0 && text[length] != '\n' &&
		 (length <= whole || (text[length] != ' ' && !may_break(&before, &after))));
	return length;
}

/* How many blanks a line begins with: less than it should where the word behind them needs that,
 * and gets into the line by it. */
static size_t fitting(size_t blanks, size_t columns)
{
	return columns < COLUMNS_LINE && blanks + columns > COLUMNS_LINE ? COLUMNS_LINE - columns
									 : blanks;
}

static void print_broken(FILE *out, size_t at, size_t indent, const char *text)
{
	bool begun = true; /* the line has its blanks */
	bool filled = at > indent; /* and a word behind them */

	while (*text) {
		size_t blanks = strspn(text, " "), columns, length;

		text += blanks;
		if (*text == '\n') {
			putc(*text++, out);
			begun = filled = false;
			continue;
		}
		if (*text == '\0')
			return;
		length = word_length(text, &columns);
		if (filled && at + blanks + columns > COLUMNS_LINE) {
			putc('\n', out);
			begun = false;
		}
		if (!begun) {
			blanks = indent;
			at = 0;
		}
		if (at == 0)
			blanks = fitting(blanks, columns);
		fprintf(out, "%*s", (int)blanks, "");
		fwrite(text, 1, length, out);
		at += blanks + columns;
		text += length;
		begun = filled = true;
	}
}

static void print_format(FILE *out, const char *format, va_list arguments, char **ret_text)
	__attribute__((format(printf, 2, 0)));

static void print_format(FILE *out, const char *format, va_list arguments, char **ret_text)
{
	va_list again;

	va_copy(again, arguments);
	if (vasprintf(ret_text, format, arguments) < 0) {
		*ret_text = NULL;
		/* Unbroken is better than not at all. */
		vfprintf(out, format, again);
	}
	va_end(again);
}

void columns_printf(FILE *out, size_t at, size_t indent, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	print_format(out, format, arguments, &text);
	va_end(arguments);
	if (text)
		print_broken(out, at, indent, text);
}

void columns_print_item(FILE *out, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	print_format(out, format, arguments, &text);
	va_end(arguments);
	if (text)
		print_broken(out, 0, strspn(text, " ") + ITEM_INDENT, text);
}
