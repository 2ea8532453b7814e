/* The rows of a file, and the roster that they make. */
#include "import.h"

#include "cleanup.h"
#include "days.h"
#include "escape.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

#define VALUE_MAX 80 /* bytes of what is shown of a field */
#define TOLD_MAX  1024

void import_list_release(struct import_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->rows[i].value);
		free(list->rows[i].told);
	}
	free(list->rows);
	peoplenames_release(&list->codes);
	*list = (struct import_list){};
}

struct import_row *import_list_add(struct import_list *list, unsigned int line)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct import_row *grown = reallocarray(list->rows, room, sizeof(*grown));

		if (!grown)
			return NULL;
		list->rows = grown;
		list->room = room;
	}
	list->rows[list->count] = (struct import_row){.line = line, .column = -1};
	return &list->rows[list->count++];
}

static void set_reason(struct import_row *row, int column, const char *reason, const char *value)
{
	char text[VALUE_MAX];

	row->column = column;
	row->reason = reason;
	if (!value || value[0] == '\0')
		return;
	escape_text(value, strlen(value), text, sizeof(text));
	row->value = strdup(text);
}

void import_row_fail(struct import_list *list, struct import_row *row, int column,
		     const char *reason, const char *value)
{
	if (row->reason)
		return;
	list->wrong++;
	set_reason(row, column, reason, value);
}

void import_row_leave(struct import_list *list, struct import_row *row, const char *reason,
		      const char *value)
{
	if (row->reason)
		return;
	list->left_out++;
	row->left_out = true;
	set_reason(row, -1, reason, value);
}

static void add_text(char *text, size_t size, const char *more)
{
	size_t length = strlen(text);

	escape_text(more, strlen(more), text + length, size - length);
}

/* " (substitute; 08:30-17:15)", or nothing. */
static void add_terms(char *text, size_t size, const struct roster_terms *terms)
{
	char rights[ROSTER_RIGHTS_SIZE], hours[ROSTER_HOURS_SIZE];
	const char *mark = " (";

	roster_format_rights(terms->rights, rights);
	roster_format_hours(terms, hours);
	for (size_t i = 0; i < 3; i++) {
		const char *words[] = {rights, terms->witnessed ? _("with a witness") : "", hours};

		if (words[i][0] == '\0')
			continue;
		add_text(text, size, mark);
		add_text(text, size, words[i]);
		mark = "; ";
	}
	add_text(text, size, mark[0] == ';' ? ")" : "");
}

/* What the person's rights, or the key's, are now. */
static char *tell(const struct transfer *transfer, const struct roster_person *person)
{
	char text[TOLD_MAX] = "", name[ROSTER_NAME_SIZE], days[DAYS_SIZE];

	for (size_t i = 0; !transfer_about_key(transfer) && i < person->n_periods; i++) {
		const struct roster_period *period = &person->periods[i];

		if (strlen(text) > TOLD_MAX / 2)
			break;
		add_text(text, sizeof(text), i > 0 ? ", " : "");
		days_format(period->from, period->to, days);
		add_text(text, sizeof(text), days);
		add_text(text, sizeof(text), period->category[0] ? " " : "");
		add_text(text, sizeof(text), period->category);
		add_terms(text, sizeof(text), &period->terms);
	}
	for (size_t i = 0; transfer_about_key(transfer) && i < person->n_entries; i++) {
		const struct roster_entry *entry = &person->entries[i];

		if (entry->credential_length != transfer->key.credential_length ||
		    memcmp(entry->credential, transfer->key.credential, entry->credential_length) !=
			    0)
			continue;
		roster_name(entry, name);
		days_format(entry->from, entry->to, days);
		snprintf(text, sizeof(text), "%s %s %s", name, days,
			 entry->revoked ? _("revoked") : "");
	}
	return strdup(text);
}

static int by_user(const void *a, const void *b)
{
	const struct import_ref *one = a, *other = b;
	int order = strcmp(one->row->transfer.user, other->row->transfer.user);

	/* Rows lie in one array in the order of their lines. */
	return order != 0 ? order : (one->row > other->row) - (one->row < other->row);
}

struct import_ref *import_list_by_user(struct import_list *list)
{
	struct import_ref *refs = calloc(list->count + 1, sizeof(*refs));

	for (size_t i = 0; refs && i < list->count; i++)
		refs[i].row = &list->rows[i];
	if (refs)
		qsort(refs, list->count, sizeof(*refs), by_user);
	return refs;
}

