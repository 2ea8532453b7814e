#include "csvrows.h"

#include "cleanup.h"
#include "gettext.h"
#include "utf8lines.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct reader {
	const struct csvrows_visitor *visitor;
	char *fields[CSVROWS_FIELDS];
	size_t count;
	bool filled; /* one of them is not empty */
	bool ended; /* the row was complete at the end of a line */
	unsigned int line; /* where the row began */
	int error;
};

static void release_fields(struct reader *reader)
{
	for (size_t i = 0; i < reader->count; i++)
		free(reader->fields[i]);
	reader->count = 0;
	reader->filled = false;
}

static void take_field(void *bytes, size_t length, void *data)
{
	struct reader *reader = data;

	if (reader->error < 0)
		return;
	if (reader->count == CSVROWS_FIELDS) {
		reader->visitor->wrong(reader->visitor->data, reader->line,
				       N_("the row has too many fields"));
		reader->error = -EBADMSG;
		return;
	}
	reader->fields[reader->count] = strndup(bytes, length);
	if (!reader->fields[reader->count])
		reader->error = -ENOMEM;
	else
		reader->filled = reader->fields[reader->count++][0] != '\0' || reader->filled;
}

static void take_row(int end, void *data)
{
	struct reader *reader = data;

	(void)end;
	if (reader->error == 0 && reader->filled)
		reader->visitor->row(reader->visitor->data, reader->line, reader->fields,
				     reader->count);
	release_fields(reader);
	reader->ended = true;
}

static int wrong_quotes(const struct reader *reader)
{
	reader->visitor->wrong(reader->visitor->data, reader->line,
			       N_("the quotes don't fit together; the rest is not read"));
	return -EBADMSG;
}

/* Line by line, so that a row knows where it began: one that goes on over several lines does so
 * inside of quotes. */
static int parse(struct csv_parser *parser, const char *text, size_t length, struct reader *reader)
{
	const char *const end = text + length;
	unsigned int line = 0;

	reader->ended = true;
	while (text < end && reader->error == 0) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t size = newline ? (size_t)(newline + 1 - text) : (size_t)(end - text);

		line++;
		if (reader->ended)
			reader->line = line;
		reader->ended = false;
		if (csv_parse(parser, text, size, take_field, take_row, reader) != size)
			return csv_error(parser) == CSV_ENOMEM ? -ENOMEM : wrong_quotes(reader);
		text += size;
	}
	if (reader->error == 0 && csv_fini(parser, take_field, take_row, reader) != 0)
		return csv_error(parser) == CSV_ENOMEM ? -ENOMEM : wrong_quotes(reader);
	return reader->error;
}

int csvrows_read(const char *bytes, size_t length, enum csvrows_encoding encoding,
		 const struct csvrows_visitor *visitor)
{
	struct reader reader = {.visitor = visitor};
	_cleanup_free_ char *text = NULL;
	struct csv_parser parser;
	size_t size;
	int r;

	r = utf8lines_decode(bytes, length, encoding, visitor, &text, &size);
	if (r < 0)
		return r;
	/* Every line end is told, so that one without a row is none of a row's lines. */
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL) != 0)
		return -ENOMEM;
	r = parse(&parser, text, size, &reader);
	release_fields(&reader);
	csv_free(&parser);
	return r;
}
