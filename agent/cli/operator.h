/* The subcommands of `sekisho operator`. */
#ifndef SEKISHO_CLI_OPERATOR_H
#define SEKISHO_CLI_OPERATOR_H

#include <stdint.h>

/* Where things lie, and the days that were given. */
struct operator_options {
	const char *socket, *now, *logind, *operators, *record;
	const char *from, *to; /* NULL: not given */
};

/* Who is the operator of the session that the command was called in. */
int operator_show(const struct operator_options *options);

/* Has authd ask the next person. */
int operator_change(const struct operator_options *options);

/* The file's lines; @account NULL: all. */
int operator_list(const struct operator_options *options, const char *account);

int operator_allow(const struct operator_options *options, const char *account, const char *person);
int operator_end(const struct operator_options *options, const char *account, const char *person);

#endif
