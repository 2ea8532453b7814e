/* Signature counters (CTAP 2.1 section 6.1, WebAuthn section 6.1.1): the last one seen of each
 * credential, so that a copied key is noticed.
 *
 * One file of a fixed size, written in full when it is made, then only overwritten in place with
 * fdatasync: a full disk can't stop it. An interrupted write leaves what was there (slotfile.h). */
#ifndef SEKISHO_COUNTER_H
#define SEKISHO_COUNTER_H

#include "slotfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTER_ENTRIES	  16384u /* credentials of one terminal */
#define COUNTER_FILE_SIZE SLOTFILE_SIZE(COUNTER_ENTRIES)
#define COUNTER_SUSPECT	  1u /* the counter went back once: the key is refused until IT clears it */
/* Of the flags: keys_instance() of the key when it signed, 0: not known. */
#define COUNTER_INSTANCE 0xfffffff0u

enum counter_judgement {
	COUNTER_FORWARD, /* greater than before: store it */
	COUNTER_ABSENT, /* 0 and always 0: the key has no counter */
	COUNTER_BACK, /* not greater: perhaps a copy */
};

/* A credential's counter, locked. */
struct counter {
	int fd; /* the table's, borrowed */
	uint32_t index; /* of the entry */
	uint8_t id[32]; /* SHA-256 of the credential id */
	uint64_t sequence; /* of the newest slot */
	uint32_t value;
	uint32_t flags; /* COUNTER_SUSPECT, COUNTER_INSTANCE */
};

/* Pure. */
enum counter_judgement counter_judge(uint32_t stored, uint32_t seen);

/* Opens the table @name below @dirfd, making it if it is missing. The descriptor is the caller's;
 * one for each log-in, for locks belong to it. -EINVAL if its size is wrong, -EROFS, -ENOSPC,
 * -errno. */
int counter_open(int dirfd, const char *name, int *ret_fd);

/* Finds or adds the credential's entry and locks it against other log-ins until close. -ETIMEDOUT
 * after @deadline (wire_now's clock), -ENOSPC when the table is full, -EBADMSG if both slots of the
 * entry are damaged. */
int counter_lock(int fd, const void *credential, size_t length, int64_t deadline,
		 struct counter *ret_counter);

/* Reads the credential's entry without locking anything; .fd can't be stored to. -ENOENT if there
 * is none, -EBADMSG as above. */
int counter_peek(int fd, const void *credential, size_t length, struct counter *ret_counter);

/* Whether the credential's entry, read so, is marked; one that is not there yet is not. -EBADMSG
 * and -errno as above. */
int counter_is_suspect(int fd, const void *credential, size_t length, bool *ret_suspect);

/* For who must not wait behind log-ins: counter_wanted() is true for them from now on until @fd is
 * closed. Locks nothing else. The errors are those of counter_lock(). */
int counter_claim(int fd, const void *credential, size_t length, int64_t deadline);

/* Whether another descriptor has claimed the entry. */
bool counter_wanted(const struct counter *counter);

/* Writes @value and @flags: durable when it returns 0. */
int counter_store(struct counter *counter, uint32_t value, uint32_t flags);

#endif
