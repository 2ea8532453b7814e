/* which answers count, for whom, and until when; damage lets no guess go uncounted and shuts
 * nobody out for good. */
#include "lock_fixture.h"

#include "agent/auth/lockout.h"

static const struct settings settings = {.wrong_answers = 5, .longest_wait = 15};

static void damage(int fd, uint32_t index, unsigned int half)
{
	uint8_t byte;
	off_t at = offset_of(index, half) + 20;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static struct lockout open_lockout(const char *user)
{
	struct lockout lockout;

	assert_int_equal(lockout_open(dirfd_here, &settings, true, 0, user, &lockout),
			 FAILURE_NONE);
	return lockout;
}

static enum failure try(const char *user, enum failure failure)
{
	struct lockout lockout = open_lockout(user);
	enum failure r = lockout_judge(&lockout);

	if (r == FAILURE_NONE)
		r = lockout_settle(&lockout, failure);
	lockout_close(&lockout);
	return r;
}

static struct lockplace user_place(const char *user)
{
	struct lockout lockout = open_lockout(user);
	struct lockplace place;

	assert_int_equal(lockplace_read(lockout.fd, lockout.user_place, &place), 0);
	lockout_close(&lockout);
	return place;
}

static uint32_t count_of(const char *user)
{
	return user_place(user).count;
}

static uint32_t count_of_terminal(void)
{
	struct lockout lockout = open_lockout("x");
	struct lockplace place;

	assert_int_equal(lockplace_read(lockout.fd, lockout.terminal_place, &place), 0);
	lockout_close(&lockout);
	return place.count;
}

/* So long passes. */
static void let_pass(int64_t ms)
{
	_cleanup_close_ int fd = open_file(false);
	struct lockplace clock = lock(fd, LOCKPLACE_CLOCK);

	clock.at += ms;
	assert_int_equal(lockplace_store(fd, &clock), 0);
}

/* What is damaged is taken to have used up the free answers: one wait, then it goes on. */
static void test_damaged_place(void **state)
{
	struct lockout lockout = open_lockout("hanako");
	uint32_t place = lockout.user_place;

	(void)state;
	assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	damage(lockout.fd, place, 0);
	damage(lockout.fd, place, 1);
	assert_int_equal(lockout_check(&lockout), FAILURE_LOCKED);
	assert_true(lockout.damaged);
	assert_in_range(lockout.wait_ms, 1, 30000);
	lockout_close(&lockout);
	lockout = open_lockout("hanako");
	assert_int_equal(lockout_check(&lockout), FAILURE_LOCKED);
	assert_false(lockout.damaged);
	lockout_close(&lockout);
	/* Others are not held up. */
	assert_int_equal(try("jiro", FAILURE_NONE), FAILURE_NONE);
	let_pass(30000);
	assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	assert_int_equal(count_of("hanako"), 6);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_LOCKED);
	let_pass(60000);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_NONE);
	assert_int_equal(count_of("hanako"), 0);
}

/* Then it begins at 0, and what is ahead of it waits once more, not for as long as it was ahead. */
static void test_damaged_clock(void **state)
{
	_cleanup_close_ int fd = -1;

	(void)state;
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_NONE);
	let_pass(1000000000);
	for (int i = 0; i < 5; i++)
		assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	let_pass(30000);
	fd = open_file(false);
	damage(fd, LOCKPLACE_CLOCK, 0);
	damage(fd, LOCKPLACE_CLOCK, 1);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_LOCKED);
	let_pass(20000);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_LOCKED);
	let_pass(10000);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_NONE);
}

