#include "import_effect.h"

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

static void look_at(const struct roster_person *person, bool code, uint32_t today, uint32_t day,
		    uint32_t *found)
{
	if (day > today && (*found == 0 || day < *found) && import_effect_may(person, code, day))
		*found = day;
}

/* It begins where a period or a key does. */
uint32_t import_effect_again(const struct roster_person *person, bool code, uint32_t today)
{
	uint32_t found = 0;

	for (size_t i = 0; i < person->n_periods; i++)
		look_at(person, code, today, person->periods[i].from, &found);
	for (size_t i = 0; i < person->n_entries; i++)
		look_at(person, code, today, person->entries[i].from, &found);
	return found;
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
