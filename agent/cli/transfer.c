/* What becomes of a person's lines. */
#include "transfer.h"

#include "gettext.h"

#include <errno.h>
#include <string.h>

#define BIT(column) (1u << (column))

/* A period's last day, counted so that "for good" is the latest. */
static uint32_t last_of(const struct roster_period *period)
{
	return period->to ? period->to : UINT32_MAX;
}

static bool is_known(const struct roster_person *person)
{
	return person->n_periods + person->n_entries > 0;
}

/* Who has keys and no period may log in for good: the same, said. */
static void say_period(const struct transfer *transfer, struct roster_person *person)
{
	if (person->n_periods > 0)
		return;
	person->periods[0] = (struct roster_period){};
	memcpy(person->periods[0].user, transfer->user, sizeof(transfer->user));
	person->n_periods = 1;
}

static void remove_period(struct roster_person *person, size_t at)
{
	person->n_periods--;
	memmove(&person->periods[at], &person->periods[at + 1],
		(person->n_periods - at) * sizeof(person->periods[0]));
}

/* Puts the period in its place among those of other days. What is over longest makes room. */
static int insert_period(struct roster_person *person, const struct roster_period *period,
			 uint32_t today, const char **ret_reason)
{
	size_t at = 0;

	*ret_reason = N_("the person has rights on some of these days already; change them");
	for (size_t i = 0; i < person->n_periods; i++) {
		if (last_of(&person->periods[i]) < period->from)
			at = i + 1;
		else if (person->periods[i].from <= last_of(period))
			return -EINVAL;
	}
	*ret_reason = N_("the person has too many periods that are not over");
	if (person->n_periods == ROSTER_PERIODS) {
		if (at == 0 || last_of(&person->periods[0]) >= today)
			return -EINVAL;
		remove_period(person, 0);
		at--;
	}
	memmove(&person->periods[at + 1], &person->periods[at],
		(person->n_periods - at) * sizeof(*period));
	person->periods[at] = *period;
	person->n_periods++;
	return 0;
}

static void set_texts(const struct transfer *transfer, char label[static ROSTER_LABEL_MAX],
		      char category[static ROSTER_LABEL_MAX])
{
	if (transfer->given & BIT(TRANSFER_LABEL))
		memcpy(label, transfer->key.label, ROSTER_LABEL_MAX);
	if (transfer->given & BIT(TRANSFER_CATEGORY))
		memcpy(category, transfer->key.category, ROSTER_LABEL_MAX);
}

static int set_terms(const struct transfer *transfer, struct roster_terms *terms,
		     const char **ret_reason)
{
	/* A new position brings none of the old one's rights along. */
	if (transfer->given & (BIT(TRANSFER_RIGHTS) | BIT(TRANSFER_CATEGORY)))
		terms->rights = transfer->terms.rights;
	if (transfer->given & BIT(TRANSFER_WITNESSED))
		terms->witnessed = transfer->terms.witnessed;
	if (transfer->given & BIT(TRANSFER_HOURS)) {
		terms->opens = transfer->terms.opens;
		terms->closes = transfer->terms.closes;
	}
	*ret_reason = N_("who is witnessed can have no rights of that kind");
	return roster_terms_fit(terms) ? 0 : -EINVAL;
}

static int add_person(const struct transfer *transfer, uint32_t today, struct roster_person *person,
		      const char **ret_reason)
{
	struct roster_period period = {.from = transfer->key.from, .to = transfer->key.to};

	memcpy(period.user, transfer->user, sizeof(period.user));
	set_texts(transfer, period.label, period.category);
	if (set_terms(transfer, &period.terms, ret_reason) < 0)
		return -EINVAL;
	return insert_period(person, &period, today, ret_reason);
}

/* The period of the effective date ends the day before, and another one goes on from there. */
static int change_person(const struct transfer *transfer, uint32_t today,
			 struct roster_person *person, const char **ret_reason)
{
	const uint32_t day = transfer->effective;
	struct roster_period *before = NULL, after;

	*ret_reason = N_("the roster does not know this person");
	if (!is_known(person))
		return -EINVAL;
	say_period(transfer, person);
	for (size_t i = 0; i < person->n_periods; i++)
		if (person->periods[i].from <= day && day <= last_of(&person->periods[i]))
			before = &person->periods[i];
	*ret_reason = N_("the person has no rights on the effective date; add them");
	if (!before)
		return -EINVAL;
	after = *before;
	after.from = day;
	if (transfer->given & BIT(TRANSFER_TO))
		after.to = transfer->key.to;
	set_texts(transfer, after.label, after.category);
	if (set_terms(transfer, &after.terms, ret_reason) < 0)
		return -EINVAL;
	if (before->from == day)
		remove_period(person, (size_t)(before - person->periods));
	else
		before->to = roster_day_before(day);
	return insert_period(person, &after, today, ret_reason);
}

/* What would begin later is taken back. A period stays in any case: without one the person would
 * have no last day. */
