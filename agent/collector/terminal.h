/* sekisho-collector terminal: what its verbs share. */
#ifndef SEKISHO_COLLECTOR_TERMINAL_H
#define SEKISHO_COLLECTOR_TERMINAL_H

#include "namelist.h"

#include <stdbool.h>

struct terminal_options {
	const char *directory;
	const char *output;
	const char *from; /* file of names, or NULL */
	bool letters; /* as in struct issue */
};

/* Each returns an enum command_status. */
int terminal_give(const struct terminal_options *options, const struct namelist *list, bool renew);
int terminal_list(const struct terminal_options *options);

#endif
