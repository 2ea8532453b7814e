/* The subcommands of `sekisho`: a table, one small file each. To add one: write
 * agent/cli/NAME.c with command_NAME, declare it here, add a row in command.c. */
#ifndef SEKISHO_COMMAND_H
#define SEKISHO_COMMAND_H

#include "commandline.h"

extern const struct command_table sekisho_commands;

int command_status(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_check(int argc, char **argv);
int command_devices(int argc, char **argv);
int command_policy(int argc, char **argv);
int command_disks(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_why(int argc, char **argv);
int command_setup(int argc, char **argv);
int command_events(int argc, char **argv);
int command_key(int argc, char **argv);
int command_otp(int argc, char **argv);
int command_operator(int argc, char **argv);
int command_unlock(int argc, char **argv);
int command_checkpoint(int argc, char **argv);
int command_receipt(int argc, char **argv);
int command_revocations(int argc, char **argv);
int command_resend(int argc, char **argv);
int command_import(int argc, char **argv);
int command_export(int argc, char **argv);
int command_roster(int argc, char **argv);
int command_substitute(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_enable(int argc, char **argv);
int command_confirm(int argc, char **argv);
int command_disable(int argc, char **argv);

#endif
