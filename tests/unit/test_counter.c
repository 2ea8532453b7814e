/* Signature counters: what is stored survives, an interrupted write loses nothing, a copy is seen.
 */
#include "agent/auth/counter.h"

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
#include <sys/wait.h>
#include <unistd.h>

static char directory[64];
static int dirfd_here = -1;

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/sekisho-counter-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	dirfd_here = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd_here < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(dirfd_here, "counters", 0);
	close(dirfd_here);
	return rmdir(directory);
}

static int open_table(void)
{
	int fd = -1;

	assert_int_equal(counter_open(dirfd_here, "counters", &fd), 0);
	return fd;
}

static struct counter lock(int fd, const char *credential)
{
	struct counter counter = {};

	assert_int_equal(
		counter_lock(fd, credential, strlen(credential), wire_now() + 1000, &counter), 0);
	return counter;
}

static void unlock(const struct counter *counter)
{
	slotfile_unlock(counter->fd, counter->index);
}

static void test_judge(void **state)
{
	(void)state;
	assert_int_equal(counter_judge(0, 0), COUNTER_ABSENT);
	assert_int_equal(counter_judge(0, 1), COUNTER_FORWARD);
	assert_int_equal(counter_judge(5, 6), COUNTER_FORWARD);
	assert_int_equal(counter_judge(5, UINT32_MAX), COUNTER_FORWARD);
	assert_int_equal(counter_judge(5, 5), COUNTER_BACK);
	assert_int_equal(counter_judge(5, 4), COUNTER_BACK);
	assert_int_equal(counter_judge(5, 0), COUNTER_BACK);
	assert_int_equal(counter_judge(UINT32_MAX, 0), COUNTER_BACK);
}

static void test_survives(void **state)
{
	struct stat before, after;

	(void)state;
	for (uint32_t i = 1; i <= 5; i++) {
		_cleanup_close_ int fd = open_table();
		struct counter counter = lock(fd, "key");

		assert_int_equal(counter.value, i - 1);
		assert_int_equal(counter_store(&counter, i, i == 5 ? COUNTER_SUSPECT : 0), 0);
	}
	_cleanup_close_ int fd = open_table();
	struct counter counter = lock(fd, "key");

	assert_int_equal(counter.value, 5);
	assert_int_equal(counter.flags, COUNTER_SUSPECT);
	/* L-07: a store takes no new space. */
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(before.st_size, COUNTER_FILE_SIZE);
	for (uint32_t i = 6; i < 20; i++)
		assert_int_equal(counter_store(&counter, i, 0), 0);
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(before.st_blocks, after.st_blocks);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_mode & 07777, 0600);
}

/* A write cut at any byte leaves the value before it. */
static void test_interrupted_write(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < SLOTFILE_SLOT; cut++) {
		_cleanup_close_ int fd = open_table();
		uint8_t old[SLOTFILE_SLOT], fresh[SLOTFILE_SLOT];
		struct counter counter = lock(fd, "key");
		uint32_t base = counter.value;
		off_t place;

		assert_int_equal(counter_store(&counter, base + 1, 0), 0);
		/* Where the next write goes: the half of even sequences is the second. */
		place = (off_t)counter.index * SLOTFILE_SLOT;
		if ((counter.sequence + 1) % 2 == 0)
			place += (off_t)COUNTER_ENTRIES * SLOTFILE_SLOT;
		assert_int_equal(pread(fd, old, sizeof(old), place), sizeof(old));
		assert_int_equal(counter_store(&counter, base + 2, 0), 0);
		assert_int_equal(pread(fd, fresh, sizeof(fresh), place), sizeof(fresh));
		memcpy(old, fresh, cut);
		assert_int_equal(pwrite(fd, old, sizeof(old), place), sizeof(old));
		unlock(&counter);
		counter = lock(fd, "key");
		/* Bytes that happen to be equal make the write whole. */
		if (memcmp(old, fresh, sizeof(old)) == 0)
			assert_int_equal(counter.value, base + 2);
		else
			assert_int_equal(counter.value, base + 1);
	}
}

/* Both slots damaged is no interrupted write: refused, never begun anew at zero. */
static void test_damage(void **state)
{
	_cleanup_close_ int fd = open_table();
	struct counter counter = lock(fd, "key");
	struct counter again;
	uint8_t byte;

	(void)state;
	assert_int_equal(counter_store(&counter, 7, 0), 0);
	unlock(&counter);
	for (unsigned int half = 0; half < 2; half++) {
		off_t place = (off_t)half * COUNTER_ENTRIES * SLOTFILE_SLOT +
			      (off_t)counter.index * SLOTFILE_SLOT + 40;

		assert_int_equal(pread(fd, &byte, 1, place), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, place), 1);
	}
	assert_int_equal(counter_lock(fd, "key", 3, wire_now() + 1000, &again), -EBADMSG);
}

/* Two log-ins with one key at once: the second waits and sees what the first stored. */
static void test_lock(void **state)
{
	_cleanup_close_ int fd = open_table();
	_cleanup_close_ int other = open_table();
	struct counter counter = lock(fd, "key");
	struct counter waiting;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(counter_lock(other, "key", 3, wire_now() + 50, &waiting), -ETIMEDOUT);
	waiting = lock(other, "another key");
	unlock(&waiting);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int own = -1;

		if (counter_open(dirfd_here, "counters", &own) < 0 ||
		    counter_lock(own, "key", 3, wire_now() + 60000, &waiting) < 0)
			_exit(2);
		_exit(waiting.value == 9 ? 0 : 1);
	}
	assert_int_equal(counter_store(&counter, 9, 0), 0);
	unlock(&counter);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_many_and_full(void **state)
{
	_cleanup_close_ int fd = open_table();
	struct counter counter;
	char name[32];

	(void)state;
	for (uint32_t i = 0; i < COUNTER_ENTRIES; i++) {
		snprintf(name, sizeof(name), "key %u", i);
		counter = lock(fd, name);
		assert_int_equal(counter.value, 0);
		if (i % 1000 == 0)
			assert_int_equal(counter_store(&counter, i + 1, 0), 0);
		unlock(&counter);
	}
	assert_int_equal(counter_lock(fd, "one more", 8, wire_now() + 1000, &counter), -ENOSPC);
	for (uint32_t i = 0; i < COUNTER_ENTRIES; i += 1000) {
		snprintf(name, sizeof(name), "key %u", i);
		counter = lock(fd, name);
		assert_int_equal(counter.value, i + 1);
		unlock(&counter);
	}
}

static void test_wrong_files(void **state)
{
	int fd = -1;
	int made = openat(dirfd_here, "counters", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)state;
	assert_true(made >= 0);
	assert_int_equal(write(made, "short", 5), 5);
	close(made);
	assert_int_equal(counter_open(dirfd_here, "counters", &fd), -EINVAL);
	assert_int_equal(unlinkat(dirfd_here, "counters", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", dirfd_here, "counters"), 0);
	assert_int_equal(counter_open(dirfd_here, "counters", &fd), -ELOOP);
	assert_int_equal(counter_open(-1, "counters", &fd), -EBADF);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test_setup_teardown(test_survives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupted_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_and_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
