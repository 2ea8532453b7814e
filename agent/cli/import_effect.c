#include "import_effect.h"

#define DAYS_MAX (2 * (ROSTER_PERIODS + ROSTER_PER_USER)) /* of one person's lines */

bool import_effect_may(const struct roster_person *person, bool code, uint32_t day)
{
	if (code && roster_period_validity(person->periods, person->n_periods, day) == ROSTER_VALID)
		return true;
	for (size_t i = 0; i < person->n_entries; i++)
		if (roster_validity(&person->entries[i], person->periods, person->n_periods, day) ==
		    ROSTER_VALID)
			return true;
	return false;
}

/* What changes for a person changes where a period or a key begins, or is over. */
static size_t list_days(const struct roster_person *person, uint32_t days[static DAYS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < person->n_periods; i++) {
		days[count++] = person->periods[i].from;
		days[count++] = person->periods[i].to ? roster_day_after(person->periods[i].to) : 0;
	}
	for (size_t i = 0; i < person->n_entries; i++) {
		days[count++] = person->entries[i].from;
		days[count++] = person->entries[i].to ? roster_day_after(person->entries[i].to) : 0;
	}
	return count;
}

static void take_first(uint32_t day, uint32_t *first)
{
	if (*first == 0 || day < *first)
		*first = day;
}

uint32_t import_effect_again(const struct roster_person *person, bool code, uint32_t day)
{
	uint32_t days[DAYS_MAX], found = 0;
	const size_t count = list_days(person, days);

	for (size_t i = 0; i < count; i++)
		if (days[i] > day && import_effect_may(person, code, days[i]))
			take_first(days[i], &found);
	return found;
}

void import_effect_change(const struct roster_person *before, const struct roster_person *after,
			  bool code, uint32_t today, struct import_change *ret_change)
{
	uint32_t days[2 * DAYS_MAX + 1];
	size_t count = list_days(before, days);

	count += list_days(after, days + count);
	days[count++] = today;
	*ret_change = (struct import_change){};
	for (size_t i = 0; i < count; i++) {
		bool did, does;

		if (days[i] < today)
			continue;
		did = import_effect_may(before, code, days[i]);
		does = import_effect_may(after, code, days[i]);
		if (does && !did)
			take_first(days[i], &ret_change->in);
		if (did && !does)
			take_first(days[i], &ret_change->out);
	}
}

unsigned int import_effect_rights(const struct transfer *transfer,
				  const struct roster_person *person)
{
	const struct roster_period *period =
		transfer->effective
			? roster_period_on(person->periods, person->n_periods, transfer->effective)
			: NULL;

	return period ? period->terms.rights : 0;
}

void import_effect_compare(const struct transfer *transfer, unsigned int before,
			   const struct roster_person *person, struct import_effect *effect)
{
	/* Who says which rights there are, or that the person goes, knows. */
	if (transfer->operation != TRANSFER_CHANGE || transfer_about_key(transfer) ||
	    transfer->given & 1u << TRANSFER_RIGHTS)
		return;
	effect->lost = before & ~import_effect_rights(transfer, person);
	effect->lost_from = transfer->effective;
}
