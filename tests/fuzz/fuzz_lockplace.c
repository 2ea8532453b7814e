/* Any bytes as the places that a log-in reads. Whatever stands there, a wait ends in its time, and
 * a wrong answer is counted. */
#include "agent/auth/lockout.h"

#include "cleanup.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fd = -1;

static void put(uint32_t index, const uint8_t **data, size_t *size)
{
	for (unsigned int half = 0; half < 2; half++) {
		uint8_t slot[SLOTFILE_SLOT] = {};
		size_t length = *size < sizeof(slot) ? *size : sizeof(slot);

		memcpy(slot, *data, length);
		*data += length;
		*size -= length;
		if (pwrite(fd, slot, sizeof(slot),
			   (off_t)((half * LOCKPLACE_COUNT + index) * SLOTFILE_SLOT)) < 0)
			abort();
	}
}

static struct lockout begin(void)
{
	const struct settings settings = {.wrong_answers = 5, .longest_wait = 15};
	struct lockout lockout;

	/* Without a file to open; the places and rules are set all the same. */
	lockout_open(-1, &settings, false, UINT32_MAX, "hanako", &lockout);
	lockout.fd = fd;
	return lockout;
}

static void must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lockout lockout = begin();
	struct lockplace place;
	enum failure failure;

	if (fd < 0) {
		fd = memfd_create("lockouts", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, LOCKPLACE_FILE_SIZE) < 0)
			abort();
		lockout.fd = fd;
	}
	put(LOCKPLACE_CLOCK, &data, &size);
	put(lockout.user_place, &data, &size);
	put(lockout.terminal_place, &data, &size);
	failure = lockout_judge(&lockout);
	must(failure == FAILURE_NONE || failure == FAILURE_LOCKED ||
	     failure == FAILURE_TERMINAL_LOCKED);
	if (failure != FAILURE_NONE)
		must(lockout.wait_ms > 0 && lockout.wait_ms <= 900000);
	must(lockplace_read(fd, lockout.user_place, &place) == 0 && !place.damaged);
	must(failure != FAILURE_NONE || (place.count > 0 && place.count <= LOCKRULE_COUNT_MAX));
	must(lockout_settle(&lockout, FAILURE_OTP_WRONG) == FAILURE_OTP_WRONG);
	/* What was mended is so no more. */
	lockout = begin();
	lockout_check(&lockout);
	must(!lockout.damaged);
	return 0;
}
