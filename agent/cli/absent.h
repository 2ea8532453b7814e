/* A configuration that can't be read, told to whoever runs a command. */
#ifndef SEKISHO_ABSENT_H
#define SEKISHO_ABSENT_H

#include "config.h"

/* As command_fail(), of what settings_load() and its kin returned for @path; where that file is
 * missing, how it comes back. */
int absent_fail(const char *command, const char *path, int r, const struct config_error *error);

#endif
