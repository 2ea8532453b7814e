/* Whether somebody has one-time codes that count today, as `sekisho enable` asks. */
#include "agent/cli/enrolled.h"

#include "agent/auth/otpfile.h"
#include "agent/auth/otpstate.h"
#include "agent/auth/tally.h"
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

#define SEED " totp 3132333435363738393031323334353637383930"

static char directory[64];
static char path[128];

static void write_codes(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fchmod(fileno(file), mode), 0);
	assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/sekisho-enrolled-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/" OTPFILE_NAME, directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static void test_codes(void **state)
{
	(void)state;
	assert_int_equal(enrolled_code(directory, "hanako", roster_today()), -ENOKEY);
	write_codes(OTPFILE_HEADER "aoi" SEED " from=2998-01-01\n"
				   "hanako" SEED "\n"
				   "jiro" SEED " to=2020-01-01\n",
		    0600);
	assert_int_equal(enrolled_code(directory, "hanako", roster_today()), 0);
	assert_int_equal(enrolled_code(directory, "aoi", roster_today()), -ENOKEY);
	assert_int_equal(enrolled_code(directory, "jiro", roster_today()), -ENOKEY);
	assert_int_equal(enrolled_code(directory, "hanak", roster_today()), -ENOKEY);
	assert_int_equal(enrolled_code(directory, "", roster_today()), -ENOKEY);
	/* As for a log-in: not where others can read the seeds, not where the line is wrong. */
	write_codes(OTPFILE_HEADER "hanako" SEED "\n", 0644);
	assert_int_equal(enrolled_code(directory, "hanako", roster_today()), -ENOKEY);
	write_codes(OTPFILE_HEADER "hanako" SEED " colour=red\n", 0600);
	assert_int_equal(enrolled_code(directory, "hanako", roster_today()), -ENOKEY);
	assert_int_equal(enrolled_code("/nonexistent", "hanako", roster_today()), -ENOKEY);
}

/* Codes that were guessed at too often open nothing. */
static void test_blocked_codes(void **state)
{
	const struct otp otp = {
		.kind = OTP_TOTP, .seed = "12345678901234567890", .seed_length = 20};
	struct otpstate place = {};
	char counters[128];
	int dirfd, fd = -1;

	(void)state;
	snprintf(counters, sizeof(counters), "%s/" TALLY_FILE, directory);
	write_codes(OTPFILE_HEADER "hanako" SEED "\n", 0600);
	dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dirfd >= 0);
	assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	assert_int_equal(otpstate_lock(fd, &otp, wire_now() + 10000, &place), 0);
	place.tries = OTPSTATE_TRIES - 1;
	assert_int_equal(otpstate_store(&place), 0);
	assert_int_equal(enrolled_code(directory, "hanako", roster_today()), 0);
	place.tries = OTPSTATE_TRIES;
	assert_int_equal(otpstate_store(&place), 0);
	assert_int_equal(enrolled_code(directory, "hanako", roster_today()), -EKEYREJECTED);
	assert_int_equal(ftruncate(fd, 64), 0);
	assert_int_equal(enrolled_code(directory, "hanako", roster_today()), -EBADMSG);
	close(fd);
	close(dirfd);
	assert_int_equal(unlink(counters), 0);
	assert_int_equal(enrolled_code(directory, "hanako", roster_today()), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_codes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_blocked_codes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
