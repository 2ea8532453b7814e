#include "roster.h"

#include <errno.h>
#include <string.h>

/* What goes in must come out the same: a label from the command line is anybody's bytes. */
static int check(const struct roster_entry *entry)
{
	char line[ROSTER_LINE_MAX] = "";
	struct roster_entry back;
	const char *wrong;
	int r;

	r = roster_format(entry, line, sizeof(line));
	if (r == 0)
		r = roster_parse(line, strlen(line) - 1, &back, &wrong);
	if (r < 0)
		return r;
	return strcmp(back.user, entry->user) == 0 && strcmp(back.label, entry->label) == 0 &&
			       strcmp(back.category, entry->category) == 0
		       ? 0
		       : -EINVAL;
}

/* The person's key that was revoked first. NULL: none is. */
static struct roster_entry *oldest_revoked(struct roster_person *person)
{
	struct roster_entry *oldest = NULL;

	for (size_t i = 0; i < person->n_entries; i++) {
		struct roster_entry *entry = &person->entries[i];

		if (entry->revoked && (!oldest || entry->revoked < oldest->revoked))
			oldest = entry;
	}
	return oldest;
}

int roster_person_add(struct roster_person *person, const struct roster_entry *entry)
{
	int r;

	r = check(entry);
	if (r < 0)
		return r;
	for (size_t i = 0; i < person->n_entries; i++)
		if (person->entries[i].credential_length == entry->credential_length &&
		    memcmp(person->entries[i].credential, entry->credential,
			   entry->credential_length) == 0)
			return -EEXIST;
	if (person->n_entries == ROSTER_PER_USER) {
		struct roster_entry *oldest = oldest_revoked(person);

		if (!oldest)
			return -E2BIG;
		person->n_entries--;
		memmove(oldest, oldest + 1,
			(size_t)(person->entries + person->n_entries - oldest) * sizeof(*oldest));
	}
	person->entries[person->n_entries++] = *entry;
	return 0;
}
