/* Of which groups of the machine's a person is a member, whatever NSS has them from. */
#ifndef SEKISHO_MEMBERSHIP_H
#define SEKISHO_MEMBERSHIP_H

#include "loginpolicy.h"

#include <sys/types.h>

#define MEMBERSHIP_GROUPS 4096 /* of one person */

/* Zero but for the name at the beginning; nothing is looked up before the first question. */
struct membership {
	const char *user;
	bool asked;
	bool failed; /* the person's groups can't be told */
	gid_t *groups;
	size_t count;
};

/* A loginpolicy_member_fn; @membership is the struct. A group that this machine does not know, or
 * can't look up now, is LOGINPOLICY_DOUBT for everybody. A name that is no account of the machine
 * is a member of none: nobody gets a session by it. */
enum loginpolicy_match membership_of(void *membership, const char *group);

void membership_release(struct membership *membership);
#define _cleanup_membership_ __attribute__((cleanup(membership_release)))

#endif
