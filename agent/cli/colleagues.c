#include "colleagues.h"

#include "agent/auth/rosterfile.h"

#include <errno.h>
#include <string.h>

#define MINUTES_OF_DAY 1440

static int add(struct colleagues *colleagues, const char *name)
{
	if (colleagues->count == colleagues->room) {
		size_t room = colleagues->room ? 2 * colleagues->room : 32;
		void *grown = reallocarray(colleagues->names, room, sizeof(*colleagues->names));

		if (!grown)
			return -ENOMEM;
		colleagues->names = grown;
		colleagues->room = room;
	}
	memcpy(colleagues->names[colleagues->count++], name, strlen(name) + 1);
	return 0;
}

int colleagues_find(const char *roster, uint32_t day, struct colleagues *ret_colleagues)
{
	_cleanup_rosterfile_ struct rosterfile file = {};
	struct config_error error = {};
	int r = 0;

	if (rosterfile_load(roster, 0, &file, &error) < 0)
		return 0;
	for (size_t i = 0; r == 0 && i < file.n_periods; i++) {
		const struct roster_period *period = &file.periods[i];

		if (period->terms.rights && roster_period_on(period, 1, day))
			r = add(ret_colleagues, period->user);
	}
	return r;
}

void colleagues_release(struct colleagues *colleagues)
{
	free(colleagues->names);
	*colleagues = (struct colleagues){};
}

static bool same_credential(const struct roster_entry *one, const struct roster_entry *other)
{
	return one->credential_length == other->credential_length &&
	       memcmp(one->credential, other->credential, one->credential_length) == 0;
}

/* One that is not the first person's as well. */
static bool has_own_key(const struct standing *other, const struct standing *first)
{
	for (size_t i = 0; i < other->n_usable; i++) {
		bool shared = false;

		for (size_t j = 0; j < first->person.n_entries; j++)
			shared |= same_credential(&other->entries[i], &first->person.entries[j]);
		if (!shared)
			return true;
	}
	return false;
}

static const struct roster_terms *terms_of(const struct standing *standing, uint32_t day)
{
	static const struct roster_terms always;
	const struct roster_period *period =
		roster_period_on(standing->person.periods, standing->person.n_periods, day);

	return period ? &period->terms : &always;
}

static bool is_open(const struct loginview *view, const struct standing *first,
		    const struct standing *other)
{
	const uint32_t day = view->moment.day;
	const struct roster_terms *all[] = {terms_of(other, day), terms_of(first, day),
					    terms_of(&view->standing, day)};

	if (!loginview_is_whole_day(view))
		return roster_is_open(all[0], view->moment.minute);
	for (int minute = 0; minute < MINUTES_OF_DAY; minute++)
		if (roster_is_open(all[0], minute) && roster_is_open(all[1], minute) &&
		    roster_is_open(all[2], minute))
			return true;
	return false;
}

bool colleagues_have(const struct loginview *view, unsigned int right, const char *user,
		     const struct standing *first)
{
	static struct standing other;
	const struct shared_places *places = &view->places_of_people;

	for (size_t i = 0; i < view->colleagues->count; i++) {
		const char *name = view->colleagues->names[i];

		if (strcmp(name, user) == 0 ||
		    standing_find(places->roster, places->owner, places->revoked, &view->settings,
				  name, view->moment.day, &other) != FAILURE_NONE)
			continue;
		if (roster_may(&other.person, right, view->moment.day) &&
		    has_own_key(&other, first) && is_open(view, first, &other) &&
		    operators_share(places->operators, places->owner, name) == 0)
			return true;
	}
	return false;
}
