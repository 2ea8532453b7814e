#include "loginday.h"

#include "columns.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

#define DAY_LENGTH     10 /* YYYY-MM-DD */
#define MINUTES_OF_DAY 1440

int loginday_parse(const char *text, struct roster_moment *ret_moment)
{
	struct roster_moment moment = {.minute = -1};
	char day[DAY_LENGTH + 1];
	uint16_t minute;

	if (strlen(text) < DAY_LENGTH)
		return -EINVAL;
	memcpy(day, text, DAY_LENGTH);
	day[DAY_LENGTH] = '\0';
	if (roster_parse_day(day, &moment.day) < 0 || !roster_day_exists(moment.day))
		return -EINVAL;
	text += DAY_LENGTH;
	if (*text != '\0') {
		if ((*text != ' ' && *text != 'T') || roster_parse_time(text + 1, &minute) < 0 ||
		    minute == MINUTES_OF_DAY)
			return -EINVAL;
		moment.minute = minute;
	}
	*ret_moment = moment;
	return 0;
}

void loginday_format(struct roster_moment moment, char text[static LOGINDAY_TEXT_MAX])
{
	size_t length = (size_t)snprintf(text, LOGINDAY_TEXT_MAX, "%04u-%02u-%02u",
					 moment.day / 10000 % 10000, moment.day / 100 % 100,
					 moment.day % 100);

	if (moment.minute >= 0)
		snprintf(text + length, LOGINDAY_TEXT_MAX - length, " %02u:%02u",
			 (unsigned int)moment.minute / 60 % 24, (unsigned int)moment.minute % 60);
}

void loginday_tell_limits(FILE *out, bool age)
{
	columns_print_item(out, "  %s\n", _("Beforehand nobody can tell, so it is left out:"));
	columns_print_item(out, "    %s\n",
			   _("waits after wrong answers, and what is wrong with the keys or the "
			     "terminal by then"));
	if (age)
		columns_print_item(out, "    %s\n",
				   _("how old the collector's list of what is revoked will be "
				     "(MaxRevocationAgeDays)"));
	columns_print_item(out, "    %s\n",
			   _("All else is as the files have it now: the roster, the operators, "
			     "sekisho.conf, groups, PAM, the collector's list, counters of "
			     "keys and codes."));
}
