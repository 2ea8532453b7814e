#include "colleagues.h"

#include "agent/auth/counter.h"
#include "agent/auth/rosterfile.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int add(struct colleagues *colleagues, const struct roster_period *period)
{
	struct colleague *colleague;

	if (colleagues->count == colleagues->room) {
		size_t room = colleagues->room ? 2 * colleagues->room : 32;
		void *grown = reallocarray(colleagues->list, room, sizeof(*colleagues->list));

		if (!grown)
			return -ENOMEM;
		colleagues->list = grown;
		colleagues->room = room;
	}
	colleague = &colleagues->list[colleagues->count++];
	*colleague = (struct colleague){.terms = period->terms};
	memcpy(colleague->name, period->user, sizeof(colleague->name));
	return 0;
}

void colleagues_find(const char *roster, const char *state, uint32_t day,
		     struct colleagues *ret_colleagues)
{
	_cleanup_close_ int dirfd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_rosterfile_ struct rosterfile file = {};
	struct config_error error = {};
	int r = rosterfile_load(roster, 0, &file, &error);

	ret_colleagues->counters = -1;
	/* What is wrong with them is told of each person. */
	if (dirfd >= 0)
		(void)loginview_open_counters(dirfd, &ret_colleagues->counters);
	for (size_t i = 0; r == 0 && i < file.n_periods; i++)
		if (file.periods[i].terms.rights && roster_period_on(&file.periods[i], 1, day))
			r = add(ret_colleagues, &file.periods[i]);
	if (r < 0)
		snprintf(ret_colleagues->wrong, sizeof(ret_colleagues->wrong), "%s",
			 error.text[0] ? error.text : strerror(-r));
}

void colleagues_release(struct colleagues *colleagues)
{
	for (size_t i = 0; i < colleagues->count; i++)
		free(colleagues->list[i].keys);
	free(colleagues->list);
	if (colleagues->counters >= 0)
		close(colleagues->counters);
	*colleagues = (struct colleagues){.counters = -1};
}

static bool is_suspect(int counters, const struct roster_entry *key)
{
	bool suspect = true;

	/* One whose count can't be read opens nothing either. */
	return counters >= 0 && (counter_is_suspect(counters, key->credential,
						    key->credential_length, &suspect) < 0 ||
				 suspect);
}

/* As secondperson_name() has it of one who is there. */
static void judge(const struct loginview *view, int counters, struct colleague *colleague)
{
	static struct standing standing;
	const struct shared_places *places = &view->places_of_people;

	colleague->judged = true;
	if (standing_find(places->roster, places->owner, places->revoked, &view->settings,
			  colleague->name, view->moment.day, &standing) != FAILURE_NONE ||
	    standing.n_usable == 0 ||
	    operators_share(places->operators, places->owner, colleague->name) != 0)
		return;
	colleague->keys = calloc(standing.n_usable, sizeof(*colleague->keys));
	if (!colleague->keys)
		return;
	colleague->n_keys = standing.n_usable;
	memcpy(colleague->keys, standing.entries, standing.n_usable * sizeof(*colleague->keys));
	for (size_t i = 0; i < colleague->n_keys; i++)
		colleague->suspect[i] = is_suspect(counters, &colleague->keys[i]);
}

static bool same_credential(const struct roster_entry *one, const struct roster_entry *other)
{
	return one->credential_length == other->credential_length &&
	       memcmp(one->credential, other->credential, one->credential_length) == 0;
}

/* One that is not the first person's as well. */
static bool has_own_key(const struct colleague *colleague, bool here, const struct standing *first)
{
	for (size_t i = 0; i < colleague->n_keys; i++) {
		bool out = here && colleague->suspect[i];

		for (size_t j = 0; !out && j < first->person.n_entries; j++)
			out = same_credential(&colleague->keys[i], &first->person.entries[j]);
		if (!out)
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

/* Hours that have a minute in common have the one at which the last of them begin. */
static bool is_open(const struct loginview *view, const struct standing *first,
		    const struct roster_terms *terms)
{
	const uint32_t day = view->moment.day;
	const struct roster_terms *all[] = {terms, terms_of(first, day),
					    terms_of(&view->standing, day)};

	if (!loginview_is_whole_day(view))
		return roster_is_open(terms, view->moment.minute);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const int minute = all[i]->opens;

		if (roster_is_open(all[0], minute) && roster_is_open(all[1], minute) &&
		    roster_is_open(all[2], minute))
			return true;
	}
	return false;
}

enum loginview_known colleagues_have(const struct loginview *view, unsigned int right, bool here,
				     const char *user, const struct standing *first)
{
	struct colleagues *colleagues = view->colleagues;

	if (colleagues->wrong[0])
		return LOGINVIEW_UNSEEN;
	for (size_t i = 0; i < colleagues->count; i++) {
		struct colleague *colleague = &colleagues->list[i];

		if (!(colleague->terms.rights & right) || colleague->terms.witnessed ||
		    strcmp(colleague->name, user) == 0 || !is_open(view, first, &colleague->terms))
			continue;
		if (!colleague->judged)
			judge(view, colleagues->counters, colleague);
		if (has_own_key(colleague, here, first))
			return LOGINVIEW_YES;
	}
	return LOGINVIEW_NO;
}