/* A file of another size is made anew: guesses are slow from the first on, for a while. */
static void test_wrong_size(void **state)
{
	static const off_t sizes[] = {0,
				      1,
				      100,
				      LOCKPLACE_FILE_SIZE - 1,
				      LOCKPLACE_FILE_SIZE + 1,
				      3 * LOCKPLACE_FILE_SIZE};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct lockout lockout;
		struct stat status;
		int fd = openat(dirfd_here, LOCKPLACE_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, sizes[i]), 0);
		close(fd);
		lockout = open_lockout("hanako");
		assert_true(lockout.damaged);
		assert_int_equal(lockout_check(&lockout), FAILURE_TERMINAL_LOCKED);
		assert_in_range(lockout.wait_ms, 1, 5000);
		assert_int_equal(fstat(lockout.fd, &status), 0);
		assert_int_equal(status.st_size, LOCKPLACE_FILE_SIZE);
		assert_true((size_t)status.st_blocks * 512 >= LOCKPLACE_FILE_SIZE);
		lockout_close(&lockout);
		let_pass(5000);
		assert_int_equal(try("jiro", FAILURE_OTP_WRONG), FAILURE_OTP_WRONG);
		assert_int_equal(try("taro", FAILURE_NONE), FAILURE_TERMINAL_LOCKED);
		let_pass(10000);
		assert_int_equal(try("taro", FAILURE_NONE), FAILURE_NONE);
	}
}

/* No file at all: closed, and named so. */
static void test_no_file(void **state)
{
	struct lockout lockout;

	(void)state;
	assert_int_equal(mkdirat(dirfd_here, LOCKPLACE_FILE, 0700), 0);
	assert_int_equal(lockout_open(dirfd_here, &settings, false, 0, "hanako", &lockout),
			 FAILURE_COUNTER_STORE);
	lockout_close(&lockout);
	assert_int_equal(unlinkat(dirfd_here, LOCKPLACE_FILE, AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("/dev/null", dirfd_here, LOCKPLACE_FILE), 0);
	assert_int_equal(lockout_open(dirfd_here, &settings, false, 0, "hanako", &lockout),
			 FAILURE_COUNTER_STORE);
	assert_int_equal(lockout_open(-1, &settings, false, 0, "hanako", &lockout),
			 FAILURE_COUNTER_STORE);
}

static void test_settled(void **state)
{
	(void)state;
	for (int i = FAILURE_BROKEN; i < FAILURE_COUNT; i++) {
		const uint32_t before = i % 4;
		const uint32_t counted = failure_rows[i].counts ? before + 1 : before;
		char user[16];

		snprintf(user, sizeof(user), "user%d", i);
		for (uint32_t j = 0; j < before; j++)
			assert_int_equal(try(user, FAILURE_OTP_WRONG), FAILURE_OTP_WRONG);
		assert_int_equal(try(user, (enum failure)i), i);
		if (count_of(user) != (i == FAILURE_NONE ? 0 : counted))
			fail_msg("%s: %u after %u", failure_rows[i].name, count_of(user), before);
		/* Of all names together as many as of this one. */
		assert_int_equal(count_of_terminal(), count_of(user));
		assert_int_equal(try(user, FAILURE_NONE), FAILURE_NONE);
		assert_int_equal(count_of_terminal(), 0);
	}
}

/* What was not judged changes nothing, whatever it ends with. */
static void test_not_judged(void **state)
{
	(void)state;
	for (int i = FAILURE_BROKEN; i < FAILURE_COUNT; i++) {
		struct lockout lockout = open_lockout("hanako");

		assert_int_equal(lockout_check(&lockout), FAILURE_NONE);
		assert_int_equal(lockout_settle(&lockout, (enum failure)i), i);
		lockout_close(&lockout);
		assert_int_equal(count_of("hanako"), 0);
	}
	assert_int_equal(count_of_terminal(), 0);
}

/* A try that is taken back gives no wait back, and begins none anew. */
static void test_taken_back(void **state)
{
	struct lockplace before, after;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	assert_int_equal(try("hanako", FAILURE_KEY_BUSY), FAILURE_LOCKED);
	let_pass(30000);
	before = user_place("hanako");
	assert_int_equal(try("hanako", FAILURE_UNTOUCHED), FAILURE_UNTOUCHED);
	after = user_place("hanako");
	assert_int_equal(after.count, before.count);
	assert_int_equal(after.at, before.at);
	assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_LOCKED);
}

