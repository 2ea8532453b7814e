#include "revoked.h"

#include "revocations.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

_Static_assert(ROSTER_NAME_SIZE == REVOCATIONS_KEY_DIGITS + 1, "what a key is called");

static void look_up(const struct revocations *list, const char *user,
		    const struct roster_person *person, struct revoked *revoked)
{
	char name[ROSTER_NAME_SIZE];

	revoked->person = revocations_have_person(list, user);
	for (size_t i = 0; i < person->n_entries; i++) {
		roster_name(&person->entries[i], name);
		if (revocations_have_key(list, name))
			memcpy(revoked->keys[revoked->n_keys++], name, sizeof(name));
	}
}

static enum failure check_age(const char *path, const struct settings *settings,
			      const struct revocations *list, time_t now)
{
	uint32_t days = revocations_age(list, now);

	if (settings->max_revocation_age == 0 || days <= settings->max_revocation_age)
		return FAILURE_NONE;
	fprintf(stderr, "%s: list %lld is %u days old\n", path, (long long)list->number, days);
	return FAILURE_REVOCATIONS_OLD;
}

enum failure revoked_find(const char *path, const struct settings *settings, const char *user,
			  const struct roster_person *person, time_t now,
			  struct revoked *ret_revoked)
{
	struct revocations list = {};
	enum failure failure;
	int r = revocations_load(path, &list);

	memset(ret_revoked, 0, sizeof(*ret_revoked));
	if (r == -ENOENT && settings->max_revocation_age == 0)
		return FAILURE_NONE;
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
		return r == -ENOENT ? FAILURE_REVOCATIONS_MISSING : FAILURE_REVOCATIONS;
	}
	failure = check_age(path, settings, &list, now);
	look_up(&list, user, person, ret_revoked);
	revocations_release(&list);
	return failure;
}

bool revoked_has(const struct revoked *revoked, const struct roster_entry *entry)
{
	char name[ROSTER_NAME_SIZE];

	if (revoked->n_keys == 0)
		return false;
	roster_name(entry, name);
	for (size_t i = 0; i < revoked->n_keys; i++)
		if (memcmp(revoked->keys[i], name, sizeof(name)) == 0)
			return true;
	return false;
}
