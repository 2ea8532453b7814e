/* What the authenticator keeps: master key, PIN, counters, resident credentials. A text file of
 * `key value` lines, replaced as a whole at every change; a copy of it is a clone. */
#ifndef SOFTKEY_STORE_H
#define SOFTKEY_STORE_H

#include "credential.h"
#include "crypto.h"
#include "ctap.h"

#include <stdbool.h>

#define PIN_RETRIES_MAX 8 /* CTAP 2.1, 6.5.1 */
#define UV_RETRIES_MAX	5
#define PIN_HASH_SIZE	16 /* bytes: the left half of the PIN's SHA-256 */
#define RESIDENTS_MAX	16
#define USER_ID_MAX	64 /* bytes (WebAuthn, 5.4.3) */
#define USER_NAME_MAX	64 /* bytes; longer names are cut, as CTAP 2.1 6.1.2 allows */

struct resident {
	uint8_t id[CREDENTIAL_ID_SIZE];
	char rp[RP_ID_MAX + 1];
	uint8_t user[USER_ID_MAX];
	size_t user_length;
	char name[USER_NAME_MAX + 1];
	char display_name[USER_NAME_MAX + 1];
};

struct store {
	const char *path; /* NULL: in memory only; not owned */
	uint8_t master[SECRET_KEY];
	uint32_t counter; /* of the last signature */
	bool pin_set;
	uint8_t pin_hash[PIN_HASH_SIZE];
	unsigned int pin_retries;
	unsigned int uv_retries;
	bool force_pin_change;
	struct resident residents[RESIDENTS_MAX]; /* oldest first */
	size_t resident_count;
};

/* Reads @path, or makes a new state there if it does not exist. -EBADMSG for a file that is no
 * state, errors of open and write. */
int store_open(struct store *store, const char *path);

int store_save(const struct store *store);

/* As after CTAP2 reset: another master key, no PIN, no credential; the counter goes on. */
int store_reset(struct store *store);

/* Replaces one of the same relying party and user. -ENOSPC. Not saved. */
int store_add(struct store *store, const struct resident *resident);

#endif
