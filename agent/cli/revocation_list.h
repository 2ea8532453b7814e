/* The collector's list of what is revoked, for `sekisho status`. */
#ifndef SEKISHO_CLI_REVOCATION_LIST_H
#define SEKISHO_CLI_REVOCATION_LIST_H

#include <jansson.h>

/* @status: the agent's. @config: sekisho.conf(5), which says how old the list may be. */
void revocation_list_show(const json_t *status, const char *config);

#endif
