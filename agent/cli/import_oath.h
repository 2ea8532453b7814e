#ifndef SEKISHO_CLI_IMPORT_OATH_H
#define SEKISHO_CLI_IMPORT_OATH_H

#include "import.h"

/* The whole of `sekisho import users.oath`. */
int import_users_oath(const struct import_options *options);

#endif
