#include "utf8lines.h"

#include "cleanup.h"
#include "escape.h"
#include "gettext.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MARK	"\xef\xbb\xbf"
#define LONGEST 3 /* bytes of UTF-8 for one byte of CP932: its katakana of half width */

struct lines {
	const char *at, *end;
	const char *line;
	size_t length; /* with the newline */
	unsigned int number;
};

static bool next(struct lines *lines)
{
	const char *newline;

	if (lines->at == lines->end)
		return false;
	newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	lines->line = lines->at;
	lines->at = newline ? newline + 1 : lines->end;
	lines->length = (size_t)(lines->at - lines->line);
	lines->number++;
	return true;
}

static bool is_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

static bool is_utf8(const char *text, size_t length)
{
	unsigned int point;
	size_t count;

	for (size_t at = 0; at < length; at += count) {
		count = utf8_sequence(text + at, length - at, &point);
		if (count == 0)
			return false;
	}
	return true;
}

/* A file without a mark is in UTF-8 if every line can be, in CP932 if none can. */
static int guess(struct lines lines, const struct csvrows_visitor *visitor,
		 enum csvrows_encoding *ret_encoding)
{
	unsigned int utf8 = 0, other = 0;

	while (next(&lines)) {
		if (is_ascii(lines.line, lines.length))
			continue;
		if (!is_utf8(lines.line, lines.length))
			other = other ? other : lines.number;
		else if (!utf8)
			utf8 = lines.number;
	}
	*ret_encoding = other ? CSVROWS_CP932 : CSVROWS_UTF8;
	if (!utf8 || !other)
		return 0;
	visitor->wrong(visitor->data, utf8, N_("this line may be UTF-8"));
	visitor->wrong(visitor->data, other,
		       N_("this line can't be UTF-8, and another one may be: say --encoding"));
	return -EILSEQ;
}

struct writer {
	iconv_t converter; /* (iconv_t)-1: none is needed */
	char *text;
	size_t length, size;
};

/* NULL, or what is wrong with it. */
static const char *convert(struct writer *writer, const char *line, size_t length)
{
	char *in = (char *)line, *out = writer->text + writer->length;
	size_t left = writer->size - writer->length;

	if (memchr(line, '\0', length))
		return N_("there is a zero byte in the line");
	if (writer->converter == (iconv_t)-1) {
		if (!is_utf8(line, length))
			return N_("the line can't be decoded: it is not UTF-8");
		memcpy(out, line, length);
		writer->length += length;
		return NULL;
	}
	iconv(writer->converter, NULL, NULL, NULL, NULL);
	if (iconv(writer->converter, &in, &length, &out, &left) == (size_t)-1 || length > 0)
		return N_("the line can't be decoded: it is neither UTF-8 nor CP932 (Shift_JIS)");
	writer->length = writer->size - left;
	return NULL;
}

static int convert_all(struct lines lines, struct writer *writer,
		       const struct csvrows_visitor *visitor)
{
	int r = 0;

	while (next(&lines)) {
		const char *wrong = convert(writer, lines.line, lines.length);

		if (!wrong)
			continue;
		visitor->wrong(visitor->data, lines.number, wrong);
		r = -EILSEQ;
	}
	return r;
}

int utf8lines_decode(const char *bytes, size_t length, enum csvrows_encoding encoding,
		     const struct csvrows_visitor *visitor, char **ret_text, size_t *ret_length)
{
	const bool mark = length >= strlen(MARK) && memcmp(bytes, MARK, strlen(MARK)) == 0;
	const size_t begin = mark && encoding != CSVROWS_CP932 ? strlen(MARK) : 0;
	struct lines lines = {.at = bytes + begin, .end = bytes + length};
	struct writer writer = {.converter = (iconv_t)-1};
	int r = 0;

	if (length >= 2 &&
	    (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
		visitor->wrong(visitor->data, 1,
			       N_("the file is UTF-16; save it as CSV in UTF-8 or Shift_JIS"));
		return -EILSEQ;
	}
	if (encoding == CSVROWS_GUESS && begin > 0)
		encoding = CSVROWS_UTF8;
	else if (encoding == CSVROWS_GUESS)
		r = guess(lines, visitor, &encoding);
	if (r < 0)
		return r;
	writer.size = (length - begin) * LONGEST + 1;
	writer.text = malloc(writer.size);
	if (!writer.text)
		return -ENOMEM;
	if (encoding == CSVROWS_CP932) {
		writer.converter = iconv_open("UTF-8", "CP932");
		r = writer.converter == (iconv_t)-1 ? -errno : 0;
	}
	if (r == 0)
		r = convert_all(lines, &writer, visitor);
	if (writer.converter != (iconv_t)-1)
		iconv_close(writer.converter);
	if (r < 0) {
		free(writer.text);
		return r;
	}
	writer.text[writer.length] = '\0';
	*ret_text = writer.text;
	*ret_length = writer.length;
	return 0;
}
