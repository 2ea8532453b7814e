#include "roster.h"

#include <time.h>

uint32_t roster_today(void)
{
	time_t now = time(NULL);
	struct tm day;

	if (!localtime_r(&now, &day))
		return 0;
	return (uint32_t)((day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday);
}
