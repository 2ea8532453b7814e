#include "leavenote.h"

#include "caller.h"
#include "cleanup.h"
#include "file.h"
#include "loginnote.h"
#include "notefile.h"
#include "takeover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void describe_key(const struct leavenote *leave, const struct keyfactor *factor,
			 struct login_note *note)
{
	_cleanup_close_ int sysfs = open(leave->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct roster_entry *entry = factor->entry;
	char name[ROSTER_NAME_SIZE];

	if (factor->shared)
		memcpy(note->person, entry->user, sizeof(note->person));
	roster_name(entry, name);
	memcpy(note->credential, name, sizeof(name));
	memcpy(note->label, entry->label, sizeof(entry->label));
	memcpy(note->rp_id, leave->settings->rp_id, strlen(leave->settings->rp_id) + 1);
	note->key_id_length = entry->credential_length;
	memcpy(note->key_id, entry->credential, entry->credential_length);
	/* Gone again already: then nothing is written of it, and it counts as pulled out. */
	if (sysfs >= 0)
		hidkey_read(sysfs, factor->node, &note->key);
}

static int open_directory(const struct leavenote *leave)
{
	return open(leave->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Of whose key nobody asks, the log-in may still lift an end that a substitute's gave to the
 * session: only then are there notes. */
static bool may_lift(const struct leavenote *leave)
{
	DIR *directory = opendir(leave->directory);
	const struct dirent *entry;
	bool found = false;

	while (directory && !found && (entry = readdir(directory)))
		found = entry->d_name[0] != '.';
	if (directory)
		closedir(directory);
	return found;
}

/* By the clock that nobody sets. A day that no time is known of is over; never 0, which has no end.
 */
static int64_t end_of(uint32_t day, int64_t boottime_ms)
{
	const time_t end = roster_day_end(day), now = time(NULL);
	const int64_t at = end > now ? boottime_ms + (int64_t)(end - now) * 1000 : boottime_ms;

	return at > 0 ? at : 1;
}

enum failure leavenote_write(struct leavenote *leave, const struct keyfactor *factor,
			     uint32_t last_day)
{
	const bool watched = leave->settings->removal != SETTINGS_REMOVAL_NONE;
	const bool needed = watched || last_day != 0;
	_cleanup_close_ int directory = -1;
	struct timespec now;
	struct login_note note = {};
	int r;

	if (!loginnote_is_wanted(leave->hello->service) || (!needed && !may_lift(leave)))
		return FAILURE_NONE;
	/* What can't be known of them leads no session. */
	process_find(leave->pid, &note.asked);
	process_find(caller_parent(leave->pid), &note.parent);
	memcpy(note.id, leave->id, strlen(leave->id) + 1);
	memcpy(note.user, leave->hello->user, sizeof(note.user));
	memcpy(note.service, leave->hello->service, sizeof(note.service));
	memcpy(note.tty, leave->hello->tty, sizeof(note.tty));
	if (strcmp(note.service, TAKEOVER_SERVICE) == 0)
		snprintf(note.session, sizeof(note.session), "%s", leave->session);
	note.at_ms = wire_now();
	if (clock_gettime(CLOCK_BOOTTIME, &now) == 0)
		note.at_boottime_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	note.last_day = last_day;
	if (last_day != 0)
		note.ends_at_ms = end_of(last_day, note.at_boottime_ms);
	if (factor && watched)
		describe_key(leave, factor, &note);
	directory = open_directory(leave);
	r = directory < 0 ? -errno : loginnote_write(directory, &note);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", leave->directory, strerror(-r));
		return needed ? FAILURE_PRESENCE : FAILURE_NONE;
	}
	leave->written = true;
	return FAILURE_NONE;
}

void leavenote_open(const struct leavenote *leave)
{
	_cleanup_close_ int directory = leave->written ? open_directory(leave) : -1;
	int r;

	if (!leave->written)
		return;
	r = directory < 0 ? -errno : notefile_open(directory, leave->id);

	/* A session that begins is known by who leads it; a screen that was unlocked is locked
	 * again. */
	if (r < 0)
		fprintf(stderr, "%s/%s: %s\n", leave->directory, leave->id, strerror(-r));
}

void leavenote_withdraw(const struct leavenote *leave)
{
	_cleanup_close_ int directory = leave->written ? open_directory(leave) : -1;

	if (directory >= 0)
		notefile_remove(directory, leave->id);
}
