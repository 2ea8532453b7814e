#include "lapse.h"

#include "agent/auth/standing.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

static bool same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec &&
	       one->st_ctim.tv_sec == other->st_ctim.tv_sec &&
	       one->st_ctim.tv_nsec == other->st_ctim.tv_nsec;
}

void lapse_listen(const struct lapse *lapse, int inotify)
{
	for (int i = 0; i < LAPSE_FILES; i++) {
		const char *slash = strrchr(lapse->files[i], '/');
		char folder[PATH_MAX];

		if (!slash)
			continue;
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - lapse->files[i]),
			 lapse->files[i]);
		inotify_add_watch(inotify, folder, IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
	}
}

bool lapse_turned(struct lapse *lapse, uint32_t today)
{
	bool turned = lapse->day != today;

	for (int i = 0; i < LAPSE_FILES; i++) {
		struct stat now;

		if (stat(lapse->files[i], &now) < 0)
			now = (struct stat){};
		turned |= !same(&lapse->seen[i], &now);
		lapse->seen[i] = now;
	}
	lapse->day = today;
	return turned;
}

static enum failure judge(const struct standing *standing, const struct settings *settings,
			  const struct login_note *note)
{
	for (size_t i = 0; i < standing->person.n_entries; i++) {
		const struct roster_entry *entry = &standing->person.entries[i];

		if (entry->credential_length == note->key_id_length &&
		    memcmp(entry->credential, note->key_id, note->key_id_length) == 0)
			return standing_of(standing, settings, entry);
	}
	return FAILURE_NOT_ENROLLED;
}

bool lapse_of(const struct lapse *lapse, const struct settings *settings,
	      const struct login_note *note, const char **ret_reason)
{
	static struct standing standing;
	struct settings any_age = *settings;
	enum failure failure;

	/* An old list still says who stands in it. */
	any_age.max_revocation_age = 0;
	if (standing_find(lapse->files[LAPSE_ROSTER], 0, lapse->files[LAPSE_REVOKED], &any_age,
			  note->person[0] ? note->person : note->user, lapse->day,
			  &standing) != FAILURE_NONE)
		return false;
	failure = judge(&standing, settings, note);
	*ret_reason = failure == FAILURE_NONE || failure == FAILURE_MODEL
			      ? NULL
			      : failure_rows[failure].name;
	return true;
}
