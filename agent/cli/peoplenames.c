#include "peoplenames.h"

#include "authstate.h"
#include "command.h"

#include "agent/auth/operators.h"
#include "agent/auth/otpfile.h"
#include "agent/auth/rosterfile.h"
#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void peoplenames_release(struct peoplenames *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct peoplenames){};
}

static int add(struct peoplenames *names, const char *name)
{
	char *copy;

	/* Lists are sorted by name, so that one name comes in a row. */
	if (names->count > 0 && strcmp(names->list[names->count - 1], name) == 0)
		return 0;
	if (names->count == names->room) {
		size_t room = names->room ? 2 * names->room : 256;
		char **grown = reallocarray(names->list, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		names->list = grown;
		names->room = room;
	}
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	names->list[names->count++] = copy;
	return 0;
}

static int add_roster(const char *command, const char *path, struct peoplenames *names)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	struct config_error error = {};
	int r = rosterfile_load(path, 0, &roster, &error);

	if (r < 0) {
		command_fail(command, "%s", error.text[0] ? error.text : strerror(-r));
		return COMMAND_NO;
	}
	for (size_t i = 0; r == 0 && i < roster.n_periods; i++)
		r = add(names, roster.periods[i].user);
	for (size_t i = 0; r == 0 && i < roster.count; i++)
		r = add(names, roster.entries[i].user);
	return r < 0 ? command_fail(command, "%s", strerror(-r)) : COMMAND_OK;
}

static int add_lines(const char *command, const char *path, const char *text,
		     struct peoplenames *names)
{
	unsigned int number = 1;
	int status = COMMAND_OK;

	for (const char *at = text, *end; (end = strchr(at, '\n')); at = end + 1, number++) {
		struct operator_row row;
		const char *wrong;

		if (at == end || *at == '#')
			continue;
		if (operators_parse(at, (size_t)(end - at), &row, &wrong) < 0) {
			command_fail(command, "%s:%u: %s", path, number, _(wrong));
			status = COMMAND_NO;
		} else if (add(names, row.account) < 0 || add(names, row.person) < 0) {
			return command_fail(command, "%s", strerror(ENOMEM));
		}
	}
	return status;
}

static int add_operators(const char *command, const char *path, struct peoplenames *names)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t length = 0;
	int r = file_open_trusted(AT_FDCWD, path, 0, &fd);

	if (r == 0)
		r = file_read_all(fd, OPERATORS_FILE_MAX, &text, &length);
	if (r == -ENOENT)
		return COMMAND_OK;
	if (r < 0 || !text) {
		command_fail(command, "%s: %s", path, strerror(-r));
		return COMMAND_NO;
	}
	return add_lines(command, path, text, names);
}

/* In a process of the seeds' owner's; each name ends with a zero byte. */
static int write_names(const char *state, int fd)
{
	_cleanup_otpfile_ struct otpfile file = {};
	struct config_error error = {};
	FILE *out = fdopen(fd, "w");
	int r = out ? authstate_become_owner(state) : -errno;

	if (r == 0)
		r = otpfile_load(state, &file, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", error.text[0] ? error.text : strerror(-r));
	for (size_t i = 0; r == 0 && i < file.count; i++)
		fwrite(file.entries[i].user, 1, strlen(file.entries[i].user) + 1, out);
	return !out || fclose(out) != 0 || r < 0;
}

static int read_names(int fd, struct peoplenames *names)
{
	_cleanup_free_ char *name = NULL;
	FILE *in = fdopen(fd, "r");
	size_t room = 0;
	int r = in ? 0 : -errno;

	while (r == 0 && getdelim(&name, &room, '\0', in) > 0)
		r = add(names, name);
	if (in)
		fclose(in);
	else
		close(fd);
	return r;
}

static int add_codes(const char *command, const char *state, struct peoplenames *names)
{
	int pipes[2], status = -1, r;
	pid_t pid;

	/* Before the first code was registered. */
	if (access(state, F_OK) < 0)
		return COMMAND_OK;
	fflush(NULL);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return command_fail(command, "%s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(pipes[0]);
		_exit(write_names(state, pipes[1]));
	}
	close(pipes[1]);
	r = read_names(pipes[0], names);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || r < 0)
		return command_fail(command, "%s", strerror(r < 0 ? -r : errno));
	return status == 0 ? COMMAND_OK : COMMAND_NO;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void keep_each_once(struct peoplenames *names)
{
	size_t kept = 0;

	if (names->count > 0)
		qsort(names->list, names->count, sizeof(*names->list), by_name);
	for (size_t i = 0; i < names->count; i++) {
		if (kept > 0 && strcmp(names->list[kept - 1], names->list[i]) == 0)
			free(names->list[i]);
		else
			names->list[kept++] = names->list[i];
	}
	names->count = kept;
}

int peoplenames_find_codes(const char *command, const char *state, struct peoplenames *ret_names)
{
	int status = add_codes(command, state, ret_names);

	keep_each_once(ret_names);
	return status;
}

bool peoplenames_have(const struct peoplenames *names, const char *name)
{
	return names->count > 0 &&
	       bsearch(&name, names->list, names->count, sizeof(*names->list), by_name);
}

int peoplenames_find(const char *command, const char *roster, const char *operators,
		     const char *state, struct peoplenames *ret_names)
{
	const int results[] = {add_roster(command, roster, ret_names),
			       add_operators(command, operators, ret_names),
			       add_codes(command, state, ret_names)};
	int worst = COMMAND_OK;

	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		worst = results[i] > worst ? results[i] : worst;
	keep_each_once(ret_names);
	return worst;
}
