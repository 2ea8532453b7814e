/* The words after pam_sekisho.so in a file of /etc/pam.d, which is root's. */
#ifndef SEKISHO_ARGUMENTS_H
#define SEKISHO_ARGUMENTS_H

#include "paths.h"

#include <stdbool.h>
#include <stddef.h>

#define ARGUMENTS_TIMEOUT     120 /* seconds, unless told otherwise */
#define ARGUMENTS_TIMEOUT_MIN 5
#define ARGUMENTS_TIMEOUT_MAX 600

struct arguments {
	const char *socket; /* authd's, an absolute path */
	const char *record; /* sekishod's, an absolute path */
	unsigned int timeout; /* seconds for the conversation with authd, without a call that it
				 gives more for */
	bool exempt; /* authd's root-owned exemptions count here */
	const char *account; /* services that need our verdict, "a,b"; NULL: all do */
};

struct argument_row {
	const char *name; /* of NAME=VALUE */
	/* 0 or -EINVAL. Keeps @value. */
	int (*set)(struct arguments *arguments, const char *value);
};

#define ARGUMENT_COUNT 5
extern const struct argument_row argument_rows[ARGUMENT_COUNT];

/* As they are without any word. */
#define ARGUMENTS_DEFAULT                                                                          \
	{                                                                                          \
		.socket = SEKISHO_AUTH_SOCKET, .record = SEKISHO_RECORD_SOCKET,                    \
		.timeout = ARGUMENTS_TIMEOUT,                                                      \
	}

/* 0, or -EINVAL and the offending word: not in the table, a wrong value, or given twice. Points
 * into @argv. Pure. */
int arguments_parse(int argc, const char **argv, struct arguments *ret_arguments,
		    const char **ret_bad);

/* Whether account management must find our verdict in this service. Pure. */
bool arguments_account(const struct arguments *arguments, const char *service);

#endif
