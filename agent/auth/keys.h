/* The keys that are plugged in: nodes of /dev that udev gave to our group, one sekisho-token each.
 * Who comes and goes is told by inotify; nothing is polled. */
#ifndef SEKISHO_KEYS_H
#define SEKISHO_KEYS_H

#include "person.h"
#include "tokenchild.h"

#define KEYS_MAX 8 /* at once; further ones are not looked at */

enum key_state {
	KEY_NONE, /* the place is free */
	KEY_KNOWN, /* its child waits for keys_begin() */
	KEY_ASKED, /* a verb is under way */
	KEY_READY, /* a FIDO2 key, waits */
	KEY_USELESS, /* no FIDO2 key, or out of order; tried again when its node changes */
};

enum key_presence {
	KEY_UNASKED,
	KEY_HOLDS, /* one of the credentials asked for: .credential */
	KEY_LACKS,
	KEY_UNSURE, /* it refuses to tell without a touch or a PIN */
};

struct key {
	char name[16]; /* "hidraw3" */
	enum key_state state;
	uint64_t arrival; /* another number with each key that comes: a place is used again */
	struct tokenchild child;
	uint32_t verb; /* under way */
	int64_t deadline; /* its */
	bool busy; /* another program holds it */
	bool changed; /* its node changed while it was opened */
	struct token_reply info; /* to TOKEN_OPEN: .flags; once it is .informed: all */
	struct token_reply reply; /* to the last verb but TOKEN_OPEN */
	/* Kept by who asks, see keysearch.c. */
	enum key_presence presence;
	size_t credential;
	bool questioned; /* its answer was not judged yet */
	uint32_t instance; /* keys_instance(), before it was asked to sign */
	size_t from, count; /* the credentials that it was asked for */
};

struct keys {
	const char *directory; /* "/dev" */
	const char *program; /* sekisho-token */
	const struct tokenchild_user *user; /* of the children; NULL: as ourselves */
	int dirfd;
	int inotify;
	bool begun;
	struct key key[KEYS_MAX];
	uint64_t arrivals;
	int64_t first; /* when the first one was ready, 0: none yet */
	bool busy; /* one that is waited for is busy and nobody was told */
};

/* Starts watching, and a child for each key that is present, which leaves the key alone for now.
 * @user: see tokenchild_start(); it must outlive @keys. */
int keys_open(const char *directory, const char *program, const struct tokenchild_user *user,
	      struct keys *keys);

/* Before keys_begin(): takes in what .inotify told, which is readable. */
void keys_follow(struct keys *keys);

/* Opens all keys, those that come later too. */
void keys_begin(struct keys *keys);

/* Stops keys that wait for a touch, so that none blinks on. Whoever else has not answered yet is
 * not waited for. */
void keys_quiet(struct keys *keys);

/* Ends all children. Safe on a zeroed one. */
void keys_close(struct keys *keys);

/* Sends a verb to a ready key. */
int keys_ask(struct key *key, const struct token_request *request);

/* Asks a ready key for what TOKEN_OPEN does not tell. Two exchanges more with it, so this is for
 * those alone of whom a PIN or a finger is wanted, or a new credential. */
int keys_inform(struct key *key);

/* Stops what a key is doing, so that it no longer blinks; it is useless until its node changes. */
void keys_cancel(struct key *key);

/* Waits until something changed, the deadline is over (-ETIMEDOUT) or the person went away
 * (-ECANCELED) or spoke out of turn (-EBADMSG). A person with .fd -1 does neither. */
int keys_wait(struct keys *keys, const struct person *person, int64_t deadline);

/* Tells a key that stayed plugged in from one that came to the same place: the node's inode number
 * and the moment it was made, or udev last saw to it, digested. 0: not known. Two may, rarely, have
 * the same, and so has one that was swapped for its like while the machine slept (USB persistence):
 * it says whom to ask first, and proves nothing. */
uint32_t keys_instance(const struct keys *keys, const struct key *key);

/* How the last verb ended, once the key is no longer KEY_ASKED; its fields are in .reply. */
enum token_status keys_status(const struct key *key, enum token_verb verb);

/* How many are in a state. */
size_t keys_count(const struct keys *keys, enum key_state state);

#endif
