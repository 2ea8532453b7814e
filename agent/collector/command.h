/* The subcommands of `sekisho-collector`. To add one: write agent/collector/NAME.c with
 * collector_NAME, declare it here, add a row in command.c. */
#ifndef SEKISHO_COLLECTOR_COMMAND_H
#define SEKISHO_COLLECTOR_COMMAND_H

#include "commandline.h"

#define COLLECTOR_DIRECTORY "/etc/sekisho-collector"
#define COLLECTOR_REVOKED   "revoked" /* below it: the list that was signed last */

extern const struct command_table collector_commands;

int collector_expire(int argc, char **argv);
int collector_revoke(int argc, char **argv);
int collector_setup(int argc, char **argv);
int collector_terminal(int argc, char **argv);
int collector_verify(int argc, char **argv);

#endif
