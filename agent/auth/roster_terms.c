/* What a period says of a person beside its days. */
#include "roster.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define MINUTES_OF_DAY 1440

static const struct {
	const char *name;
	unsigned int right;
} rights[] = {
	{"substitute", ROSTER_MAY_SUBSTITUTE},
	{"witness", ROSTER_MAY_WITNESS},
};

int roster_parse_rights(const char *text, unsigned int *ret_rights)
{
	unsigned int found = 0;

	for (;;) {
		const size_t length = strcspn(text, ",");
		unsigned int right = 0;

		for (size_t i = 0; i < ARRAY_SIZE(rights); i++)
			if (strlen(rights[i].name) == length &&
			    memcmp(rights[i].name, text, length) == 0)
				right = rights[i].right;
		if (right == 0 || (found & right))
			return -EINVAL;
		found |= right;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	*ret_rights = found;
	return 0;
}

int roster_parse_time(const char *text, uint16_t *ret_minute)
{
	uint64_t hour, minute;
	char part[3];

	if (strlen(text) != 5 || text[2] != ':')
		return -EINVAL;
	memcpy(part, text, 2);
	part[2] = '\0';
	if (number_parse(part, 0, 24, &hour) < 0 || number_parse(text + 3, 0, 59, &minute) < 0 ||
	    hour * 60 + minute > MINUTES_OF_DAY)
		return -EINVAL;
	*ret_minute = (uint16_t)(hour * 60 + minute);
	return 0;
}

int roster_parse_hours(const char *text, struct roster_terms *terms)
{
	uint16_t opens, closes;
	char part[6];

	if (strlen(text) != ROSTER_HOURS_SIZE - 1 || text[5] != '-')
		return -EINVAL;
	memcpy(part, text, 5);
	part[5] = '\0';
	if (roster_parse_time(part, &opens) < 0 || roster_parse_time(text + 6, &closes) < 0 ||
	    opens == MINUTES_OF_DAY || opens == closes)
		return -EINVAL;
	terms->opens = opens;
	terms->closes = closes;
	return 0;
}

int roster_parse_witnessed(const char *text, bool *ret_witnessed)
{
	*ret_witnessed = strcmp(text, "yes") == 0;
	return *ret_witnessed ? 0 : -EINVAL;
}

bool roster_has_hours(const struct roster_terms *terms)
{
	return terms->opens != terms->closes;
}

void roster_format_hours(const struct roster_terms *terms, char text[static ROSTER_HOURS_SIZE])
{
	text[0] = '\0';
	if (roster_has_hours(terms))
		snprintf(text, ROSTER_HOURS_SIZE, "%02u:%02u-%02u:%02u", terms->opens / 60U % 100,
			 terms->opens % 60U, terms->closes / 60U % 100, terms->closes % 60U);
}

void roster_format_rights(unsigned int held, char text[static ROSTER_RIGHTS_SIZE])
{
	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++) {
		const size_t length = strlen(text);

		if (held & rights[i].right)
			snprintf(text + length, ROSTER_RIGHTS_SIZE - length, "%s%s",
				 length > 0 ? "," : "", rights[i].name);
	}
}

bool roster_terms_fit(const struct roster_terms *terms)
{
	return !terms->witnessed || terms->rights == 0;
}

bool roster_is_open(const struct roster_terms *terms, int minute)
{
	if (!roster_has_hours(terms))
		return true;
	if (minute < 0)
		return false;
	if (terms->opens < terms->closes)
		return minute >= terms->opens && minute < terms->closes;
	return minute >= terms->opens || minute < terms->closes;
}

/* Hours that meet begin within each other. */
bool roster_hours_meet(const struct roster_terms *one, const struct roster_terms *other)
{
	return !roster_has_hours(one) || !roster_has_hours(other) ||
	       roster_is_open(one, other->opens) || roster_is_open(other, one->opens);
}

int roster_minute(void)
{
	return roster_now().minute;
}

const struct roster_period *roster_period_on(const struct roster_period *periods, size_t count,
					     uint32_t day)
{
	for (size_t i = 0; i < count; i++)
		if (day >= periods[i].from && (!periods[i].to || day <= periods[i].to))
			return &periods[i];
	return NULL;
}

bool roster_may(const struct roster_person *person, unsigned int right, uint32_t day)
{
	const struct roster_period *period =
		roster_period_on(person->periods, person->n_periods, day);

	return period && !period->terms.witnessed && (period->terms.rights & right) == right;
}
