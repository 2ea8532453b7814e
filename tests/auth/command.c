#include "command.h"

#include "folder.h"

#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

/* @in: what it reads; @out: where it speaks, the reader's end first. All are taken. */
static void start(char *const words[], uid_t uid, int in, const int out[static 2],
		  struct command *command)
{
	command->pid = fork();
	assert_true(command->pid >= 0);
	if (command->pid == 0) {
		if (dup2(in, 0) < 0 || dup2(out[1], 1) < 0 || dup2(out[1], 2) < 0 ||
		    (uid != 0 && setuid(uid) < 0))
			_exit(126);
		execv(words[0], words);
		_exit(127);
	}
	close(in);
	close(out[1]);
	command->out = out[0];
}

static void begin(const struct terminal *terminal, const char *name, const char *const words[],
		  uid_t uid, const int out[static 2], struct command *ret_command)
{
	char program[600], state[128], record[128];
	char *all[16] = {program, (char *)name};
	size_t count = 2;
	int in[2];

	*ret_command = (struct command){};
	snprintf(program, sizeof(program), "%s/sekisho", terminal->build);
	for (size_t i = 0; words[i]; i++)
		all[count++] = (char *)words[i];
	all[count++] = (char *)"--state";
	all[count++] = (char *)folder_path(terminal, "state", state);
	all[count++] = (char *)"--record";
	all[count++] = (char *)folder_path(terminal, "record.sock", record);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	start(all, uid, in[0], out, ret_command);
	ret_command->in = in[1];
}

void command_begin(const struct terminal *terminal, const char *name, const char *const words[],
		   uid_t uid, struct command *ret_command)
{
	int out[2];

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	begin(terminal, name, words, uid, out, ret_command);
}

void command_begin_on_screen(const struct terminal *terminal, const char *name,
			     const char *const words[], unsigned short lines,
			     unsigned short columns, struct command *ret_command)
{
	const struct winsize size = {.ws_row = lines, .ws_col = columns};
	int out[2];

	assert_int_equal(openpty(&out[0], &out[1], NULL, NULL, &size), 0);
	assert_int_equal(fcntl(out[0], F_SETFD, FD_CLOEXEC), 0);
	begin(terminal, name, words, 0, out, ret_command);
}

void command_hear(struct command *command, const char *wanted)
{
	size_t length = strlen(command->text);
	ssize_t got;

	while ((!wanted || !strstr(command->text, wanted)) &&
	       (got = read(command->out, command->text + length,
			   sizeof(command->text) - 1 - length)) > 0) {
		length += (size_t)got;
		command->text[length] = '\0';
	}
}

void command_say(const struct command *command, const char *words)
{
	assert_int_equal(write(command->in, words, strlen(words)), (ssize_t)strlen(words));
	assert_int_equal(write(command->in, "\n", 1), 1);
}

void command_end(struct command *command, int status)
{
	int ended;

	close(command->in);
	command_hear(command, NULL);
	close(command->out);
	ended = terminal_exit(command->pid);
	if (ended != status)
		print_error("exit %d:\n%s\n", ended, command->text);
	assert_int_equal(ended, status);
}

struct run command_run(char *const words[], uid_t uid, const char *input)
{
	struct command command = {};
	struct run run;
	int in[2], out[2];

	/* Typed beforehand: whoever does not read it may be gone by then. */
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(write(in[1], input, strlen(input)), (ssize_t)strlen(input));
	close(in[1]);
	start(words, uid, in[0], out, &command);
	command_hear(&command, NULL);
	close(command.out);
	run.status = terminal_exit(command.pid);
	memcpy(run.text, command.text, sizeof(run.text));
	return run;
}
