/* Any line as a roster line. What is taken must come back the same when written and read again. */
#include "agent/auth/roster.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct roster_entry entry, again;
	static char line[4 * ROSTER_LINE_MAX];
	const char *wrong;

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