/* However many log-ins are under way at once, there are no more tries than one after the other. */
static void test_at_once(void **state)
{
	struct lockout lockouts[64];
	size_t judged = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lockouts); i++) {
		lockouts[i] = open_lockout("hanako");
		assert_int_equal(lockout_check(&lockouts[i]), FAILURE_NONE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lockouts); i++)
		judged += lockout_judge(&lockouts[i]) == FAILURE_NONE;
	assert_int_equal(judged, 5);
	/* One of them is cut short: its try stays spent. */
	lockout_close(&lockouts[4]);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(lockout_settle(&lockouts[i], FAILURE_KEY_GONE), FAILURE_KEY_GONE);
	for (size_t i = 0; i < ARRAY_SIZE(lockouts); i++)
		lockout_close(&lockouts[i]);
	assert_int_equal(count_of("hanako"), 1);
	assert_int_equal(count_of_terminal(), 1);
}

/* Who is right several times at once takes back no more than his own wrong answers. */
static void test_right_at_once(void **state)
{
	struct lockout lockouts[4];

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(try("jiro", FAILURE_NOT_ENROLLED),
				 i < 5 ? FAILURE_NOT_ENROLLED : FAILURE_LOCKED);
	for (size_t i = 0; i < ARRAY_SIZE(lockouts); i++) {
		lockouts[i] = open_lockout("hanako");
		assert_int_equal(lockout_judge(&lockouts[i]), FAILURE_NONE);
	}
	assert_int_equal(count_of_terminal(), 9);
	for (size_t i = 0; i < ARRAY_SIZE(lockouts); i++) {
		assert_int_equal(
			lockout_settle(&lockouts[i], i % 2 ? FAILURE_KEY_GONE : FAILURE_NONE),
			i % 2 ? FAILURE_KEY_GONE : FAILURE_NONE);
		lockout_close(&lockouts[i]);
	}
	assert_int_equal(count_of("hanako"), 0);
	assert_int_equal(count_of_terminal(), 5);
}

/* Twenty names, one wrong answer each: the next name waits too, and root at the door does not. */
static void test_many_names(void **state)
{
	struct lockout lockout;
	char user[16];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(user, sizeof(user), "name%d", i);
		assert_int_equal(try(user, FAILURE_NOT_ENROLLED), FAILURE_NOT_ENROLLED);
	}
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_TERMINAL_LOCKED);
	/* That was from afar: at the doors, and in a session, nobody waits. */
	assert_int_equal(lockout_open(dirfd_here, &settings, false, 1000, "hanako", &lockout),
			 FAILURE_NONE);
	assert_int_equal(lockout_check(&lockout), FAILURE_NONE);
	lockout_close(&lockout);
	assert_int_equal(lockout_open(dirfd_here, &settings, false, UINT32_MAX, "hanako", &lockout),
			 FAILURE_NONE);
	assert_int_equal(lockout_check(&lockout), FAILURE_NONE);
	lockout_close(&lockout);
	let_pass(5000);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_NONE);
	/* One that is right takes its own back, not the others'. */
	assert_int_equal(count_of_terminal(), 20);
	assert_int_equal(try("name3", FAILURE_NONE), FAILURE_NONE);
	assert_int_equal(count_of_terminal(), 19);
}

/* Two names in one place: neither's right answer forgets the other's wrong ones. */
static void test_shared_place(void **state)
{
	struct lockout lockout = open_lockout("hanako");
	struct lockplace place;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	place = lock(lockout.fd, lockout.user_place);
	place.digest ^= 1;
	assert_int_equal(lockplace_store(lockout.fd, &place), 0);
	lockplace_unlock(lockout.fd, &place);
	lockout_close(&lockout);
	assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	assert_true(user_place("hanako").shared);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_NONE);
	assert_int_equal(count_of("hanako"), 4);
	/* Time does. */
	let_pass(4 * 3600000);
	assert_int_equal(try("hanako", FAILURE_PIN_WRONG), FAILURE_PIN_WRONG);
	assert_false(user_place("hanako").shared);
	assert_int_equal(try("hanako", FAILURE_NONE), FAILURE_NONE);
	assert_int_equal(count_of("hanako"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_damaged_place), CASE(test_damaged_clock), CASE(test_wrong_size),
		CASE(test_no_file),	  CASE(test_settled),	    CASE(test_not_judged),
		CASE(test_taken_back),	  CASE(test_at_once),	    CASE(test_right_at_once),
		CASE(test_many_names),	  CASE(test_shared_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
