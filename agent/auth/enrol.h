/* Makes a credential on a key that is plugged in. What the token says is read by a child of another
 * user; only bounded fields come back. */
#ifndef SEKISHO_ENROL_H
#define SEKISHO_ENROL_H

#include "keys.h"
#include "roster.h"
#include "secret.h"

#define ENROL_TOUCH_MS 60000

/* Waits until exactly one key is ready, and has it tell all of its information. -ETIMEDOUT;
 * -ENOTUNIQ if there are several; -ENODEV if it does not tell. */
int enrol_wait(struct keys *keys, int64_t deadline, struct key **ret_key);

/* What to ask for. */
struct enrolment {
	const char *rp_id;
	const char *user;
	const struct roster_entry *held; /* the user's; those not revoked must not be on the key */
	size_t n_held;
	const struct secret *pin; /* NULL: none */
	bool finger; /* verify by the token's own means */
};

/* Has the key make it. TOKEN_OK and the entry's credential, key, algorithm, model and attestation;
 * else why not. @ret_left: tries left after a wrong PIN, 0 if not known. */
enum token_status enrol_make(struct keys *keys, struct key *key, const struct enrolment *enrolment,
			     struct roster_entry *ret_entry, unsigned int *ret_left);

#endif
