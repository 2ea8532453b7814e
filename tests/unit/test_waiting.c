/* sekisho status tells root who has to wait, by name where somebody of that name is known. */
#include "lock_fixture.h"

#include "agent/auth/limits.h"
#include "agent/auth/locklist.h"
#include "agent/auth/lockout.h"
#include "agent/auth/roster.h"
#include "agent/cli/waiting.h"

static const struct settings settings = {.wrong_answers = 1, .longest_wait = 15};

static void be_wrong(const char *user, bool remote, uint32_t loginuid)
{
	struct lockout lockout;

	assert_int_equal(lockout_open(dirfd_here, &settings, remote, loginuid, user, &lockout),
			 FAILURE_NONE);
	assert_int_equal(lockout_judge(&lockout), FAILURE_NONE);
	assert_int_equal(lockout_settle(&lockout, FAILURE_OTP_WRONG), FAILURE_OTP_WRONG);
	lockout_close(&lockout);
}

static json_t *read_waiting(void)
{
	json_t *waiting;
	char config[128];
	FILE *file;

	snprintf(config, sizeof(config), "%s/sekisho.conf", directory);
	file = fopen(config, "we");
	assert_non_null(file);
	assert_true(fputs("[Auth]\nWrongAnswers=1\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(config, 0644), 0);
	waiting = waiting_read(directory, config, "/nonexistent/roster");
	assert_int_equal(unlink(config), 0);
	return waiting;
}

static void assert_row(const json_t *waiting, const char *origin, const char *user, bool terminal)
{
	const json_t *row;
	size_t i;

	json_array_foreach(waiting, i, row)
	{
		const char *found = json_string_value(json_object_get(row, "user"));
		const json_int_t seconds = json_integer_value(json_object_get(row, "seconds"));

		if (strcmp(json_string_value(json_object_get(row, "origin")), origin) != 0 ||
		    json_is_true(json_object_get(row, "terminal")) != terminal ||
		    (user ? !found || strcmp(found, user) != 0 : found != NULL))
			continue;
		assert_in_range(seconds, 1, 30);
		assert_int_equal(json_integer_value(json_object_get(row, "tries")),
				 terminal ? 4 : 1);
		return;
	}
	fail_msg("no row for %s of %s", user ? user : "somebody", origin);
}

static void test_read(void **state)
{
	json_t *waiting;

	(void)state;
	be_wrong("daemon", false, LIMITS_NO_LOGIN);
	be_wrong("nobody-here", true, LIMITS_NO_LOGIN);
	be_wrong("root", false, 1000);
	waiting = read_waiting();
	assert_int_equal(json_array_size(waiting), 3);
	assert_row(waiting, "door", "daemon", false);
	assert_row(waiting, "afar", NULL, false);
	assert_row(waiting, "session", "root", false);
	json_decref(waiting);
	be_wrong("bin", true, 0);
	be_wrong("sys", true, 0);
	be_wrong("mail", true, 0);
	waiting = read_waiting();
	assert_int_equal(json_array_size(waiting), 7);
	assert_row(waiting, "afar", NULL, true);
	waiting_show(waiting);
	json_decref(waiting);
}

/* Nobody waits; no file; a file that is none. */
static void test_nothing(void **state)
{
	json_t *waiting;
	int fd;

	(void)state;
	assert_null(read_waiting());
	close(open_file(false));
	waiting = read_waiting();
	assert_int_equal(json_array_size(waiting), 0);
	json_decref(waiting);
	fd = openat(dirfd_here, LOCKPLACE_FILE, O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 7), 0);
	assert_null(read_waiting());
	/* Looking changes nothing. */
	assert_int_equal(lseek(fd, 0, SEEK_END), 7);
	close(fd);
	assert_null(waiting_read("/nonexistent", "/nonexistent", "/nonexistent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_read),
		CASE(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
