#include "trial.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"
#include "program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#define TRIAL_TEXT_MAX 128
#define TRIAL_TIMER    "sekisho-rollback.timer"
#define LOCK_PAUSE_MS  100
#define LOCK_PAUSES    200 /* less than sekisho-rollback.service may take */

int trial_format(const struct trial *trial, char *text, size_t size)
{
	int length = snprintf(text, size, "session=%" PRIu32 "\nminutes=%" PRIu32 "\n",
			      trial->session, trial->minutes);

	return length < 0 || (size_t)length >= size ? -EMSGSIZE : 0;
}

/* The number of a line "NAME=NUMBER\n"; moves @at behind it. */
static int take_number(const char **at, const char *name, uint32_t *ret_value)
{
	size_t length = strlen(name);
	char digits[16];
	uint64_t value;
	size_t count;

	if (strncmp(*at, name, length) != 0 || (*at)[length] != '=')
		return -EINVAL;
	*at += length + 1;
	count = strcspn(*at, "\n");
	if (count >= sizeof(digits) || (*at)[count] != '\n')
		return -EINVAL;
	memcpy(digits, *at, count);
	digits[count] = '\0';
	if (number_parse(digits, 0, UINT32_MAX, &value) < 0)
		return -EINVAL;
	*at += count + 1;
	*ret_value = (uint32_t)value;
	return 0;
}

int trial_parse(const char *text, struct trial *ret_trial)
{
	struct trial trial;

	if (take_number(&text, "session", &trial.session) < 0 ||
	    take_number(&text, "minutes", &trial.minutes) < 0 || *text != '\0')
		return -EINVAL;
	*ret_trial = trial;
	return 0;
}

bool trial_is_new_session(const struct trial *trial, uint32_t session)
{
	return session != TRIAL_NO_SESSION && session > trial->session;
}

static int session_of(int proc, const char *name, uint32_t *ret_session)
{
	char path[64];
	char text[16];
	uint64_t value;
	int length;
	int r;

	length = snprintf(path, sizeof(path), "%s/sessionid", name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -EINVAL;
	r = file_read_line(proc, path, text, sizeof(text));
	if (r < 0)
		return r;
	r = number_parse(text, 0, UINT32_MAX, &value);
	if (r < 0)
		return r;
	*ret_session = (uint32_t)value;
	return 0;
}

int trial_own_session(uint32_t *ret_session)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return -errno;
	return session_of(proc, "self", ret_session);
}

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

int trial_highest_session(uint32_t *ret_session)
{
	_cleanup_(cleanup_closedir) DIR *proc = opendir("/proc");
	const struct dirent *entry;
	uint32_t highest = 0;

	if (!proc)
		return -errno;
	for (;;) {
		uint32_t session;

		errno = 0;
		entry = readdir(proc);
		if (!entry)
			break;
		/* A process that ended meanwhile has no session to tell. */
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    session_of(dirfd(proc), entry->d_name, &session) == 0 &&
		    session != TRIAL_NO_SESSION && session > highest)
			highest = session;
	}
	if (errno != 0)
		return -errno;
	*ret_session = highest;
	return 0;
}

static int open_directory(int *ret_fd)
{
	int fd = open(TRIAL_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int trial_lock(int *ret_fd)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	_cleanup_close_ int directory = -1;
	_cleanup_close_ int fd = -1;
	int r = open_directory(&directory);

	if (r < 0)
		return r;
	fd = openat(directory, TRIAL_LOCK,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK)
			return -errno;
		if (i == LOCK_PAUSES)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

int trial_begin(const struct trial *trial)
{
	_cleanup_close_ int directory = -1;
	char text[TRIAL_TEXT_MAX];
	char after[32];
	const char *const argv[] = {"/usr/bin/systemd-run",
				    "--quiet",
				    after,
				    "--timer-property=AccuracySec=1s",
				    "--unit=sekisho-rollback.service",
				    NULL};
	int r;

	r = trial_format(trial, text, sizeof(text));
	if (r < 0)
		return r;
	r = open_directory(&directory);
	if (r < 0)
		return r;
	snprintf(after, sizeof(after), "--on-active=%" PRIu32 "m", trial->minutes);
	r = file_write_atomic(directory, TRIAL_FILE, text, strlen(text), 0600);
	if (r < 0)
		return r;
	r = program_run(argv);
	if (r < 0) {
		unlinkat(directory, TRIAL_FILE, 0);
		return r;
	}
	return 0;
}

int trial_read(struct trial *ret_trial)
{
	_cleanup_close_ int directory = -1;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r;

	r = open_directory(&directory);
	if (r < 0)
		return r;
	r = file_open_trusted(directory, TRIAL_FILE, 0, &fd);
	if (r < 0)
		return r;
	r = file_read_all(fd, TRIAL_TEXT_MAX, &text, &length);
	if (r < 0)
		return r;
	return trial_parse(text, ret_trial);
}

static int take_away(bool ended)
{
	static const char *const argv[] = {"/bin/systemctl", "stop", TRIAL_TIMER, NULL};
	_cleanup_close_ int directory = -1;
	bool was = true;
	int r;

	r = open_directory(&directory);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (ended && unlinkat(directory, TRIAL_RUN_OUT, 0) < 0 && errno != ENOENT)
		return -errno;
	if ((ended ? unlinkat(directory, TRIAL_FILE, 0)
		   : renameat(directory, TRIAL_FILE, directory, TRIAL_RUN_OUT)) < 0) {
		if (errno != ENOENT)
			return -errno;
		was = false;
	}
	if (was && fsync(directory) < 0)
		return -errno;
	/* Without the file the timer has nothing to do, so a timer that stays is no failure. */
	if (was)
		program_run(argv);
	return 0;
}

int trial_end(void)
{
	return take_away(true);
}

int trial_run_out(void)
{
	return take_away(false);
}

/* One that can't be looked for counts as there. */
bool trial_ran_out(void)
{
	return faccessat(AT_FDCWD, TRIAL_DIRECTORY "/" TRIAL_RUN_OUT, F_OK, AT_SYMLINK_NOFOLLOW) ==
		       0 ||
	       errno != ENOENT;
}
