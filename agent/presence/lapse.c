#include "lapse.h"

#include "agent/auth/rosterfile.h"
#include "agent/auth/shared.h"
#include "cleanup.h"

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

static bool is_key(const struct roster_entry *entry, const struct login_note *note)
{
	return entry->credential_length == note->key_id_length &&
	       memcmp(entry->credential, note->key_id, note->key_id_length) == 0;
}

static enum failure judge(const struct standing *standing, const struct settings *settings,
			  const struct login_note *note)
{
	for (size_t i = 0; i < standing->person.n_entries; i++)
		if (is_key(&standing->person.entries[i], note))
			return standing_of(standing, settings, &standing->person.entries[i]);
	return FAILURE_NOT_ENROLLED;
}

/* The account's days, the operator's at it, and the key. False: it can't be judged. */
static bool judge_operator(const struct lapse *lapse, const struct standing *account,
			   const struct settings *settings, const struct login_note *note,
			   enum failure *ret_failure)
{
	const struct shared_places places = {lapse->files[LAPSE_OPERATORS],
					     lapse->files[LAPSE_ROSTER],
					     lapse->files[LAPSE_REVOKED], 0};
	struct shared shared = {};
	const bool judged =
		operators_share(places.operators, 0, note->person) >= 0 &&
		shared_find(&places, settings, note->user, account, &shared) == FAILURE_NONE &&
		/* An editor may be writing it anew. */
		access(places.operators, F_OK) == 0;

	*ret_failure = FAILURE_NOT_ENROLLED;
	for (size_t i = 0; judged && i < shared.n_usable + shared.n_unusable; i++)
		if (is_key(&shared.entries[i], note) &&
		    strcmp(shared.entries[i].user, note->person) == 0)
			*ret_failure = shared_reason(&shared, &shared.entries[i]);
	shared_release(&shared);
	return judged;
}

/* A look-up finds nobody whose line is out of order, which keeps a log-in out; here it would end
 * sessions by a slip of the hand. */
static bool is_whole(const char *path)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	struct config_error error = {};
	int r = rosterfile_load(path, 0, &roster, &error);

	if (r < 0)
		fprintf(stderr, "%s\n", error.text[0] ? error.text : strerror(-r));
	return r == 0;
}

bool lapse_of(const struct lapse *lapse, const struct settings *settings,
	      const struct login_note *note, const char **ret_reason)
{
	static struct standing standing;
	struct settings lenient = *settings;
	enum failure failure;

	/* An old list still says who stands in it. */
	lenient.max_revocation_age = 0;
	lenient.models[0] = '\0';
	if (standing_find(lapse->files[LAPSE_ROSTER], 0, lapse->files[LAPSE_REVOKED], &lenient,
			  note->user, lapse->day, &standing) != FAILURE_NONE)
		return false;
	if (!note->person[0])
		failure = judge(&standing, &lenient, note);
	else if (!judge_operator(lapse, &standing, &lenient, note, &failure))
		return false;
	if (failure == FAILURE_NOT_ENROLLED && !is_whole(lapse->files[LAPSE_ROSTER]))
		return false;
	*ret_reason = failure == FAILURE_NONE ? NULL : failure_rows[failure].name;
	return true;
}
