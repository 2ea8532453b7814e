/* sekisho as a person runs it on the terminal: what is typed, and what it says. */
#ifndef TEST_COMMAND_H
#define TEST_COMMAND_H

#include "terminal.h"

struct command {
	pid_t pid;
	int in, out;
	char text[WORDS_MAX]; /* of both outputs */
};

/* What a program said, and how it ended. */
struct run {
	int status; /* terminal_exit() */
	char text[WORDS_MAX]; /* of both outputs */
};

/* Runs the program @words[0] as @uid (0: as who runs the tests) to its end; @input is typed. */
struct run command_run(char *const words[], uid_t uid, const char *input);

/* Runs sekisho @name @words --state ... --record ... as @uid. */
void command_begin(const struct terminal *terminal, const char *name, const char *const words[],
		   uid_t uid, struct command *ret_command);

/* The same, as root, on a screen of that size, which is where it says all. */
void command_begin_on_screen(const struct terminal *terminal, const char *name,
			     const char *const words[], unsigned short lines,
			     unsigned short columns, struct command *ret_command);

/* Reads until @wanted was said; NULL: to the end. */
void command_hear(struct command *command, const char *wanted);

/* Types a line. */
void command_say(const struct command *command, const char *words);

/* Types nothing more, and expects that it ends with @status. */
void command_end(struct command *command, int status);

#endif