/* Where the three sorted lists are: the old roster's two, and the rows. */
struct merge {
	const struct rosterfile *old;
	size_t key, period;
	const struct import_ref *refs;
	size_t row, n_rows;
};

static const char *lesser(const char *a, const char *b)
{
	return !a || (b && strcmp(b, a) < 0) ? b : a;
}

/* The next person's name; NULL: there is none. */
static const char *next_user(const struct merge *merge)
{
	const struct rosterfile *old = merge->old;
	const char *user = NULL;

	if (merge->key < old->count)
		user = old->entries[merge->key].user;
	if (merge->period < old->n_periods)
		user = lesser(user, old->periods[merge->period].user);
	if (merge->row < merge->n_rows)
		user = lesser(user, merge->refs[merge->row].row->transfer.user);
	return user;
}

static void take_old(struct merge *merge, const char *user, struct roster_person *person)
{
	const struct rosterfile *old = merge->old;

	person->n_periods = 0;
	person->n_entries = 0;
	for (; merge->period < old->n_periods; merge->period++) {
		if (strcmp(old->periods[merge->period].user, user) != 0)
			break;
		person->periods[person->n_periods++] = old->periods[merge->period];
	}
	for (; merge->key < old->count; merge->key++) {
		if (strcmp(old->entries[merge->key].user, user) != 0)
			break;
		person->entries[person->n_entries++] = old->entries[merge->key];
	}
}

/* Whom rows shut out, and from when on. */
struct shutting {
	const struct roster_person *before;
	bool code;
	uint32_t today, day; /* 0: no day */
	struct import_row *row; /* NULL: it is meant */
};

/* The row that made it so is told, unless a later one lets in again; what it says itself to be the
 * last day, if it is still to come, is meant. */
static void look_at_effect(struct shutting *shutting, struct import_row *row,
			   const struct roster_person *person)
{
	const uint32_t last = row->transfer.key.to;
	struct import_change change;

	import_effect_change(shutting->before, person, shutting->code, shutting->today, &change);
	if (change.out == shutting->day)
		return;
	shutting->day = change.out;
	shutting->row = row;
	if (change.out == 0 ||
	    (change.out != shutting->today && last && roster_day_after(last) == change.out))
		shutting->row = NULL;
}

static void set_effect(const struct shutting *shutting, const struct roster_person *person)
{
	struct import_effect *effect = &shutting->row->effect;

	effect->shuts_out = shutting->day;
	effect->later = shutting->day != shutting->today;
	effect->again = import_effect_again(person, shutting->code, shutting->day);
}

static int apply_rows(struct merge *merge, const char *user, struct import_list *list,
		      uint32_t today, const struct roster_person *before,
		      struct roster_person *person)
{
	struct shutting shutting = {before, peoplenames_have(&list->codes, user), today, 0, NULL};
	bool wrong = false;

	for (; merge->row < merge->n_rows; merge->row++) {
		struct import_row *row = merge->refs[merge->row].row;
		unsigned int rights;
		const char *reason;

		if (strcmp(row->transfer.user, user) != 0)
			break;
		wrong = wrong || (row->reason && !row->left_out);
		if (wrong || row->left_out)
			continue;
		rights = import_effect_rights(&row->transfer, person);
		if (transfer_apply(&row->transfer, today, person, &reason) < 0) {
			import_row_fail(list, row, -1, reason, user);
			wrong = true;
			continue;
		}
		row->told = tell(&row->transfer, person);
		if (!row->told)
			return -ENOMEM;
		import_effect_compare(&row->transfer, rights, person, &row->effect);
		look_at_effect(&shutting, row, person);
	}
	if (shutting.row)
		set_effect(&shutting, person);
	return 0;
}

int import_list_apply(struct import_list *list, const struct rosterfile *roster, uint32_t today,
		      struct rosterfile *ret_roster)
{
	_cleanup_free_ struct import_ref *refs = import_list_by_user(list);
	_cleanup_free_ struct roster_person *people = calloc(2, sizeof(*people));
	struct merge merge = {.old = roster, .refs = refs, .n_rows = list->count};
	char user[ROSTER_USER_MAX];
	const char *next;
	int r = refs && people ? 0 : -ENOMEM;

	while (r == 0 && (next = next_user(&merge))) {
		memcpy(user, next, strlen(next) + 1);
		take_old(&merge, user, &people[0]);
		people[1] = people[0];
		r = apply_rows(&merge, user, list, today, &people[0], &people[1]);
		if (r == 0)
			r = rosterfile_append(ret_roster, &people[1]);
	}
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): _cleanup_free_ releases both */
	return r;
}
