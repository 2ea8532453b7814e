/* The conversation of sekisho-presence and sekisho-lock on lock.sock: one packet of fixed size each
 * way. */
#ifndef SEKISHO_LOCKPROTO_H
#define SEKISHO_LOCKPROTO_H

#include <stdint.h>

#define LOCK_VERSION	 1
#define LOCK_SESSION_MAX 32

enum lock_verb {
	LOCK_SESSION = 1, /* its screen */
	LOCK_END, /* the session with all that runs in it */
	LOCK_VERB_COUNT
};

struct lock_request {
	uint32_t version;
	uint32_t verb; /* enum lock_verb */
	char session[LOCK_SESSION_MAX]; /* logind's name of it; zero-padded to its end */
};

struct lock_reply {
	uint32_t version;
	int32_t error; /* 0 or -errno; -ENXIO: there is no such session */
};

#endif
