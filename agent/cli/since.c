#include "since.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

/* Takes @digits digits off @text into @ret_value. */
static bool take(const char **text, int digits, int min, int max, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < digits; i++) {
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return false;
		value = value * 10 + ((*text)[i] - '0');
	}
	*text += digits;
	*ret_value = value;
	return value >= min && value <= max;
}

static bool take_character(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

static int parse_ago(const char *text, uint64_t now_us, uint64_t *ret_time_us)
{
	static const struct {
		const char *suffix;
		uint64_t seconds;
	} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	size_t digits = strspn(text, "0123456789");
	char number[12];
	uint64_t count;

	if (digits == 0 || digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, digits);
	number[digits] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(text + digits, units[i].suffix) != 0)
			continue;
		if (number_parse(number, 0, now_us / 1000000 / units[i].seconds, &count) < 0)
			return -EINVAL;
		*ret_time_us = now_us - count * units[i].seconds * 1000000;
		return 0;
	}
	return -EINVAL;
}

/* `Z` or `+09:00` at the end; nothing there is local time. */
static bool take_zone(const char **text, bool *ret_local, int *ret_offset)
{
	int sign, hours, minutes;

	*ret_local = **text == '\0';
	*ret_offset = 0;
	if (*ret_local || take_character(text, 'Z'))
		return true;
	sign = **text == '-' ? -1 : 1;
	if (!take_character(text, '+') && !take_character(text, '-'))
		return false;
	if (!take(text, 2, 0, 14, &hours) || !take_character(text, ':') ||
	    !take(text, 2, 0, 59, &minutes))
		return false;
	*ret_offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

int since_parse(const char *text, uint64_t now_us, uint64_t *ret_time_us)
{
	struct tm parts = {.tm_isdst = -1};
	bool local;
	int offset;
	int day;
	time_t seconds;

	if (parse_ago(text, now_us, ret_time_us) == 0)
		return 0;
	if (!take(&text, 4, 1970, 9999, &parts.tm_year) || !take_character(&text, '-') ||
	    !take(&text, 2, 1, 12, &parts.tm_mon) || !take_character(&text, '-') ||
	    !take(&text, 2, 1, 31, &parts.tm_mday))
		return -EINVAL;
	if (take_character(&text, ' ') || take_character(&text, 'T')) {
		if (!take(&text, 2, 0, 23, &parts.tm_hour) || !take_character(&text, ':') ||
		    !take(&text, 2, 0, 59, &parts.tm_min))
			return -EINVAL;
		if (take_character(&text, ':') && !take(&text, 2, 0, 59, &parts.tm_sec))
			return -EINVAL;
	}
	if (!take_zone(&text, &local, &offset) || *text != '\0')
		return -EINVAL;
	parts.tm_year -= 1900;
	parts.tm_mon -= 1;
	day = parts.tm_mday;
	seconds = local ? mktime(&parts) : timegm(&parts);
	seconds -= offset;
	/* Both make 3 March of 31 February. */
	if (seconds < 0 || parts.tm_mday != day)
		return -EINVAL;
	*ret_time_us = (uint64_t)seconds * 1000000;
	return 0;
}
