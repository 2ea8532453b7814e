/* The subcommands of `sekisho`: a table, one small file each. To add one: write
 * agent/cli/NAME.c with command_NAME, declare it here, add a row in command.c. */
#ifndef SEKISHO_COMMAND_H
#define SEKISHO_COMMAND_H

#include <stddef.h>

/* What a subcommand returns is the program's exit status. */
enum command_status {
	COMMAND_OK = 0, /* done, or the answer is yes */
	COMMAND_NO = 1, /* the answer is no: damaged, refused, not found */
	COMMAND_ERROR = 2, /* wrong usage, or it could not be done */
};

struct command {
	const char *name;
	/* @argv[0] is the subcommand's name; getopt may be used, optind is 1. */
	int (*function)(int argc, char **argv);
	const char *synopsis; /* arguments only, not translated: "[--json] [--since TIME]" */
	const char *help; /* one line, marked with N_() */
};

extern const struct command commands[];
extern const size_t n_commands;

/* NULL if there is none of that name. */
const struct command *command_find(const char *name);

/* "sekisho NAME: MESSAGE" on standard error; returns COMMAND_ERROR. */
int command_fail(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a text and blanks up to a width in columns of the terminal, where a kanji takes two. */
void command_column(const char *text, int width);

/* "usage: sekisho NAME SYNOPSIS" on standard error; returns COMMAND_ERROR. */
int command_usage(const char *name);

int command_status(int argc, char **argv);
int command_devices(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_events(int argc, char **argv);
int command_key(int argc, char **argv);
int command_roster(int argc, char **argv);
int command_help(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_version(int argc, char **argv);
int command_enable(int argc, char **argv);
int command_confirm(int argc, char **argv);
int command_disable(int argc, char **argv);

#endif
