/* Challenges: a keyboard whose section says Access=challenge works once a person has typed on it
 * what the screen shows. Here are those under way; sekisho-challenge reads the keyboards. Nothing
 * waits. */
#ifndef SEKISHO_CHALLENGE_H
#define SEKISHO_CHALLENGE_H

#include "challengeproto.h"
#include "facts.h"

#include <jansson.h>
#include <poll.h>
#include <sys/types.h>

#define CHALLENGES_MAX	    4 /* at once, each with a code of its own */
#define CHALLENGE_SECONDS   60
#define CHALLENGE_TRIES	    3
#define CHALLENGE_HOURLY    3 /* not passed, of one port of the machine, whatever hangs on it */
#define CHALLENGE_BEGUN_MAX 64 /* remembered for an hour; beyond that nobody is asked */
#define CHALLENGE_HOUR_MS   3600000

struct challenge {
	int fd; /* to its reader */
	uint64_t inode; /* the device's; 0: free */
	char device[FACTS_NAME_MAX];
	char name[FACTS_TEXT_MAX]; /* what it calls itself */
	char code[CHALLENGE_DIGITS + 1]; /* in no event and no log */
	int64_t until; /* wire_now() */
};

struct challenge_begun {
	char port[FACTS_NAME_MAX]; /* "1-2" for "1-2.4": "" is free */
	int64_t at;
};

/* Zeroed but for .socket: none. */
struct challenges {
	const char *socket; /* sekisho-challenge's */
	uid_t owner; /* whose that has to be: root's */
	uint64_t total; /* begun so far */
	struct challenge list[CHALLENGES_MAX];
	struct challenge_begun begun[CHALLENGE_BEGUN_MAX];
};

/* True if a device at @name may be asked now: counted then. False also if as many are under way as
 * can be. */
bool challenge_allow(struct challenges *challenges, const char *name, int64_t now);

/* The last one that was allowed of the port was passed: it doesn't count. */
void challenge_passed(struct challenges *challenges, const char *name);

/* Hands @usb, which stays the caller's, to a reader. @interface is the claimed one's name below
 * @devices. 0 or -errno. */
int challenge_begin(struct challenges *challenges, int devices, const struct device_facts *facts,
		    const char *interface, int usb, int64_t now);

bool challenge_is_under_way(const struct challenges *challenges, uint64_t inode);

size_t challenge_count(const struct challenges *challenges);

/* Ends it untold, if there is one. */
void challenge_cancel(struct challenges *challenges, uint64_t inode);

/* Fills in at most CHALLENGES_MAX; returns how many. */
size_t challenge_poll(const struct challenges *challenges, struct pollfd *polls);
int64_t challenge_deadline(const struct challenges *challenges);

/* One that has ended: its device's inode, and how (enum challenge_outcome; @ret_error: -errno). It
 * is forgotten. 0: none. To be called until then. */
uint64_t challenge_take(struct challenges *challenges, int64_t now,
			enum challenge_outcome *ret_outcome, int *ret_error);

/* Those under way as an array of objects: device, name, code, seconds. NULL: no memory. */
json_t *challenge_tell(const struct challenges *challenges, int64_t now);

#endif
