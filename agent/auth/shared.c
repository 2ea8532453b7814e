#include "shared.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* While the keys are collected, in the order of the operators. */
struct candidates {
	struct roster_entry entries[SHARED_KEYS_MAX];
	enum failure reasons[SHARED_KEYS_MAX];
	size_t count;
};

static enum failure failure_of(enum roster_validity validity)
{
	switch (validity) {
	case ROSTER_VALID:
		return FAILURE_NONE;
	case ROSTER_NOT_YET:
		return FAILURE_NOT_YET;
	case ROSTER_EXPIRED:
		return FAILURE_EXPIRED;
	case ROSTER_REVOKED:
		break;
	}
	return FAILURE_PERSON_REVOKED;
}

static enum failure first_of(enum failure one, enum failure other)
{
	return one != FAILURE_NONE ? one : other;
}

/* @rights: of the account on this day, and of the operator at it. */
static int collect(const struct standing *person, const struct settings *settings,
		   enum failure rights, struct candidates *candidates)
{
	for (size_t i = 0; i < person->n_usable + person->n_unusable; i++) {
		const struct roster_entry *entry = &person->entries[i];

		if (candidates->count == SHARED_KEYS_MAX)
			return -E2BIG;
		candidates->entries[candidates->count] = *entry;
		candidates->reasons[candidates->count++] =
			first_of(standing_of(person, settings, entry), rights);
	}
	return 0;
}

static enum failure collect_all(const struct shared_places *places, const struct settings *settings,
				const struct operators *operators, const struct standing *account,
				struct candidates *candidates)
{
	const enum failure of_account = failure_of(standing_rights(account));
	_cleanup_free_ struct standing *person = calloc(1, sizeof(*person));

	if (!person)
		return FAILURE_BROKEN;
	for (size_t i = 0; i < operators->count; i++) {
		const struct operator_row *row = &operators->list[i];
		enum failure failure = standing_find(places->roster, places->owner, places->revoked,
						     settings, row->person, account->today, person);
		/* Also where its lines are wrong: that shuts no other account. */
		const bool shared =
			operators_share(places->operators, places->owner, row->person) != 0;
		enum failure rights =
			first_of(failure_of(operators_validity(row, account->today)), of_account);

		if (failure != FAILURE_NONE)
			return failure;
		/* Another account's key is no person's. */
		if (shared)
			rights = FAILURE_NOT_ENROLLED;
		if (collect(person, settings, rights, candidates) < 0) {
			fprintf(stderr, "%s: its operators have more than %d keys\n", row->account,
				SHARED_KEYS_MAX);
			return FAILURE_ROSTER;
		}
	}
	return FAILURE_NONE;
}

/* Usable ones first. */
static int sort(const struct candidates *candidates, struct shared *shared)
{
	size_t at = 0;

	/* One more: nobody asks for none. */
	shared->entries = calloc(candidates->count + 1, sizeof(*shared->entries));
	shared->reasons = calloc(candidates->count + 1, sizeof(*shared->reasons));
	if (!shared->entries || !shared->reasons)
		return -ENOMEM;
	for (int usable = 1; usable >= 0; usable--) {
		for (size_t i = 0; i < candidates->count; i++) {
			if ((candidates->reasons[i] == FAILURE_NONE) != (usable == 1))
				continue;
			shared->entries[at] = candidates->entries[i];
			shared->reasons[at++] = candidates->reasons[i];
		}
		if (usable)
			shared->n_usable = at;
	}
	shared->n_unusable = at - shared->n_usable;
	return 0;
}

static enum failure find_keys(const struct shared_places *places, const struct settings *settings,
			      const struct operators *operators, const struct standing *standing,
			      struct shared *shared)
{
	struct candidates *candidates = calloc(1, sizeof(*candidates));
	enum failure failure;

