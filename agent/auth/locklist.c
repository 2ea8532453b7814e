#include "locklist.h"

#include "cleanup.h"
#include "lockclock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_terminal(uint32_t index)
{
	return index < LOCKPLACE_NAMES;
}

static int fill(int fd, struct locklist *list)
{
	int64_t now = 0;
	int r;

	r = lockclock_peek(fd, &now);
	for (uint32_t i = LOCKPLACE_TERMINAL; r == 0 && i < LOCKPLACE_COUNT; i++) {
		struct locklist_entry *entry = &list->entries[list->count];

		r = lockplace_read(fd, i, &entry->place);
		/* What is damaged, or ahead of the clock, is set right by the next log-in there. */
		entry->terminal = is_terminal(i);
		entry->passed = entry->place.at > now ? 0 : now - entry->place.at;
		list->count += entry->place.count > 0;
	}
	return r;
}

int locklist_read(int state_dirfd, struct locklist *ret_list)
{
	_cleanup_close_ int fd = openat(state_dirfd, LOCKPLACE_FILE,
					O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	int r;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size != (off_t)LOCKPLACE_FILE_SIZE)
		return -EINVAL;
	*ret_list = (struct locklist){
		.entries = calloc(LOCKPLACE_COUNT, sizeof(struct locklist_entry))};
	if (!ret_list->entries)
		return -ENOMEM;
	r = fill(fd, ret_list);
	if (r < 0)
		locklist_release(ret_list);
	return r;
}

void locklist_release(struct locklist *list)
{
	free(list->entries);
	*list = (struct locklist){};
}

static bool is_of(const struct lockplace *place, const char *user)
{
	uint64_t digest;

	if (is_terminal(place->index) || place->origin >= LOCKRULE_ORIGINS)
		return false;
	return lockplace_of_user((enum lockrule_origin)place->origin, place->caller, user,
				 &digest) == place->index;
}

bool locklist_is_of(const struct locklist_entry *entry, const char *user)
{
	return is_of(&entry->place, user);
}

int64_t locklist_wait(const struct locklist_entry *entry, const struct settings *settings,
		      const char *user)
{
	const enum lockrule_origin origin = (enum lockrule_origin)entry->place.origin;
	const struct lockrule rule =
		entry->terminal ? lockrule_terminal(settings->wrong_answers, origin, user)
				: lockrule_user(settings->wrong_answers, settings->longest_wait,
						origin, user);

	return lockrule_wait(&rule, entry->place.count, entry->passed);
}

/* A name's place, and its share of its terminal's. */
static int clear_user(int fd, const struct lockplace *found, int64_t deadline, uint64_t *tries)
{
	struct lockplace place, terminal;
	int r;

	r = lockplace_lock(fd, found->index, deadline, &place);
	if (r < 0)
		return r;
	r = lockplace_lock(
		fd, lockplace_of_terminal((enum lockrule_origin)found->origin, found->caller),
		deadline, &terminal);
	if (r == 0) {
		*tries += place.count;
		terminal.count = terminal.count > place.count ? terminal.count - place.count : 0;
		place.count = 0;
		r = lockplace_store(fd, &terminal);
		if (r == 0)
			r = lockplace_store(fd, &place);
		lockplace_unlock(fd, &terminal);
	}
	lockplace_unlock(fd, &place);
	return r;
}

static int clear_place(int fd, uint32_t index, int64_t deadline, uint64_t *tries)
{
	struct lockplace place;
	int r;

	r = lockplace_lock(fd, index, deadline, &place);
	if (r < 0)
		return r;
	if (!is_terminal(index))
		*tries += place.count;
	place.count = 0;
	place.damaged = false;
	r = lockplace_store(fd, &place);
	lockplace_unlock(fd, &place);
	return r;
}

int locklist_clear(int state_dirfd, const char *user, int64_t deadline, uint64_t *ret_tries)
{
	_cleanup_close_ int fd = -1;
	struct lockplace place;
	uint64_t tries = 0;
	bool repaired;
	int r;

	r = lockplace_open(state_dirfd, &fd, &repaired);
	for (uint32_t i = LOCKPLACE_TERMINAL; r == 0 && i < LOCKPLACE_COUNT; i++) {
		r = lockplace_read(fd, i, &place);
		if (r < 0)
			break;
		if (user && place.count > 0 && is_of(&place, user))
			r = clear_user(fd, &place, deadline, &tries);
		else if (!user && (place.count > 0 || place.damaged))
			r = clear_place(fd, i, deadline, &tries);
	}
	if (r == 0)
		r = lockplace_sync(fd);
	if (r == 0)
		*ret_tries = tries;
	return r;
}
