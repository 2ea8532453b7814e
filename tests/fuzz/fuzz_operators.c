/* Any text as the file of shared accounts, and any line of it. What is taken must come back the
 * same when written and read again; an account that a line begins with is never one person's. */
#include "agent/auth/operators.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_line(const char *text, size_t size)
{
	static struct operator_row row, again;
	static char line[OPERATORS_LINE_MAX + 2];
	const char *wrong;

	if (operators_parse(text, size, &row, &wrong) < 0) {
		if (!wrong)
			__builtin_trap();
		return;
	}
	if (!row.account[0] || !row.person[0] || strcmp(row.account, row.person) == 0 ||
	    operators_format(&row, line, sizeof(line)) < 0 ||
	    operators_parse(line, strlen(line) - 1, &again, &wrong) < 0 ||
	    strcmp(row.account, again.account) != 0 || strcmp(row.person, again.person) != 0 ||
	    row.from != again.from || row.to != again.to)
		__builtin_trap();
}

/* Whether a whole line begins with the account once all that is no ASCII and no blank is gone. */
static bool is_named(const char *text, size_t size, const char *account)
{
	size_t at = 0, word = 0;
	bool is = true;

	for (; at < size && text[at] != '\n'; at++) {
		const unsigned char byte = (unsigned char)text[at];

		if (byte >= 0x80)
			continue;
		if (byte > ' ' && byte != 0x7f)
			is &= word < strlen(account) && text[at] == account[word];
		else if (word > 0)
			break;
		word += byte > ' ' && byte != 0x7f;
	}
	return is && word == strlen(account) && memchr(text + at, '\n', size - at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct operators operators;
	const char *wrong;
	unsigned int line;
	int r;

	try_line((const char *)data, size);
	r = operators_read((const char *)data, size, "madoguchi", &operators, &wrong, &line);
	if ((r < 0) != !!wrong || operators.count > OPERATORS_MAX)
		__builtin_trap();
	for (size_t i = 0; i < operators.count; i++)
		if (strcmp(operators.list[i].account, "madoguchi") != 0)
			__builtin_trap();
	for (size_t at = 0; r == 0 && operators.count == 0 && at < size; at++)
		if (data[at] == '\n' &&
		    is_named((const char *)data + at + 1, size - at - 1, "madoguchi"))
			__builtin_trap();
	return 0;
}