static int end_person(const struct transfer *transfer, struct roster_person *person,
		      const char **ret_reason)
{
	const uint32_t last = transfer->key.to;
	struct roster_period *period;
	size_t left;

	*ret_reason = N_("the roster does not know this person");
	if (!is_known(person))
		return -EINVAL;
	say_period(transfer, person);
	left = person->n_periods;
	while (left > 0 && person->periods[left - 1].from > last)
		left--;
	*ret_reason = N_("none of the person's rights have begun by that day");
	if (left == 0)
		return -EINVAL;
	period = &person->periods[left - 1];
	*ret_reason = N_("the person's rights end on that day or sooner already");
	if (last_of(period) <= last && left == person->n_periods)
		return -EINVAL;
	if (last_of(period) > last)
		period->to = last;
	person->n_periods = left;
	return 0;
}

static struct roster_entry *find_key(const struct transfer *transfer, struct roster_person *person)
{
	const struct roster_entry *key = &transfer->key;

	for (size_t i = 0; i < person->n_entries; i++)
		if (person->entries[i].credential_length == key->credential_length &&
		    memcmp(person->entries[i].credential, key->credential,
			   key->credential_length) == 0)
			return &person->entries[i];
	return NULL;
}

static int add_key(const struct transfer *transfer, struct roster_person *person,
		   const char **ret_reason)
{
	switch (roster_person_add(person, &transfer->key)) {
	case 0:
		return 0;
	case -EEXIST:
		*ret_reason = N_("the person has this key already");
		return -EINVAL;
	case -E2BIG:
		*ret_reason = N_("the person has too many keys; revoke one");
		return -EINVAL;
	default:
		*ret_reason = N_("the roster can't hold such a line");
		return -EINVAL;
	}
}

static int change_key(const struct transfer *transfer, struct roster_entry *key,
		      const char **ret_reason)
{
	if (transfer->given & BIT(TRANSFER_FROM))
		key->from = transfer->key.from;
	if (transfer->given & BIT(TRANSFER_TO))
		key->to = transfer->key.to;
	if (transfer->given & BIT(TRANSFER_VERIFICATION))
		key->uv_optional = transfer->key.uv_optional;
	set_texts(transfer, key->label, key->category);
	*ret_reason = N_("the last day is before the first");
	return key->from && key->to && key->from > key->to ? -EINVAL : 0;
}

static int end_key(const struct transfer *transfer, struct roster_entry *key,
		   const char **ret_reason)
{
	*ret_reason = N_("the key is good from a later day on only; revoke it");
	if (key->from > transfer->key.to)
		return -EINVAL;
	*ret_reason = N_("the key ends on that day or sooner already");
	if (key->to && key->to <= transfer->key.to)
		return -EINVAL;
	key->to = transfer->key.to;
	return 0;
}

static int apply_to_key(const struct transfer *transfer, uint32_t today,
			struct roster_person *person, const char **ret_reason)
{
	struct roster_entry *key;

	if (transfer->operation == TRANSFER_ADD)
		return add_key(transfer, person, ret_reason);
	key = find_key(transfer, person);
	*ret_reason = N_("the person has no such key");
	if (!key)
		return -EINVAL;
	*ret_reason = N_("the key is revoked already");
	if (key->revoked)
		return -EINVAL;
	if (transfer->operation == TRANSFER_CHANGE)
		return change_key(transfer, key, ret_reason);
	if (transfer->operation != TRANSFER_REVOKE)
		return end_key(transfer, key, ret_reason);
	key->revoked = today;
	return 0;
}

/* What goes in must come out the same, in one piece. */
static int check(const struct roster_person *person, const char **ret_reason)
{
	struct roster_person back = {};
	char line[ROSTER_LINE_MAX] = "";
	const char *wrong;
	int r = 0;

	for (size_t i = 0; r == 0 && i < person->n_periods; i++) {
		r = roster_format_period(&person->periods[i], line, sizeof(line));
		if (r == 0)
			r = roster_person_read(&back, line, strlen(line) - 1, &wrong);
	}
	for (size_t i = 0; r == 0 && i < person->n_entries; i++) {
		r = roster_format(&person->entries[i], line, sizeof(line));
		if (r == 0)
			r = roster_person_read(&back, line, strlen(line) - 1, &wrong);
	}
	*ret_reason = N_("the roster can't hold such a line");
	if (r < 0 || back.n_periods != person->n_periods || back.n_entries != person->n_entries)
		return -EINVAL;
	*ret_reason = NULL;
	return 0;
}

int transfer_apply(const struct transfer *transfer, uint32_t today, struct roster_person *person,
		   const char **ret_reason)
{
	int r;

	if (transfer_about_key(transfer))
		r = apply_to_key(transfer, today, person, ret_reason);
	else if (transfer->operation == TRANSFER_ADD)
		r = add_person(transfer, today, person, ret_reason);
	else if (transfer->operation == TRANSFER_CHANGE)
		r = change_person(transfer, today, person, ret_reason);
	else
		r = end_person(transfer, person, ret_reason);
	return r < 0 ? r : check(person, ret_reason);
}
