#include "transfer.h"

#include "number.h"

#include <errno.h>
#include <string.h>

/* What stands for what in a day: the full-width digits follow each other (U+FF10). */
static const char *const replaced[][2] = {
	{"－", "-"}, {"／", "/"}, {"年", "-"}, {"月", "-"}, {"日", ""},
};

static int plain(const char *text, char *out, size_t size)
{
	size_t used = 0;

	while (*text) {
		size_t i;

		if (used + 1 == size)
			return -EINVAL;
		if (strncmp(text, "\xef\xbc", 2) == 0 && (unsigned char)text[2] >= 0x90 &&
		    (unsigned char)text[2] <= 0x99) {
			out[used++] = (char)('0' + ((unsigned char)text[2] - 0x90));
			text += 3;
			continue;
		}
		for (i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++)
			if (strncmp(text, replaced[i][0], strlen(replaced[i][0])) == 0)
				break;
		if (i == sizeof(replaced) / sizeof(replaced[0])) {
			out[used++] = *text++;
			continue;
		}
		if (replaced[i][1][0])
			out[used++] = replaced[i][1][0];
		text += strlen(replaced[i][0]);
	}
	out[used] = '\0';
	return 0;
}

int transfer_read_day(const char *text, uint32_t *ret_day)
{
	char copy[16], *rest = copy;
	const char *year, *month, *day;
	uint64_t numbers[3];
	uint32_t value;

	if (plain(text, copy, sizeof(copy)) < 0)
		return -EINVAL;
	year = strsep(&rest, "-/");
	month = strsep(&rest, "-/");
	day = strsep(&rest, "-/");
	if (!month || !day || rest)
		return -EINVAL;
	if (number_parse(year, 2000, 2999, &numbers[0]) < 0 ||
	    number_parse(month, 1, 12, &numbers[1]) < 0 ||
	    number_parse(day, 1, 31, &numbers[2]) < 0)
		return -EINVAL;
	value = (uint32_t)(numbers[0] * 10000 + numbers[1] * 100 + numbers[2]);
	if (!roster_day_exists(value))
		return -EINVAL;
	*ret_day = value;
	return 0;
}
