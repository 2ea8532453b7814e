#include "undo_effect.h"

#include "import_effect.h"

#include "escape.h"
#include "gettext.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE 1024 /* of a user, escaped */

static const struct roster_entry *same_key(const struct rosterfile *roster,
					   const struct roster_entry *key)
{
	size_t count;
	const struct roster_entry *keys = rosterfile_keys(roster, key->user, &count);

	for (size_t i = 0; i < count; i++)
		if (keys[i].credential_length == key->credential_length &&
		    memcmp(keys[i].credential, key->credential, key->credential_length) == 0)
			return &keys[i];
	return NULL;
}

size_t undo_effect_keep_revoked(const struct rosterfile *now, struct rosterfile *before,
				uint32_t today)
{
	size_t kept = 0;

	for (size_t i = 0; i < before->count; i++) {
		struct roster_entry *key = &before->entries[i];
		const struct roster_entry *same = same_key(now, key);
		char user[NAME_SIZE], label[NAME_SIZE], name[ROSTER_NAME_SIZE];

		if (key->revoked || (same && !same->revoked))
			continue;
		key->revoked = same ? same->revoked : today;
		escape_text(key->user, strlen(key->user), user, sizeof(user));
		escape_text(key->label, strlen(key->label), label, sizeof(label));
		roster_name(key, name);
		printf(_("%s: the key %s (%s) was revoked by that import, and stays revoked\n"),
		       user, name, label);
		kept++;
	}
	return kept;
}

/* Where the walk through both is: the same numbers of each. */
struct walk {
	const struct rosterfile *rosters[2]; /* now, before */
	size_t keys[2], periods[2];
};

static const char *lesser(const char *a, const char *b)
{
	return !a || (b && strcmp(b, a) < 0) ? b : a;
}

static const char *next_user(const struct walk *walk)
{
	const char *user = NULL;

	for (size_t i = 0; i < 2; i++) {
		const struct rosterfile *roster = walk->rosters[i];

		if (walk->keys[i] < roster->count)
			user = lesser(user, roster->entries[walk->keys[i]].user);
		if (walk->periods[i] < roster->n_periods)
			user = lesser(user, roster->periods[walk->periods[i]].user);
	}
	return user;
}

/* @which: 0: now, 1: before. */
static void take(struct walk *walk, size_t which, const char *user, struct roster_person *person)
{
	const struct rosterfile *roster = walk->rosters[which];
	size_t *key = &walk->keys[which], *period = &walk->periods[which];

	person->n_entries = 0;
	person->n_periods = 0;
	for (; *key < roster->count && strcmp(roster->entries[*key].user, user) == 0; ++*key)
		person->entries[person->n_entries++] = roster->entries[*key];
	for (; *period < roster->n_periods && strcmp(roster->periods[*period].user, user) == 0;
	     ++*period)
		person->periods[person->n_periods++] = roster->periods[*period];
}

static void show(const char *user, const struct import_change *change, uint32_t today)
{
	const uint32_t again = change->in, no_more = change->out;
	char name[NAME_SIZE];

	escape_text(user, strlen(user), name, sizeof(name));
	if (again && again == today)
		printf(_("%s: gets in again\n"), name);
	else if (again)
		printf(_("%s: gets in again from %04u-%02u-%02u on\n"), name, again / 10000 % 10000,
		       again / 100 % 100, again % 100);
	if (no_more && no_more == today)
		printf(_("%s: gets in no more\n"), name);
	else if (no_more)
		printf(_("%s: gets in no more from %04u-%02u-%02u on\n"), name,
		       no_more / 10000 % 10000, no_more / 100 % 100, no_more % 100);
}

size_t undo_effect_show_people(const struct rosterfile *now, const struct rosterfile *before,
			       const struct peoplenames *codes, uint32_t today)
{
	static struct roster_person people[2];
	struct walk walk = {.rosters = {now, before}};
	const char *user;
	size_t count = 0;

	while ((user = next_user(&walk))) {
		struct import_change change;

		take(&walk, 0, user, &people[0]);
		take(&walk, 1, user, &people[1]);
		import_effect_change(&people[0], &people[1], peoplenames_have(codes, user), today,
				     &change);
		show(user, &change, today);
		count += change.in || change.out;
	}
	return count;
}
