#include "lockplace.h"

#include "cleanup.h"
#include "file.h"
#include "storefile.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPAIR_LOCK ((off_t)LOCKPLACE_FILE_SIZE) /* a byte after the end */
#define REPAIR_MS   5000
#define SHARED	    1u

struct slot {
	uint64_t sequence; /* 0: never written */
	uint64_t digest;
	int64_t at;
	int64_t boot;
	uint32_t count;
	uint32_t origin;
	uint32_t caller;
	uint32_t flags;
	uint8_t check[DIGEST_CUT];
};
_Static_assert(sizeof(struct slot) == SLOTFILE_SLOT, "the slot is the file's format");

static const struct slotfile places = {LOCKPLACE_COUNT, offsetof(struct slot, sequence)};

/* All zeros while the file is of the right size would be a file in which nobody was ever wrong, so
 * the size is set last. */
static int write_anew(int fd, uint8_t *bytes)
{
	int r;

	for (unsigned int half = 0; half < 2; half++)
		memset(bytes + slotfile_offset(&places, LOCKPLACE_TERMINAL, half), 0xff,
		       (LOCKPLACE_NAMES - LOCKPLACE_TERMINAL) * SLOTFILE_SLOT);
	if (ftruncate(fd, (off_t)LOCKPLACE_FILE_SIZE + 1) < 0)
		return -errno;
	r = file_write_durable(fd, bytes, LOCKPLACE_FILE_SIZE, 0);
	if (r == 0 && (ftruncate(fd, (off_t)LOCKPLACE_FILE_SIZE) < 0 || fdatasync(fd) < 0))
		r = -errno;
	return r;
}

static int make_anew(int fd)
{
	uint8_t *bytes = calloc(1, LOCKPLACE_FILE_SIZE);
	int r;

	if (!bytes)
		return -ENOMEM;
	r = write_anew(fd, bytes);
	free(bytes);
	return r;
}

static int repair(int fd, bool *ret_repaired)
{
	struct stat status;
	int r;

	r = storefile_lock(fd, REPAIR_LOCK, wire_now() + REPAIR_MS);
	if (r < 0)
		return r;
	/* Another log-in may have done it while we waited. */
	r = fstat(fd, &status) < 0 ? -errno : 0;
	if (r == 0 && status.st_size != (off_t)LOCKPLACE_FILE_SIZE) {
		r = make_anew(fd);
		*ret_repaired = r == 0;
	}
	storefile_unlock(fd, REPAIR_LOCK);
	return r;
}

int lockplace_open(int dirfd, int *ret_fd, bool *ret_repaired)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	int r;

	*ret_repaired = false;
	r = storefile_open(dirfd, LOCKPLACE_FILE, LOCKPLACE_FILE_SIZE, ret_fd);
	if (r != -EINVAL)
		return r;
	fd = openat(dirfd, LOCKPLACE_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	r = repair(fd, ret_repaired);
	if (r == 0)
		*ret_fd = steal_fd(&fd);
	return r;
}

uint32_t lockplace_of_user(enum lockrule_origin origin, uint32_t caller, const char *user,
			   uint64_t *ret_digest)
{
	struct {
		uint32_t origin;
		uint32_t caller;
		char user[256];
	} key = {.origin = origin, .caller = origin == LOCKRULE_SESSION ? caller : 0};
	uint8_t digest[DIGEST_SIZE] = {};
	uint32_t place;

	snprintf(key.user, sizeof(key.user), "%s", user);
	/* Where it can't be had all names share a place, which is no name's good luck. */
	if (digest_of(&key, sizeof(key), digest) < 0)
		memset(digest, 0, sizeof(digest));
	memcpy(ret_digest, digest, sizeof(*ret_digest));
	memcpy(&place, digest + sizeof(*ret_digest), sizeof(place));
	return LOCKPLACE_NAMES + place % (LOCKPLACE_COUNT - LOCKPLACE_NAMES);
}

uint32_t lockplace_of_terminal(enum lockrule_origin origin, uint32_t caller)
{
	const uint32_t sessions = LOCKPLACE_TERMINAL + LOCKRULE_SESSION;

	if (origin != LOCKRULE_SESSION)
		return LOCKPLACE_TERMINAL + (uint32_t)origin;
	return sessions + caller % (LOCKPLACE_NAMES - sessions);
}

int lockplace_read(int fd, uint32_t index, struct lockplace *ret_place)
{
	enum slotfile_state state = SLOTFILE_DAMAGED;
	struct slot slot;
	int r;

	r = slotfile_read(&places, fd, index, &slot, &state);
	if (r < 0)
		return r;
	*ret_place = (struct lockplace){
		.index = index,
		.sequence = slot.sequence,
		.damaged = state == SLOTFILE_DAMAGED,
		.shared = slot.flags & SHARED,
		.digest = slot.digest,
		.origin = slot.origin,
		.caller = slot.caller,
		.count = slot.count > LOCKRULE_COUNT_MAX ? LOCKRULE_COUNT_MAX : slot.count,
		.at = slot.at,
		.boot = slot.boot,
	};
	return 0;
}

int lockplace_lock(int fd, uint32_t index, int64_t deadline, struct lockplace *ret_place)
{
	int r;

	r = slotfile_lock(fd, index, deadline);
	if (r < 0)
		return r;
	r = lockplace_read(fd, index, ret_place);
	if (r < 0)
		slotfile_unlock(fd, index);
	return r;
}

void lockplace_unlock(int fd, const struct lockplace *place)
{
	slotfile_unlock(fd, place->index);
}

int lockplace_store(int fd, struct lockplace *place)
{
	struct slot slot = {
		.sequence = slotfile_next(place->sequence),
		.digest = place->digest,
		.at = place->at,
		.boot = place->boot,
		.count = place->count,
		.origin = place->origin,
		.caller = place->caller,
		.flags = place->shared ? SHARED : 0,
	};
	int r;

	r = slotfile_write(&places, fd, place->index, &slot);
	if (r == 0)
		place->sequence = slot.sequence;
	return r;
}

int lockplace_sync(int fd)
{
	return slotfile_sync(fd);
}
