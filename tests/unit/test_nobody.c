/* The credential of a name that nobody has. */
#include "agent/auth/nobody.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static int place = -1;

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/sekisho-nobody-XXXXXX");
	assert_non_null(mkdtemp(folder));
	place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place >= 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(place, NOBODY_FILE, 0);
	close(place);
	return rmdir(folder);
}

static bool same(int fd, const char *one, const char *other)
{
	struct roster_entry entries[2];

	assert_int_equal(nobody_entry(fd, one, &entries[0]), 0);
	assert_int_equal(nobody_entry(fd, other, &entries[1]), 0);
	assert_int_equal(entries[0].credential_length, 64);
	return memcmp(entries[0].credential, entries[1].credential, 64) == 0;
}

static void test_repeats(void **state)
{
	struct stat status;

	(void)state;
	assert_true(same(place, "nobody-here", "nobody-here"));
	assert_false(same(place, "nobody-here", "nobody-there"));
	assert_int_equal(fstatat(place, NOBODY_FILE, &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, NOBODY_SECRET);
}

/* Of a name too, but nothing that a key is shown tells it. */
static void test_mark(void **state)
{
	struct roster_entry entry;
	uint8_t one[NOBODY_MARK], again[NOBODY_MARK], other[NOBODY_MARK];

	(void)state;
	assert_int_equal(nobody_mark(place, "nobody-here", one), 0);
	assert_int_equal(nobody_mark(place, "nobody-here", again), 0);
	assert_int_equal(nobody_mark(place, "nobody-there", other), 0);
	assert_memory_equal(one, again, sizeof(one));
	assert_memory_not_equal(one, other, sizeof(one));
	assert_int_equal(nobody_entry(place, "nobody-here", &entry), 0);
	assert_null(memmem(entry.credential, entry.credential_length, one, sizeof(one)));
	assert_int_equal(nobody_mark(-1, "nobody-here", one), 0);
	assert_memory_not_equal(one, again, sizeof(one));
}

static void test_without_secret(void **state)
{
	int fd;

	(void)state;
	assert_false(same(-1, "nobody-here", "nobody-here"));
	/* Cut short: once by chance, then it is there. */
	fd = openat(place, NOBODY_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_false(same(place, "nobody-here", "nobody-here"));
	assert_true(same(place, "nobody-here", "nobody-here"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_repeats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mark, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_secret, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
