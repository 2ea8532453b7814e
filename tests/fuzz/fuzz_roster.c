/* Any line as a roster line. What is taken must come back the same when written and read again. */
#include "agent/auth/roster.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same of a period's line, and of what reads either kind. */
static void try_period(const char *text, size_t size)
{
	static struct roster_period period, again;
	static struct roster_person person;
	static char line[4 * ROSTER_LINE_MAX];
	const char *wrong;

	person.n_entries = person.n_periods = 0;
	if ((roster_person_read(&person, text, size, &wrong) < 0) != !!wrong)
		__builtin_trap();
	if (roster_parse_period(text, size, &period, &wrong) < 0) {
		if (!wrong || person.n_periods)
			__builtin_trap();
		return;
	}
	if (person.n_periods != 1 || roster_format_period(&period, line, sizeof(line)) < 0)
		return;
	if (roster_parse_period(line, strlen(line) - 1, &again, &wrong) < 0 ||
	    strcmp(period.user, again.user) != 0 || strcmp(period.label, again.label) != 0 ||
	    strcmp(period.category, again.category) != 0 || period.from != again.from ||
	    period.to != again.to)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct roster_entry entry, again;
	static char line[4 * ROSTER_LINE_MAX];
	const char *wrong;

	try_period((const char *)data, size);
	if (roster_parse((const char *)data, size, &entry, &wrong) < 0) {
		if (!wrong)
			__builtin_trap();
		return 0;
	}
	if (strlen(entry.user) == 0 || entry.credential_length == 0)
		__builtin_trap();
	/* Percent-encoding can make a line longer than a line may be. */
	if (roster_format(&entry, line, sizeof(line)) < 0)
		return 0;
	if (roster_parse(line, strlen(line) - 1, &again, &wrong) < 0)
		__builtin_trap();
	if (memcmp(&entry.credential, &again.credential, entry.credential_length) != 0 ||
	    strcmp(entry.label, again.label) != 0 || entry.to != again.to)
		__builtin_trap();
	return 0;
}
