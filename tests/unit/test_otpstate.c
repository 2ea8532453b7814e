/* What codes were used for: it survives, belongs to the seed, and makes guessing slow. */
#include "agent/auth/otpstate.h"

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
#include <unistd.h>

static char directory[64];
static int dirfd_here = -1;

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/sekisho-otpstate-XXXXXX");
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

static const struct otp otp = {.digits = 6, .seed_length = 20, .seed = "12345678901234567890"};

static void test_survives(void **state)
{
	static const struct {
		struct otp_state state;
		unsigned int tries;
	} rows[] = {
		{{1, 0}, 0},	{{UINT32_MAX, 0}, 1}, {{60000000, -OTP_DRIFT_MAX}, 100},
		{{0, 20}, 255}, {{60000001, 0}, 0},   {{60000001, -1}, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = open_table();
		struct otpstate place;

		assert_int_equal(otpstate_lock(fd, &otp, wire_now() + 1000, &place), 0);
		assert_int_equal(place.state.next, i ? rows[i - 1].state.next : 0);
		assert_int_equal(place.state.drift, i ? rows[i - 1].state.drift : 0);
		assert_int_equal(place.tries, i ? rows[i - 1].tries : 0);
		place.state = rows[i].state;
		place.tries = rows[i].tries;
		assert_int_equal(otpstate_store(&place), 0);
		close(fd);
	}
}

/* Other seeds, kinds and nobody have places of their own. */
static void test_places(void **state)
{
	struct otp other = otp;
	int fd = open_table();
	struct otpstate place;

	(void)state;
	assert_int_equal(otpstate_lock(fd, &otp, wire_now() + 1000, &place), 0);
	place.state.next = 7;
	place.tries = 300;
	assert_int_equal(otpstate_store(&place), 0);
	other.kind = OTP_HOTP;
	assert_int_equal(otpstate_lock(fd, &other, wire_now() + 1000, &place), 0);
	assert_int_equal(place.state.next, 0);
	other = otp;
	other.seed[19]++;
	assert_int_equal(otpstate_lock(fd, &other, wire_now() + 1000, &place), 0);
	assert_int_equal(place.state.next, 0);
	for (uint8_t which = 0; which < 2; which++) {
		const uint8_t name[OTPSTATE_NAME] = {0, which};

		assert_int_equal(otpstate_lock_nobody(fd, name, 0, wire_now() + 1000, &place), 0);
		assert_int_equal(place.tries, 0);
		place.tries = 5;
		assert_int_equal(otpstate_store(&place), 0);
	}
	close(fd);
	fd = open_table();
	assert_int_equal(otpstate_lock(fd, &otp, wire_now() + 1000, &place), 0);
	assert_int_equal(place.state.next, 7);
	assert_int_equal(place.tries, UINT8_MAX);
	close(fd);
}

/* Two log-ins at once: the second waits, and knows then what the first one used. */
static void test_locked(void **state)
{
	int first = open_table();
	int second = open_table();
	struct otpstate place, other;

	(void)state;
	assert_int_equal(otpstate_lock(first, &otp, wire_now() + 1000, &place), 0);
	assert_int_equal(otpstate_lock(second, &otp, wire_now() + 50, &other), -ETIMEDOUT);
	place.state.next = 9;
	assert_int_equal(otpstate_store(&place), 0);
	close(first);
	assert_int_equal(otpstate_lock(second, &otp, wire_now() + 50, &other), 0);
	assert_int_equal(other.state.next, 9);
	close(second);
}

/* How many tries a name without a seed is said to have had; one more is stored. */
static unsigned int guess(const char *name, int64_t now)
{
	uint8_t bytes[OTPSTATE_NAME];
	int fd = open_table();
	struct otpstate place;
	unsigned int tries;

	memcpy(bytes, name, sizeof(bytes));
	assert_int_equal(otpstate_lock_nobody(fd, bytes, now, wire_now() + 1000, &place), 0);
	tries = place.tries++;
	assert_int_equal(otpstate_store(&place), 0);
	close(fd);
	return tries;
}

/* A05: a fresh name is as one that has a seed: no other's guesses are its own, and a day later its
 * own are gone, as they are where somebody logged in meanwhile. */
static void test_nobody_forgets(void **state)
{
	/* The first two bytes are the place: these three share one. */
	static const char *const names[] = {"aaXY\0", "aaZY\0", "aaXZ\0"};
	/* Begins its day half a day later. */
	static const char other[] = "bb..\x80";
	const int64_t day = 86400;
	const int64_t morning = 20000 * day;

	(void)state;
	for (unsigned int i = 0; i < OTPSTATE_TRIES + 5; i++)
		assert_int_equal(guess(names[0], morning + i), i);
	for (size_t i = 1; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(guess(names[i], morning), 0);
		assert_int_equal(guess(names[i], morning), 1);
	}
	assert_int_equal(guess(names[0], morning), 0);
	assert_int_equal(guess(names[0], morning + day - 1), 1);
	assert_int_equal(guess(names[0], morning + day), 0);
	assert_int_equal(guess(names[0], morning), 0);
	assert_int_equal(guess(other, morning), 0);
	assert_int_equal(guess(other, morning + day / 2 - 1), 1);
	assert_int_equal(guess(other, morning + day / 2), 0);
	assert_int_equal(guess(other, morning + day), 1);
	/* A clock that can't be right is nobody's trouble. */
	assert_int_equal(guess(other, -1), 0);
	assert_int_equal(guess(other, INT64_MAX / 2), 0);
}

/* Read without waiting for whoever has it locked. */
static void test_peek(void **state)
{
	int first = open_table();
	int second = open_table();
	struct otpstate place, other;

	(void)state;
	assert_int_equal(otpstate_peek(second, &otp, &other), -ENOENT);
	assert_int_equal(otpstate_lock(first, &otp, wire_now() + 1000, &place), 0);
	place.state.next = 9;
	place.tries = 4;
	assert_int_equal(otpstate_store(&place), 0);
	assert_int_equal(otpstate_peek(second, &otp, &other), 0);
	assert_int_equal(other.state.next, 9);
	assert_int_equal(other.tries, 4);
	assert_true(otpstate_store(&other) < 0);
	close(first);
	close(second);
}

/* Who waits with a place locked hears that it is wanted, until that one is gone. */
static void test_claim(void **state)
{
	int first = open_table();
	int second = open_table();
	struct otp elsewhere = otp;
	struct otpstate place, other;

	(void)state;
	elsewhere.seed[0]++;
	assert_int_equal(otpstate_lock(first, &otp, wire_now() + 1000, &place), 0);
	assert_false(otpstate_wanted(&place));
	assert_int_equal(otpstate_claim(second, &elsewhere, wire_now() + 1000), 0);
	assert_false(otpstate_wanted(&place));
	assert_int_equal(otpstate_claim(second, &otp, wire_now() + 1000), 0);
	assert_true(otpstate_wanted(&place));
	assert_int_equal(otpstate_lock(second, &otp, wire_now() + 50, &other), -ETIMEDOUT);
	close(second);
	assert_false(otpstate_wanted(&place));
	close(first);
}

static void test_delay(void **state)
{
	static const unsigned int seconds[] = {0, 0, 0, 1, 2, 4, 8, 16, 30, 30};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(seconds); i++)
		assert_int_equal(otpstate_delay(i), seconds[i]);
	assert_int_equal(otpstate_delay(UINT8_MAX), OTPSTATE_DELAY_MAX);
	assert_int_equal(otpstate_delay(UINT32_MAX), OTPSTATE_DELAY_MAX);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_survives),	      CASE(test_places), CASE(test_locked),
		CASE(test_nobody_forgets),    CASE(test_peek),	 CASE(test_claim),
		cmocka_unit_test(test_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
