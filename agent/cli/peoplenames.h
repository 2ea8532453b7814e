/* The names of all people who could log in. */
#ifndef SEKISHO_PEOPLENAMES_H
#define SEKISHO_PEOPLENAMES_H

#include <stdbool.h>
#include <stddef.h>

struct peoplenames {
	char **list; /* sorted, each once */
	size_t count, room;
};

/* Whom the roster, the file of operators or the file of codes below @state names; a missing one
 * names nobody. COMMAND_OK, COMMAND_NO for a wrong line, which leaves its name out, COMMAND_ERROR;
 * with a message of @command. root's alone. */
int peoplenames_find(const char *command, const char *roster, const char *operators,
		     const char *state, struct peoplenames *ret_names);

/* Whom the file of codes names alone. */
int peoplenames_find_codes(const char *command, const char *state, struct peoplenames *ret_names);

bool peoplenames_have(const struct peoplenames *names, const char *name);
void peoplenames_release(struct peoplenames *names);
#define _cleanup_peoplenames_ __attribute__((cleanup(peoplenames_release)))

#endif
