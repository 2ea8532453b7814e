#include "enrolled.h"
#include "authstate.h"

#include "otp_cli.h"

#include "cleanup.h"
#include "file.h"
#include "paths.h"

#include "agent/auth/otpstate.h"
#include "agent/auth/roster.h"
#include "agent/auth/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the roster says of @user: nothing, where there is no roster. */
static int read_person(const char *user, struct roster_person *person, const char **ret_wrong)
{
	_cleanup_close_ int fd = -1;
	int r;

	*ret_wrong = NULL;
	r = file_open_trusted(AT_FDCWD, SEKISHO_ROSTER, 0, &fd);
	if (r == 0)
		r = roster_find(fd, user, person, ret_wrong);
	return r == -ENOENT ? 0 : r;
}

int enrolled_key(const char *user, const char **ret_wrong)
{
	struct roster_person person = {};
	int r = read_person(user, &person, ret_wrong);

	for (size_t i = 0; r == 0 && i < person.n_entries; i++)
		if (roster_validity(&person.entries[i], person.periods, person.n_periods,
				    roster_today()) == ROSTER_VALID)
			return 0;
	return r < 0 ? r : -ENOKEY;
}

int enrolled_rights(const char *user, const char **ret_wrong)
{
	struct roster_person person = {};
	int r = read_person(user, &person, ret_wrong);

	if (r < 0)
		return r;
	return roster_period_validity(person.periods, person.n_periods, roster_today()) ==
			       ROSTER_VALID
		       ? 0
		       : -ENOKEY;
}

enum { CODE_GOOD, CODE_NONE, CODE_BLOCKED, CODE_UNREADABLE };

/* Whether the next code would be judged at all; as judge_locked() of otpfactor.c has it. */
static int look_at_tries(const char *state, const struct otp *otp)
{
	_cleanup_close_ int dirfd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_close_ int fd = -1;
	struct otpstate place = {};
	int r;

	if (dirfd >= 0)
		fd = openat(dirfd, TALLY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	/* Before the first log-in there are no counters. */
	r = fd < 0 ? -errno : otpstate_peek(fd, otp, &place);
	if (r == -ENOENT)
		return CODE_GOOD;
	if (r < 0) {
		fprintf(stderr, "%s/" TALLY_FILE ": %s\n", state, strerror(-r));
		return CODE_UNREADABLE;
	}
	return place.tries >= OTPSTATE_TRIES ? CODE_BLOCKED : CODE_GOOD;
}

static int look_at(const char *state, const struct otp_entry *entry, uint32_t day)
{
	return otpfile_validity(entry, day) == ROSTER_VALID ? look_at_tries(state, &entry->otp)
							    : CODE_NONE;
}

/* Other people's lines are not judged. */
static int look_alone(const char *state, const char *user, uint32_t day)
{
	_cleanup_otp_entry_ struct otp_entry entry = {};
	struct config_error error = {};
	int r = otpfile_find(state, user, &entry, &error);

	if (r < 0 && r != -ENOENT)
		fprintf(stderr, "%s\n", error.text[0] ? error.text : strerror(-r));
	return r < 0 ? CODE_NONE : look_at(state, &entry, day);
}

static int by_user(const void *user, const void *entry)
{
	return strcmp(user, ((const struct otp_entry *)entry)->user);
}

static int look_among(const char *state, const struct otpfile *file, const char *user, uint32_t day)
{
	const struct otp_entry *entry =
		bsearch(user, file->entries, file->count, sizeof(*file->entries), by_user);

	return entry ? look_at(state, entry, day) : CODE_NONE;
}

/* The exit status: one byte of each was written. */
static int look(const char *state, char *const *users, size_t count, uint32_t day, int fd)
{
	_cleanup_otpfile_ struct otpfile file = {};
	struct config_error error = {};
	FILE *out = fdopen(fd, "w");
	int r = out ? authstate_become_owner(state) : -errno;
	const bool whole = r == 0 && count > 1 && otpfile_load(state, &file, &error) == 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		putc(whole ? look_among(state, &file, users[i], day)
			   : look_alone(state, users[i], day),
		     out);
	return !out || fclose(out) != 0 || r < 0;
}

static int answer_of(int byte)
{
	switch (byte) {
	case CODE_GOOD:
		return 0;
	case CODE_BLOCKED:
		return -EKEYREJECTED;
	case CODE_UNREADABLE:
		return -EBADMSG;
	default:
		return -ENOKEY;
	}
}

static void read_answers(int fd, size_t count, int *ret_answers)
{
	FILE *in = fdopen(fd, "r");

	for (size_t i = 0; i < count; i++)
		ret_answers[i] = answer_of(in ? getc(in) : EOF);
	if (in)
		fclose(in);
	else
		close(fd);
}

void enrolled_codes(const char *state, char *const *users, size_t count, uint32_t day,
		    int *ret_answers)
{
	int pipes[2], status = -1;
	pid_t pid;

	for (size_t i = 0; i < count; i++)
		ret_answers[i] = -ENOKEY;
	fflush(NULL);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(pipes[0]);
		_exit(look(state, users, count, day, pipes[1]));
	}
	close(pipes[1]);
	read_answers(pipes[0], count, ret_answers);
	if (pid > 0)
		(void)waitpid(pid, &status, 0);
}

int enrolled_code(const char *state, const char *user, uint32_t day)
{
	char *const users[] = {(char *)user};
	int answer;

	enrolled_codes(state, users, 1, day, &answer);
	return answer;
}
