/* A program of subcommands: a table, one small file each. */
#ifndef SEKISHO_COMMANDLINE_H
#define SEKISHO_COMMANDLINE_H

#include <getopt.h>
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

struct command_table {
	const char *program; /* its name, and that of its catalogue of translations */
	const struct command *rows;
	size_t count;
};

/* A program's main: its language, its subcommand, its exit status. @table stays the caller's and
 * is what the functions below speak of. */
int commandline_run(const struct command_table *table, int argc, char **argv);

/* NULL if there is none of that name. */
const struct command *command_find(const struct command_table *table, const char *name);

/* "PROGRAM NAME: MESSAGE" on standard error, where that is a terminal in lines that fit it; returns
 * COMMAND_ERROR. */
int command_fail(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* getopt_long(3), which says what is wrong with an option in the person's language. */
int command_option(int argc, char **argv, const char *letters, const struct option *names);

/* Says on standard error which of the words given is wrong, unless command_option() did, and the
 * usage, of that verb alone where there is one; returns COMMAND_ERROR. */
int command_usage(const char *name);

/* Prints a text and blanks up to a width in columns of the terminal, where a kanji takes two. */
void command_column(const char *text, int width);

/* Subcommands that every program has. */
int command_help(int argc, char **argv);
int command_version(int argc, char **argv);

#endif
