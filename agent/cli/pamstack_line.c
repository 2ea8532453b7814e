/* Lines and words. Source: _pam_assemble_line() and _pam_StrTok() of Linux-PAM 1.5.2. */
#include "pamstack.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define BLANKS " \t"

static bool has_control(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)text[i]) && text[i] != '\t')
			return true;
	return false;
}

/* The length without blanks at the end. */
static size_t trim(const char *text, size_t length)
{
	while (length > 0 && strchr(BLANKS, text[length - 1]))
		length--;
	return length;
}

/* One line of the file, without its newline. */
static size_t take_physical(struct pamstack_reader *reader, const char **ret_text)
{
	const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
	const char *end = newline ? newline : reader->end;

	*ret_text = reader->at;
	reader->at = newline ? newline + 1 : end;
	reader->number++;
	return (size_t)(end - *ret_text);
}

static int wrong(enum pamstack_reason reason, enum pamstack_reason *ret_reason)
{
	*ret_reason = reason;
	return -EBADMSG;
}

int pamstack_read_line(struct pamstack_reader *reader, char line[static PAMSTACK_LINE_MAX],
		       enum pamstack_reason *ret_reason)
{
	size_t used = 0;

	while (reader->at < reader->end) {
		const char *text, *comment;
		size_t length = take_physical(reader, &text);
		bool more;

		/* Even of a comment libpam would take the rest for a line of its own. */
		if (used + length + 2 > PAMSTACK_LINE_MAX)
			return wrong(PAMSTACK_LONG, ret_reason);
		comment = memchr(text, '#', length);
		if (comment)
			length = (size_t)(comment - text);
		if (has_control(text, length) || memchr(text, '\0', length))
			return wrong(PAMSTACK_CHARACTER, ret_reason);
		length = trim(text, length);
		if (length == 0) {
			/* An empty line in the middle: libpam goes on after it, people don't. */
			if (used > 0)
				return wrong(PAMSTACK_CONTINUATION, ret_reason);
			continue;
		}
		more = !comment && text[length - 1] == '\\';
		memcpy(line + used, text, length);
		used += length;
		if (!more) {
			line[used] = '\0';
			return 1;
		}
		line[used - 1] = ' ';
	}
	return used > 0 ? wrong(PAMSTACK_CONTINUATION, ret_reason) : 0;
}

/* What is in brackets, in place; "\]" stands for "]". */
static char *take_bracket(char **line, int *ret)
{
	char *word = *line + 1, *to = word, *from = word;

	while (*from && *from != ']') {
		if (*from == '\\' && from[1] == ']')
			from++;
		*to++ = *from++;
	}
	*ret = *from ? 0 : -EBADMSG;
	*line = *from ? from + 1 : from;
	*to = '\0';
	return word;
}

char *pamstack_word(char **line, bool *ret_bracket, int *ret)
{
	char *word;

	*ret = 0;
	*line += strspn(*line, BLANKS);
	*ret_bracket = **line == '[';
	if (**line == '\0')
		return NULL;
	if (*ret_bracket)
		return take_bracket(line, ret);
	word = *line;
	*line += strcspn(word, BLANKS);
	if (**line)
		*(*line)++ = '\0';
	return word;
}
