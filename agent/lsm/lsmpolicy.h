/* What the programs in the kernel refuse, by /etc/sekisho/lsm.conf: see sekisho-exits(7). */
#ifndef SEKISHO_LSMPOLICY_H
#define SEKISHO_LSMPOLICY_H

#include "config.h"

#include "agent/lsm/attempt.h"

#include <stdint.h>

#define LSMPOLICY_LIST_MAX 2048

struct lsmpolicy {
	char types[LSMPOLICY_LIST_MAX]; /* of file systems that may be mounted */
	char commands[LSMPOLICY_LIST_MAX]; /* services that may send raw commands to disks */
	char writes[LSMPOLICY_LIST_MAX]; /* services that may write to block devices */
	char families[LSMPOLICY_LIST_MAX]; /* of sockets that nobody may have */
};

/* What holds without a file, and where one is wrong. */
void lsmpolicy_defaults(struct lsmpolicy *policy);

/* Reads @path over the defaults; a missing one is well. With an error the defaults are in *policy.
 */
int lsmpolicy_load(const char *path, struct lsmpolicy *policy, struct config_error *error);

/* Calls @each with every word of @list; its first error below 0 ends that. -ENAMETOOLONG: a word
 * has
 * @size bytes or more. */
int lsmpolicy_words(const char *list, size_t size, int (*each)(void *user, const char *word),
		    void *user);

/* 1 << AF_... for each. -EINVAL: one is none of bluetooth, nfc, ieee802154, can, vsock. */
int lsmpolicy_families(const char *list, uint64_t *ret_families);

#endif
