/* A folder with a file of wrong answers, for the tests of what stands in it. */
#ifndef TESTS_LOCK_FIXTURE_H
#define TESTS_LOCK_FIXTURE_H

#include "agent/auth/lockclock.h"
#include "agent/auth/lockplace.h"

#include "cleanup.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static int dirfd_here = -1;

static inline int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/sekisho-lockplace-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	dirfd_here = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd_here < 0 ? -1 : 0;
}

static inline int teardown(void **state)
{
	(void)state;
	unlinkat(dirfd_here, LOCKPLACE_FILE, 0);
	unlinkat(dirfd_here, LOCKPLACE_FILE, AT_REMOVEDIR);
	close(dirfd_here);
	return rmdir(directory);
}

static inline int open_file(bool repaired)
{
	bool was = !repaired;
	int fd = -1;

	assert_int_equal(lockplace_open(dirfd_here, &fd, &was), 0);
	assert_int_equal(was, repaired);
	return fd;
}

static inline struct lockplace lock(int fd, uint32_t index)
{
	struct lockplace place = {};

	assert_int_equal(lockplace_lock(fd, index, wire_now() + 1000, &place), 0);
	return place;
}

static inline off_t offset_of(uint32_t index, unsigned int half)
{
	return (off_t)((half * LOCKPLACE_COUNT + index) * SLOTFILE_SLOT);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
