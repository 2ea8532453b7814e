/* Asks the agent something over control.sock. */
#ifndef SEKISHO_ASK_H
#define SEKISHO_ASK_H

#include <jansson.h>

/* The agent's answer to @verb as an array of objects, the caller's. NULL after telling @command's
 * user why on standard error. */
json_t *ask_agent(const char *command, const char *verb);

/* The same of another socket or with an argument, and nothing is told: 0, or -errno of the way
 * there or of the agent. */
int ask_verb(const char *socket, const char *verb, const char *argument, json_t **ret_lines);

/* Tells @command's user of such an error; returns COMMAND_ERROR. */
int ask_fail(const char *command, int error);

/* A member of an object as text, "" if it is missing or no text. */
const char *ask_text(const json_t *object, const char *key);

#endif
