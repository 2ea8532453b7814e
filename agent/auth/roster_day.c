#include "roster.h"

#include "number.h"

#include <errno.h>
#include <string.h>
#include <time.h>

int roster_parse_day(const char *text, uint32_t *ret_day)
{
	static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint64_t year, month, day;
	char part[5];

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return -EINVAL;
	memcpy(part, text, 4);
	part[4] = '\0';
	if (number_parse(part, 2000, 2999, &year) < 0)
		return -EINVAL;
	memcpy(part, text + 5, 2);
	part[2] = '\0';
	if (number_parse(part, 1, 12, &month) < 0)
		return -EINVAL;
	if (number_parse(text + 8, 1, days[month - 1], &day) < 0)
		return -EINVAL;
	*ret_day = (uint32_t)(year * 10000 + month * 100 + day);
	return 0;
}

static uint32_t from_tm(const struct tm *day)
{
	return (uint32_t)((day->tm_year + 1900) * 10000 + (day->tm_mon + 1) * 100 + day->tm_mday);
}

/* The calendar's day that is @days after another. */
static uint32_t shift(uint32_t day, int days)
{
	struct tm tm = {
		.tm_year = (int)(day / 10000) - 1900,
		.tm_mon = (int)(day / 100 % 100) - 1,
		.tm_mday = (int)(day % 100) + days,
	};

	return timegm(&tm) == (time_t)-1 ? 0 : from_tm(&tm);
}

bool roster_day_exists(uint32_t day)
{
	return shift(day, 0) == day;
}

uint32_t roster_day_before(uint32_t day)
{
	return shift(day, -1);
}

uint32_t roster_day_after(uint32_t day)
{
	return shift(day, 1);
}

struct roster_moment roster_now(void)
{
	time_t now = time(NULL);
	struct tm local;

	if (!localtime_r(&now, &local))
		return (struct roster_moment){.minute = -1};
	return (struct roster_moment){from_tm(&local), local.tm_hour * 60 + local.tm_min};
}

uint32_t roster_today(void)
{
	return roster_now().day;
}

time_t roster_day_end(uint32_t day)
{
	struct tm next = {
		.tm_year = (int)(day / 10000) - 1900,
		.tm_mon = (int)(day / 100 % 100) - 1,
		.tm_mday = (int)(day % 100) + 1,
		.tm_isdst = -1,
	};

	return mktime(&next);
}
