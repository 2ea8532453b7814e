#include "days.h"

#include <stdio.h>

#define DAY_SIZE 16

static void format_day(uint32_t day, char text[static DAY_SIZE])
{
	text[0] = '\0';
	if (day)
		snprintf(text, DAY_SIZE, "%04u-%02u-%02u", day / 10000 % 10000, day / 100 % 100,
			 day % 100);
}

void days_format(uint32_t from, uint32_t to, char text[static DAYS_SIZE])
{
	char first[DAY_SIZE], last[DAY_SIZE];

	format_day(from, first);
	format_day(to, last);
	snprintf(text, DAYS_SIZE, "%s..%s", first, last);
}
