/* The terminal's clock of waits, moved on. */
#ifndef TESTS_LOCK_TIME_H
#define TESTS_LOCK_TIME_H

#include "folder.h"

#include "agent/auth/lockplace.h"
#include "cleanup.h"
#include "wire.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Whoever runs the tests is in a session, perhaps; what is tried here is not. */
static inline int lock_time_no_session(void)
{
	char text[16] = "";
	int fd = open("/proc/self/loginuid", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) > 0 && strncmp(text, "4294967295", 10) != 0 &&
	    pwrite(fd, "4294967295", 10, 0) != 10) {
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

static inline int lock_time_open(const struct terminal *terminal)
{
	_cleanup_close_ int dirfd = folder_state(terminal);
	bool repaired = true;
	int fd = -1;

	assert_int_equal(lockplace_open(dirfd, &fd, &repaired), 0);
	assert_false(repaired);
	return fd;
}

/* The terminal runs for so long. */
static inline void lock_time_pass(const struct terminal *terminal, int64_t seconds)
{
	_cleanup_close_ int fd = lock_time_open(terminal);
	struct lockplace clock;

	assert_int_equal(lockplace_lock(fd, LOCKPLACE_CLOCK, wire_now() + 5000, &clock), 0);
	clock.at += seconds * 1000;
	assert_int_equal(lockplace_store(fd, &clock), 0);
}

/* How many wrong answers stand in the file, of all names. */
static inline uint32_t lock_time_wrong_answers(const struct terminal *terminal)
{
	_cleanup_close_ int fd = lock_time_open(terminal);
	uint32_t count = 0;

	for (uint32_t i = LOCKPLACE_NAMES; i < LOCKPLACE_COUNT; i++) {
		struct lockplace place;

		assert_int_equal(lockplace_read(fd, i, &place), 0);
		count += place.count;
	}
	return count;
}

#endif
