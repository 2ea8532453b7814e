/* A running sekisho-token, as seen by who started it. */
#ifndef SEKISHO_TOKENCHILD_H
#define SEKISHO_TOKENCHILD_H

#include "tokenproto.h"

#include <sys/types.h>

struct tokenchild {
	pid_t pid; /* 0: none */
	int fd; /* valid while pid is not 0 */
};

/* Who the child is to be; for a root program that must not meet a token's bytes itself. */
struct tokenchild_user {
	uid_t uid;
	gid_t gid;
};

/* Runs @program for @device. @user NULL: as ourselves. The child ends when we do. -errno. */
int tokenchild_start(const char *program, const char *device, const struct tokenchild_user *user,
		     struct tokenchild *ret_child);

/* Sends a verb. The packet in between is wiped; the request is the caller's to wipe. */
int tokenchild_ask(const struct tokenchild *child, const struct token_request *request);

/* Takes one reply; a TOKEN_BUSY one is interim. -ECONNRESET if the child died. */
int tokenchild_answer(const struct tokenchild *child, struct token_reply *ret_reply,
		      int64_t deadline);

/* Ends it: lets it stop the token's blinking, then kills. Safe on a zeroed one. */
void tokenchild_stop(struct tokenchild *child);

#endif
