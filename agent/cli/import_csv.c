#include "import.h"

#include "cleanup.h"
#include "command.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

struct reading {
	struct import_list *list;
	struct transfer_header header; /* .count 0: not read yet */
	bool headless; /* without one there are no rows */
	int error;
};

/* NULL: no memory, or too many. */
static struct import_row *add_row(struct reading *reading, unsigned int line)
{
	struct import_row *row = NULL;

	if (reading->error == 0 && reading->list->count == IMPORT_ROWS_MAX)
		reading->error = -E2BIG;
	if (reading->error == 0) {
		row = import_list_add(reading->list, line);
		reading->error = row ? 0 : -ENOMEM;
	}
	return row;
}

static void take_header(struct reading *reading, unsigned int line, char *const fields[],
			size_t count)
{
	struct transfer_error error;
	struct import_row *row;

	if (transfer_read_header(fields, count, &reading->header, &error) == 0)
		return;
	reading->headless = true;
	row = add_row(reading, line);
	if (row)
		import_row_fail(reading->list, row, -1, error.reason,
				error.field < count ? fields[error.field] : NULL);
}

static void take_row(void *data, unsigned int line, char *const fields[], size_t count)
{
	struct reading *reading = data;
	struct transfer_error error;
	struct import_row *row;
	size_t field = 0;

	if (reading->error < 0 || reading->headless)
		return;
	if (reading->header.count == 0) {
		take_header(reading, line, fields, count);
		return;
	}
	row = add_row(reading, line);
	if (!row || transfer_read(&reading->header, fields, count, &row->transfer, &error) == 0)
		return;
	while (field < reading->header.count && (int)reading->header.columns[field] != error.column)
		field++;
	import_row_fail(reading->list, row, error.column, error.reason,
			field < reading->header.count && field < count ? fields[field] : NULL);
}

static void take_wrong(void *data, unsigned int line, const char *reason)
{
	struct reading *reading = data;
	struct import_row *row = add_row(reading, line);

	if (row)
		import_row_fail(reading->list, row, -1, reason, NULL);
}

int import_read_csv(const struct import_options *options, const char *bytes, size_t length,
		    struct import_list *list)
{
	struct reading reading = {.list = list};
	const struct csvrows_visitor visitor = {&reading, take_row, take_wrong};
	int r = csvrows_read(bytes, length, options->encoding, &visitor);

	/* What is wrong with lines stands in the list. */
	if (r == -EILSEQ || r == -EBADMSG)
		r = 0;
	if (r == 0)
		r = reading.error;
	if (r == -E2BIG)
		return command_fail("import", _("%s: more than %d rows; part the file"),
				    options->path, IMPORT_ROWS_MAX);
	if (r < 0)
		return command_fail("import", "%s: %s", options->path, strerror(-r));
	if (reading.header.count == 0 && list->wrong == 0)
		return command_fail("import", _("%s: there are no rows in it"), options->path);
	return COMMAND_OK;
}
