/* What of a log-in stands in authd's own state: waits, counters, codes, this terminal's key for the
 * telephone. Nothing is made or changed there, and no secret comes into root's memory. */
#include "loginview.h"

#include "authstate.h"
#include "enrolled.h"

#include "agent/auth/counter.h"
#include "agent/auth/locklist.h"
#include "agent/auth/phonecode.h"
#include "agent/auth/substituteplace.h"
#include "agent/auth/tally.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_forbidden(int r)
{
	return r == -EACCES || r == -EPERM;
}

/* Whose answers were wrong from afar waits from afar, and nowhere else: lockrule.h. */
static void look_at_waits(int dirfd, struct loginview *view)
{
	_cleanup_locklist_ struct locklist list = {};
	int r = dirfd < 0 ? dirfd : locklist_read(dirfd, &list);

	view->waits = is_forbidden(r) ? LOGINVIEW_UNSEEN : LOGINVIEW_NO;
	for (size_t i = 0; r == 0 && i < list.count; i++) {
		const struct locklist_entry *entry = &list.entries[i];
		const bool afar = entry->place.origin == LOCKRULE_AFAR;
		int64_t wait = 0;

		if (loginview_way(view) != FACTORS_HERE && !afar)
			continue;
		if (entry->terminal || locklist_is_of(entry, view->user))
			wait = locklist_wait(entry, &view->settings, view->user);
		if (loginview_way(view) == FACTORS_HERE && afar)
			view->afar_wait_ms = wait > view->afar_wait_ms ? wait : view->afar_wait_ms;
		else
			view->wait_ms = wait > view->wait_ms ? wait : view->wait_ms;
	}
	if (view->wait_ms > 0)
		view->waits = LOGINVIEW_YES;
}

/* As counter_open() judges it. */
static int check_size(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	return S_ISREG(status.st_mode) && status.st_size == (off_t)COUNTER_FILE_SIZE ? 0 : -EINVAL;
}

static int look_at_entries(int fd, const struct roster_entry *entries, size_t count,
			   struct loginview *view)
{
	for (size_t i = 0; i < count && i < SHARED_KEYS_MAX; i++) {
		int r = counter_is_suspect(fd, entries[i].credential, entries[i].credential_length,
					   &view->suspect[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* As substituteplace_use() takes none: by the day of all together. A person's own may be from
 * before a reset. */
static int look_at_day(int fd, struct loginview *view)
{
	const uint32_t today = view->moment.day;
	struct substituteplace place = {};
	int r = substituteplace_peek(fd, NULL, &place);

	if (r < 0 && r != -ENOENT)
		return r;
	view->substitute_late = today == 0 || (r == 0 && place.day > today);
	return 0;
}

int loginview_open_counters(int dirfd, int *ret_fd)
{
	_cleanup_close_ int fd =
		openat(dirfd, TALLY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int r = fd < 0 ? -errno : check_size(fd);

	if (r == 0)
		*ret_fd = steal_fd(&fd);
	return r;
}

static void look_at_counters(int dirfd, struct loginview *view)
{
	_cleanup_close_ int fd = -1;
	int r = dirfd < 0 ? dirfd : loginview_open_counters(dirfd, &fd);

	if (r == 0 && loginview_takes_keys(view))
		r = view->shared.is
			    ? look_at_entries(fd, view->shared.entries, view->shared.n_usable, view)
			    : look_at_entries(fd, view->standing.entries, view->standing.n_usable,
					      view);
	if (r == 0)
		r = look_at_day(fd, view);
	/* Where there are none yet, the first log-in makes them. */
	if (r == 0 || r == -ENOENT)
		view->counters = LOGINVIEW_YES;
	else
		view->counters = is_forbidden(r) ? LOGINVIEW_UNSEEN : LOGINVIEW_NO;
}

static void look_at_code(const char *state, const int *code, struct loginview *view)
{
	if (!view->settings.pairs.otp)
		return;
	if (geteuid() != 0) {
		view->code = LOGINVIEW_UNSEEN;
		return;
	}
	switch (code ? *code : enrolled_code(state, view->user, view->moment.day)) {
	case 0:
		view->code = LOGINVIEW_YES;
		break;
	case -EKEYREJECTED:
		view->code_why = FAILURE_OTP_BLOCKED;
		break;
	case -EBADMSG:
		view->code_why = FAILURE_COUNTER_STORE;
		break;
	default:
		view->code_why = FAILURE_OTP_NOT_ENROLLED;
	}
}

enum { TELEPHONE_GOOD, TELEPHONE_NOT_SET_UP, TELEPHONE_NOBODY };

/* The exit status; as telephone.c has it. */
static int try_telephone(const char *state, const char *path)
{
	static struct phonegroup group;
	_cleanup_phonecode_ struct phonecode_key key = {};
	_cleanup_close_ int dirfd = -1;
	const struct phonegroup_terminal *own;
	const char *wrong = NULL;
	unsigned int line = 0;
	int r = authstate_become_owner(state);

	if (r == 0)
		r = phonegroup_load(path, 0, &group, &line, &wrong);
	if (r == 0)
		dirfd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (r < 0 || dirfd < 0 || phonecode_load(dirfd, &key) < 0)
		return TELEPHONE_NOT_SET_UP;
	own = phonegroup_of_key(&group, key.public);
	for (size_t i = 0; own && i < group.count; i++)
		if (group.terminals[i].answers && &group.terminals[i] != own)
			return TELEPHONE_GOOD;
	return own ? TELEPHONE_NOBODY : TELEPHONE_NOT_SET_UP;
}

enum loginview_known loginview_look_at_telephone(const char *state, const char *group,
						 enum failure *ret_why)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0)
		return LOGINVIEW_UNSEEN;
	*ret_why = FAILURE_SUBSTITUTE_GROUP;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(try_telephone(state, group));
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return LOGINVIEW_NO;
	if (WEXITSTATUS(status) == TELEPHONE_NOBODY)
		*ret_why = FAILURE_ANSWER_WRONG;
	return WEXITSTATUS(status) == TELEPHONE_GOOD ? LOGINVIEW_YES : LOGINVIEW_NO;
}

void loginview_look_at_state(struct loginview *view, const char *state, const int *code)
{
	_cleanup_close_ int fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	const int dirfd = fd < 0 ? -errno : fd;

	/* Who has to wait on another day is not known. */
	if (!view->dated)
		look_at_waits(dirfd, view);
	look_at_counters(dirfd, view);
	look_at_code(state, code, view);
}
