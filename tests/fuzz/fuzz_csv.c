/* Any bytes as a personnel list, row by row carried out on a person: whatever comes of it is a
 * person whom the roster can hold, and nobody has more rights after an end than before. */
#include "agent/cli/csvrows.h"
#include "agent/cli/transfer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TODAY 20270401

struct list {
	struct transfer_header header;
	struct roster_person person;
	unsigned int line;
};

static void try_row(struct list *list, const struct transfer *transfer)
{
	static const uint32_t days[] = {20200101, 20260331, TODAY, 20271231, 29991231};
	static struct roster_person after;
	const char *reason = NULL;

	after = list->person;
	if (transfer_apply(transfer, TODAY, &after, &reason) < 0) {
		if (!reason)
			__builtin_trap();
		return;
	}
	if (reason || after.n_periods > ROSTER_PERIODS || after.n_entries > ROSTER_PER_USER)
		__builtin_trap();
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		bool had = roster_period_validity(list->person.periods, list->person.n_periods,
						  days[i]) == ROSTER_VALID;
		bool has = roster_period_validity(after.periods, after.n_periods, days[i]) ==
			   ROSTER_VALID;

		/* Who is not known yet has no key, which is no right. */
		if (list->person.n_periods + list->person.n_entries > 0 && has && !had &&
		    (transfer->operation == TRANSFER_END || transfer->operation == TRANSFER_RETIRE))
			__builtin_trap();
		if (!transfer_about_key(transfer) && has && transfer->operation != TRANSFER_ADD &&
		    transfer->operation != TRANSFER_CHANGE && days[i] > transfer->key.to)
			__builtin_trap();
	}
	list->person = after;
}

static void take_row(void *data, unsigned int line, char *const fields[], size_t count)
{
	static struct transfer transfer;
	struct list *list = data;
	struct transfer_error error = {};

	if (line < list->line || count == 0)
		__builtin_trap();
	list->line = line;
	if (list->header.count == 0) {
		if (transfer_read_header(fields, count, &list->header, &error) < 0) {
			list->header.count = 0;
			if (!error.reason)
				__builtin_trap();
		}
		return;
	}
	if (transfer_read(&list->header, fields, count, &transfer, &error) < 0) {
		if (!error.reason || error.column >= TRANSFER_COLUMN_COUNT)
			__builtin_trap();
		return;
	}
	try_row(list, &transfer);
}

static void take_wrong(void *data, unsigned int line, const char *reason)
{
	(void)data;
	if (line == 0 || !reason)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct list list;
	const struct csvrows_visitor visitor = {&list, take_row, take_wrong};

	list.header.count = 0;
	list.person.n_periods = list.person.n_entries = 0;
	list.line = 0;
	/* One person has all the rows: the more happens to each. */
	csvrows_read((const char *)data, size, (enum csvrows_encoding)(size % 3), &visitor);
	return 0;
}
