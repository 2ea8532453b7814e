/* the file of wrong answers: what is stored survives, in the room it had; an interrupted
 * write loses no count; a restart ends no wait. */
#include "lock_fixture.h"

#include <sys/wait.h>
#include <time.h>

#define PLACE 1234u

static void test_survives(void **state)
{
	struct stat before, after;

	(void)state;
	for (uint32_t i = 1; i <= 6; i++) {
		_cleanup_close_ int fd = open_file(false);
		struct lockplace place = lock(fd, PLACE);

		assert_int_equal(place.count, i - 1);
		assert_int_equal(place.at, (i - 1) * 1000);
		place.count = i;
		place.at = (int64_t)i * 1000;
		place.shared = i == 6;
		assert_int_equal(lockplace_store(fd, &place), 0);
		assert_int_equal(lockplace_sync(fd), 0);
	}
	_cleanup_close_ int fd = open_file(false);

	assert_true(lock(fd, PLACE).shared);
	assert_int_equal(lock(fd, PLACE + 1).count, 0);
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(before.st_size, LOCKPLACE_FILE_SIZE);
	assert_true((size_t)before.st_blocks * 512 >= LOCKPLACE_FILE_SIZE);
	assert_int_equal(before.st_mode & 07777, 0600);
	/* L-07: a store takes no new space. */
	for (uint32_t i = 0; i < LOCKPLACE_COUNT; i++) {
		struct lockplace place = lock(fd, i);

		place.count++;
		assert_int_equal(lockplace_store(fd, &place), 0);
		assert_int_equal(lockplace_store(fd, &place), 0);
		lockplace_unlock(fd, &place);
	}
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_blocks, after.st_blocks);
}

/* A write cut at any byte leaves the count before it. */
static void test_interrupted_write(void **state)
{
	_cleanup_close_ int fd = open_file(false);

	(void)state;
	for (size_t cut = 1; cut < SLOTFILE_SLOT; cut++) {
		uint8_t old[SLOTFILE_SLOT], fresh[SLOTFILE_SLOT];
		struct lockplace place = lock(fd, PLACE);
		const uint32_t base = place.count;
		off_t at;

		place.count = base + 1;
		assert_int_equal(lockplace_store(fd, &place), 0);
		at = offset_of(PLACE, (place.sequence + 1) % 2 == 0);
		assert_int_equal(pread(fd, old, sizeof(old), at), sizeof(old));
		place.count = base + 2;
		assert_int_equal(lockplace_store(fd, &place), 0);
		assert_int_equal(pread(fd, fresh, sizeof(fresh), at), sizeof(fresh));
		memcpy(old, fresh, cut);
		assert_int_equal(pwrite(fd, old, sizeof(old), at), sizeof(old));
		lockplace_unlock(fd, &place);
		place = lock(fd, PLACE);
		assert_false(place.damaged);
		assert_int_equal(place.count,
				 memcmp(old, fresh, sizeof(old)) == 0 ? base + 2 : base + 1);
		lockplace_unlock(fd, &place);
	}
}

static int64_t since_start(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* As it was noted down last: what it told, and for how long the machine had run then. */
static void note_clock(int fd, int64_t at, int64_t boot)
{
	struct lockplace clock = lock(fd, LOCKPLACE_CLOCK);

	clock.at = at;
	clock.boot = boot;
	assert_int_equal(lockplace_store(fd, &clock), 0);
	lockplace_unlock(fd, &clock);
}

/* Tells what it told before, @at, and what runs since @then of this start. */
static int64_t tell_clock(int fd, int64_t at, int64_t then)
{
	int64_t before = since_start();
	int64_t now = -1;

	assert_int_equal(lockclock_now(fd, wire_now() + 1000, &now), 0);
	assert_in_range(now, at + before - then, at + since_start() - then);
	return now;
}

/* Over restarts: the time since the start begins again, the clock does not. */
static void test_restarts(void **state)
{
	_cleanup_close_ int fd = open_file(false);
	int64_t now = -1, then;

	(void)state;
	assert_int_equal(lockclock_now(fd, wire_now() + 1000, &now), 0);
	assert_int_equal(now, 0);
	then = since_start() - 500;
	note_clock(fd, 10000, then);
	now = tell_clock(fd, 10000, then);
	/* What was told is noted down with it. */
	assert_int_equal(lock(fd, LOCKPLACE_CLOCK).at, now);
	then = lock(fd, LOCKPLACE_CLOCK).boot;
	now = tell_clock(fd, now, then);
	/* A start that has not run for as long yet. */
	note_clock(fd, now, since_start() + 60000);
	now = tell_clock(fd, now, 0);
	/* Switched off and on all the time, only what ran counts. */
	for (int i = 0; i < 100; i++) {
		note_clock(fd, now, since_start() + 60000);
		now = tell_clock(fd, now, 0);
	}
}

/* Who waits for the clock while another log-in moves it on is no restart: else two log-ins at once
 * would end every wait. */
static void test_clock_at_once(void **state)
{
	_cleanup_close_ int fd = open_file(false);
	struct lockplace clock = lock(fd, LOCKPLACE_CLOCK);
	int64_t now = -1;
	int status = -1;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		int own = -1;
		bool repaired;

		if (lockplace_open(dirfd_here, &own, &repaired) < 0 ||
		    lockclock_now(own, wire_now() + 60000, &now) < 0)
			_exit(2);
		_exit(now >= 60000);
	}
	usleep(200000);
	clock.boot = since_start();
	assert_int_equal(lockplace_store(fd, &clock), 0);
	lockplace_unlock(fd, &clock);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_places(void **state)
{
	uint64_t one, other;
	uint32_t place = lockplace_of_user(LOCKRULE_DOOR, 0, "hanako", &one);

	(void)state;
	assert_in_range(place, LOCKPLACE_NAMES, LOCKPLACE_COUNT - 1);
	assert_int_equal(lockplace_of_user(LOCKRULE_DOOR, 7, "hanako", &other), place);
	assert_int_equal(one, other);
	assert_int_not_equal(lockplace_of_user(LOCKRULE_AFAR, 0, "hanako", &other), place);
	assert_int_not_equal(lockplace_of_user(LOCKRULE_DOOR, 0, "Hanako", &other), place);
	place = lockplace_of_user(LOCKRULE_SESSION, 1000, "hanako", &one);
	assert_int_not_equal(lockplace_of_user(LOCKRULE_SESSION, 1001, "hanako", &other), place);
	assert_int_not_equal(one, other);
	assert_int_not_equal(lockplace_of_terminal(LOCKRULE_DOOR, 0),
			     lockplace_of_terminal(LOCKRULE_AFAR, 0));
	for (uint32_t uid = 0; uid < 1000; uid++)
		assert_in_range(lockplace_of_terminal(LOCKRULE_SESSION, uid),
				LOCKPLACE_TERMINAL + LOCKRULE_SESSION, LOCKPLACE_NAMES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_survives), CASE(test_interrupted_write),
		CASE(test_restarts), CASE(test_clock_at_once),
		CASE(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