	if (!candidates)
		return FAILURE_BROKEN;
	failure = collect_all(places, settings, operators, standing, candidates);
	if (failure == FAILURE_NONE && sort(candidates, shared) < 0)
		failure = FAILURE_BROKEN;
	free(candidates);
	return failure;
}

enum failure shared_find(const struct shared_places *places, const struct settings *settings,
			 const char *account, const struct standing *standing,
			 struct shared *ret_shared)
{
	struct operators *operators = calloc(1, sizeof(*operators));
	enum failure failure = FAILURE_NONE;

	*ret_shared = (struct shared){};
	if (!operators)
		return FAILURE_BROKEN;
	if (operators_find(places->operators, places->owner, account, operators) < 0)
		failure = FAILURE_ROSTER;
	ret_shared->is = operators->count > 0;
	if (failure == FAILURE_NONE && ret_shared->is)
		failure = find_keys(places, settings, operators, standing, ret_shared);
	free(operators);
	return failure;
}

void shared_release(struct shared *shared)
{
	free(shared->entries);
	free(shared->reasons);
	*shared = (struct shared){};
}

/* Where both have hours, those of the one count that is shut now. */
static void bind(struct roster_period *period, const struct roster_terms *account, int minute)
{
	struct roster_terms *terms = &period->terms;

	if (account->witnessed) {
		terms->witnessed = true;
		terms->rights = 0;
	}
	if (!roster_has_hours(terms) || !roster_is_open(account, minute)) {
		terms->opens = account->opens;
		terms->closes = account->closes;
	}
}

enum failure shared_person(const struct shared_places *places, const struct settings *settings,
			   const struct standing *account, const char *person,
			   struct roster_moment moment, struct standing *ret_person)
{
	const struct roster_period *own =
		roster_period_on(account->person.periods, account->person.n_periods, moment.day);
	enum failure failure = standing_find(places->roster, places->owner, places->revoked,
					     settings, person, moment.day, ret_person);
	struct roster_person *found = &ret_person->person;

	if (failure != FAILURE_NONE)
		return failure;
	/* The account's last day may have ended while the key was asked. */
	if (!own)
		return account->person.n_periods > 0 ? FAILURE_EXPIRED : FAILURE_NONE;
	if (found->n_periods == 0)
		found->periods[found->n_periods++] = *own;
	else
		for (size_t i = 0; i < found->n_periods; i++)
			bind(&found->periods[i], &own->terms, moment.minute);
	return FAILURE_NONE;
}

enum failure shared_offer(const struct shared *shared, struct standing *standing, int state_dirfd,
			  const char *account, struct keyfactor *factor)
{
	factor->shared = factor->strict = true;
	factor->usable = shared->entries;
	factor->n_usable = shared->n_usable;
	factor->unusable = shared->entries + shared->n_usable;
	factor->n_unusable = shared->n_unusable;
	if (factor->n_usable > 0)
		return FAILURE_NONE;
	return standing_make_up(standing, state_dirfd, account, factor);
}

void shared_leave_out(struct shared *shared, const char *person)
{
	const size_t all = shared->n_usable + shared->n_unusable;
	size_t at = 0, usable = 0;

	for (size_t i = 0; i < all; i++) {
		if (strcmp(shared->entries[i].user, person) == 0)
			continue;
		usable += i < shared->n_usable;
		shared->entries[at] = shared->entries[i];
		shared->reasons[at++] = shared->reasons[i];
	}
	shared->n_usable = usable;
	shared->n_unusable = at - usable;
}

enum failure shared_reason(const struct shared *shared, const struct roster_entry *entry)
{
	return shared->reasons[entry - shared->entries];
}

enum failure shared_code(const struct shared *shared, enum failure judged)
{
	/* The account's right to codes was told as ended: otpfactor.h. */
	return shared->is && (judged == FAILURE_NONE || judged == FAILURE_OTP_EXPIRED)
		       ? FAILURE_OTP_SHARED
		       : judged;
}
