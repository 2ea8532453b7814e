/* The lines of a person, beside the keys. */
#include "roster.h"

#include "cleanup.h"
#include "wordline.h"

#include <errno.h>
#include <string.h>

#define KIND "person"

static int parse_from(const char *text, void *object)
{
	return roster_parse_day(text, &((struct roster_period *)object)->from);
}

static int parse_to(const char *text, void *object)
{
	return roster_parse_day(text, &((struct roster_period *)object)->to);
}

static int parse_category(const char *text, void *object)
{
	return roster_parse_label(text, ((struct roster_period *)object)->category);
}

static int parse_name(const char *text, void *object)
{
	return roster_parse_label(text, ((struct roster_period *)object)->label);
}

static int parse_rights(const char *text, void *object)
{
	return roster_parse_rights(text, &((struct roster_period *)object)->terms.rights);
}

static int parse_witnessed(const char *text, void *object)
{
	return roster_parse_witnessed(text, &((struct roster_period *)object)->terms.witnessed);
}

static int parse_hours(const char *text, void *object)
{
	return roster_parse_hours(text, &((struct roster_period *)object)->terms);
}

static const struct wordline_attribute attributes[] = {
	{"from", parse_from, "from= must be a day, YYYY-MM-DD"},
	{"to", parse_to, "to= must be a day, YYYY-MM-DD"},
	{"category", parse_category, "category= must be percent-encoded UTF-8"},
	{"label", parse_name, "label= must be percent-encoded UTF-8"},
	{"rights", parse_rights, "rights= must be substitute, witness or both, parted by a comma"},
	{"witnessed", parse_witnessed, "witnessed= must be yes"},
	{"hours", parse_hours, "hours= must be HH:MM-HH:MM"},
};

int roster_parse_period(const char *line, size_t length, struct roster_period *ret_period,
			const char **ret_wrong)
{
	struct roster_period period = {};
	struct wordline words;
	int r;

	r = wordline_split(line, length, 2 + ARRAY_SIZE(attributes) + 1, &words, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "the kind must be person or fido2";
	if (words.count < 2 || strcmp(words.words[1], KIND) != 0)
		return -EINVAL;
	*ret_wrong = "the user's name is too long";
	if (strlen(words.words[0]) >= sizeof(period.user))
		return -EINVAL;
	memcpy(period.user, words.words[0], strlen(words.words[0]) + 1);
	r = wordline_attributes(&words, 2, attributes, ARRAY_SIZE(attributes), &period, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "from= is after to=";
	if (period.from && period.to && period.from > period.to)
		return -EINVAL;
	*ret_wrong = "who is witnessed can have no rights=";
	if (!roster_terms_fit(&period.terms))
		return -EINVAL;
	*ret_period = period;
	*ret_wrong = NULL;
	return 0;
}

/* Whether the second word says so. */
static bool is_period(const char *line, size_t length)
{
	const char *kind = memchr(line, ' ', length);
	size_t left = kind ? length - (size_t)(kind + 1 - line) : 0;

	return left >= strlen(KIND) && memcmp(kind + 1, KIND, strlen(KIND)) == 0 &&
	       (left == strlen(KIND) || kind[1 + strlen(KIND)] == ' ');
}

static int read_period(struct roster_person *person, const char *line, size_t length,
		       const char **ret_wrong)
{
	struct roster_period *period = person->periods + person->n_periods;
	int r;

	*ret_wrong = "the person has too many periods";
	if (person->n_periods == ROSTER_PERIODS)
		return -E2BIG;
	r = roster_parse_period(line, length, period, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "a person's own lines come before the keys";
	if (person->n_entries > 0)
		return -EINVAL;
	*ret_wrong = "a person's periods follow each other: this one is not after the one before";
	if (person->n_periods > 0 && (period[-1].to == 0 || period->from <= period[-1].to))
		return -EINVAL;
	person->n_periods++;
	*ret_wrong = NULL;
	return 0;
}

int roster_person_read(struct roster_person *person, const char *line, size_t length,
		       const char **ret_wrong)
{
	int r;

	if (is_period(line, length))
		return read_period(person, line, length, ret_wrong);
	*ret_wrong = "the person has too many keys";
	if (person->n_entries == ROSTER_PER_USER)
		return -E2BIG;
	r = roster_parse(line, length, &person->entries[person->n_entries], ret_wrong);
	if (r == 0)
		person->n_entries++;
	return r;
}

enum roster_validity roster_period_validity(const struct roster_period *periods, size_t count,
					    uint32_t day)
{
	for (size_t i = 0; i < count; i++) {
		if (periods[i].from && day < periods[i].from)
			return ROSTER_NOT_YET;
		if (!periods[i].to || day <= periods[i].to)
			return ROSTER_VALID;
	}
	return count > 0 ? ROSTER_EXPIRED : ROSTER_VALID;
}
