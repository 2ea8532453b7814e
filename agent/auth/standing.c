#include "standing.h"

#include "nobody.h"

#include "cleanup.h"
#include "config.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static enum failure judge_on(const struct standing *standing, uint32_t day,
			     const struct settings *settings, const struct roster_entry *entry)
{
	const struct roster_person *person = &standing->person;

	switch (roster_validity(entry, person->periods, person->n_periods, day)) {
	case ROSTER_VALID:
		break;
	case ROSTER_NOT_YET:
		return FAILURE_NOT_YET;
	case ROSTER_EXPIRED:
		return FAILURE_EXPIRED;
	case ROSTER_REVOKED:
		return FAILURE_REVOKED;
	}
	if (standing->revoked.person)
		return FAILURE_PERSON_REVOKED;
	if (revoked_has(&standing->revoked, entry))
		return FAILURE_LISTED;
	return settings_model_allowed(settings, entry->has_aaguid ? entry->aaguid : NULL)
		       ? FAILURE_NONE
		       : FAILURE_MODEL;
}

enum failure standing_of(const struct standing *standing, const struct settings *settings,
			 const struct roster_entry *entry)
{
	return judge_on(standing, standing->today, settings, entry);
}

enum failure standing_lasts(const struct standing *standing, const struct settings *settings,
			    const struct roster_entry *entry)
{
	return judge_on(standing, roster_today(), settings, entry);
}

enum roster_validity standing_rights(const struct standing *standing)
{
	const struct roster_person *person = &standing->person;

	if (standing->revoked.person)
		return ROSTER_REVOKED;
	return roster_period_validity(person->periods, person->n_periods, standing->today);
}

/* Somebody who has to be witnessed would be let in by two of the staff without showing anything. */
bool standing_suits_substitute(const struct standing *standing, bool good_key, uint32_t today)
{
	const struct roster_person *person = &standing->person;
	const struct roster_period *period =
		roster_period_on(person->periods, person->n_periods, today);

	return good_key && (person->n_periods == 0 || period) &&
	       !(period && period->terms.witnessed);
}

static void sort_keys(const struct settings *settings, struct standing *standing)
{
	const struct roster_entry *found = standing->person.entries;
	const size_t count = standing->person.n_entries;
	size_t at = 0;

	for (size_t i = 0; i < count; i++)
		if (standing_of(standing, settings, &found[i]) == FAILURE_NONE)
			standing->entries[at++] = found[i];
	standing->n_usable = at;
	standing->n_unusable = count - at;
	for (size_t i = 0; i < count; i++)
		if (standing_of(standing, settings, &found[i]) != FAILURE_NONE)
			standing->entries[at++] = found[i];
}

enum failure standing_judge(const char *revoked, const struct settings *settings, const char *user,
			    struct standing *standing)
{
	enum failure failure = revoked_find(revoked, settings, user, &standing->person, time(NULL),
					    &standing->revoked);

	standing->n_usable = standing->n_unusable = 0;
	if (failure == FAILURE_NONE)
		sort_keys(settings, standing);
	return failure;
}

enum failure standing_find(const char *roster, uid_t owner, const char *revoked,
			   const struct settings *settings, const char *user, uint32_t day,
			   struct standing *standing)
{
	_cleanup_close_ int fd = -1;
	const char *wrong = NULL;
	int r;

	standing->today = day;
	standing->n_usable = standing->n_unusable = 0;
	standing->person.n_periods = standing->person.n_entries = 0;
	r = file_open_trusted(AT_FDCWD, roster, owner, &fd);
	/* Where no key is accepted, nobody needs a roster; one that is there counts. */
	if (r == -ENOENT && !settings_accept(settings, "key"))
		r = 0;
	else if (r == 0)
		r = roster_find(fd, user, &standing->person, &wrong);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", roster, wrong ? config_words(wrong) : strerror(-r));
		return FAILURE_ROSTER;
	}
	return standing_judge(revoked, settings, user, standing);
}

enum failure standing_offer(struct standing *standing, int state_dirfd, const char *user,
			    struct keyfactor *factor)
{
	factor->usable = standing->entries;
	factor->n_usable = standing->n_usable;
	factor->unusable = standing->entries + standing->n_usable;
	factor->n_unusable = standing->n_unusable;
	if (factor->n_usable > 0)
		return FAILURE_NONE;
	return standing_make_up(standing, state_dirfd, user, factor);
}

enum failure standing_make_up(struct standing *standing, int state_dirfd, const char *user,
			      struct keyfactor *factor)
{
	if (nobody_entry(state_dirfd, user, &standing->nobody) < 0)
		return FAILURE_BROKEN;
	factor->nobody = true;
	factor->usable = &standing->nobody;
	factor->n_usable = 1;
	return FAILURE_NONE;
}
