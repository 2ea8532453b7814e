/* The counts of wrong answers: a file of a fixed size, written in full when it is made and then
 * only overwritten in place (slotfile.h), so that a full disk neither locks anybody out nor lets a
 * guess go uncounted.
 *
 * A name's place is told by a digest and shared by names with the same one, known or not: nobody is
 * looked up, nothing is ever pushed out, and no name is in the file. */
#ifndef SEKISHO_LOCKPLACE_H
#define SEKISHO_LOCKPLACE_H

#include "lockrule.h"
#include "slotfile.h"

#include <stddef.h>
#include <sys/types.h>

#define LOCKPLACE_FILE	    "lockouts" /* in the state directory */
#define LOCKPLACE_COUNT	    8192u
#define LOCKPLACE_CLOCK	    0u /* see lockclock.h */
#define LOCKPLACE_TERMINAL  1u /* the first of those for all names together */
#define LOCKPLACE_NAMES	    256u /* the first of the names' */
#define LOCKPLACE_FILE_SIZE SLOTFILE_SIZE(LOCKPLACE_COUNT)

struct lockplace {
	uint32_t index;
	uint64_t sequence; /* of the newest slot, 0: never written */
	bool damaged; /* both slots: all else is 0 */
	bool shared; /* names with different digests were counted since it was 0 */
	uint64_t digest; /* of the last name that was counted */
	uint32_t origin; /* enum lockrule_origin, and the caller, of the last one */
	uint32_t caller;
	uint32_t count;
	int64_t at; /* on the clock of lockclock.h: of the last wrong answer; of the clock, its own
		     */
	int64_t boot; /* of the clock alone */
};

/* Opens the file below @dirfd, making it if it is missing. One of a wrong size is made anew, with
 * every place for a whole terminal damaged; *ret_repaired tells. The descriptor is the caller's,
 * one for each log-in, for locks belong to it. -EINVAL for what is no file, -EROFS, -ENOSPC,
 * -errno. */
int lockplace_open(int dirfd, int *ret_fd, bool *ret_repaired);

/* Where @user's wrong answers are counted; @caller is the loginuid where @origin is a session. */
uint32_t lockplace_of_user(enum lockrule_origin origin, uint32_t caller, const char *user,
			   uint64_t *ret_digest);

/* Where those of all names are counted. */
uint32_t lockplace_of_terminal(enum lockrule_origin origin, uint32_t caller);

/* Reads without a lock. */
int lockplace_read(int fd, uint32_t index, struct lockplace *ret_place);

/* Locks it until lockplace_unlock() or close, and reads. -ETIMEDOUT after @deadline (wire_now's
 * clock). */
int lockplace_lock(int fd, uint32_t index, int64_t deadline, struct lockplace *ret_place);
void lockplace_unlock(int fd, const struct lockplace *place);

/* Writes it, for other log-ins to see; on the disk only after lockplace_sync(). */
int lockplace_store(int fd, struct lockplace *place);
int lockplace_sync(int fd);

#endif
