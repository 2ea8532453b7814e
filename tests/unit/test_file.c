/* Trusted opening, whole reading and atomic replacement of files. */
#include "file.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

static char directory[64];
static int dirfd_here = -1;

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/sekisho-file-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	dirfd_here = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd_here < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(dirfd_here, "a", 0);
	unlinkat(dirfd_here, ".a.new", 0);
	close(dirfd_here);
	return rmdir(directory);
}

static void assert_content(const char *expected)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t length;

	assert_int_equal(file_open_trusted(dirfd_here, "a", getuid(), &fd), 0);
	assert_int_equal(file_read_all(fd, 1 << 20, &text, &length), 0);
	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
}

static void test_write_replaces(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(file_write_atomic(dirfd_here, "a", "one", 3, 0640), 0);
	assert_content("one");
	assert_int_equal(fstatat(dirfd_here, "a", &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(file_write_atomic(dirfd_here, "a", "", 0, 0640), 0);
	assert_content("");
	assert_int_equal(file_write_atomic(dirfd_here, "x/a", "", 0, 0640), -ENAMETOOLONG);
}

/* L-07: a write that can't be finished leaves the old file whole and no left-over. */
static void test_failed_write_keeps_old(void **state)
{
	struct rlimit old, small = {4096, 4096};
	char large[8192];

	(void)state;
	memset(large, 'x', sizeof(large));
	assert_int_equal(file_write_atomic(dirfd_here, "a", "old", 3, 0600), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(file_write_atomic(dirfd_here, "a", large, sizeof(large), 0600), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_content("old");
	assert_int_equal(faccessat(dirfd_here, ".a.new", F_OK, 0), -1);
}

static void test_open_refuses(void **state)
{
	int fd = -1;

	(void)state;
	assert_int_equal(file_open_trusted(dirfd_here, "a", getuid(), &fd), -ENOENT);
	assert_int_equal(mkfifoat(dirfd_here, "a", 0600), 0);
	assert_int_equal(file_open_trusted(dirfd_here, "a", getuid(), &fd), -EINVAL);
	assert_int_equal(unlinkat(dirfd_here, "a", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", dirfd_here, "a"), 0);
	assert_int_equal(file_open_trusted(dirfd_here, "a", getuid(), &fd), -ELOOP);
	assert_int_equal(unlinkat(dirfd_here, "a", 0), 0);
	assert_int_equal(file_write_atomic(dirfd_here, "a", "x", 1, 0620), 0);
	assert_int_equal(file_open_trusted(dirfd_here, "a", getuid(), &fd), -EPERM);
	if (getuid() == 0) {
		assert_int_equal(file_write_atomic(dirfd_here, "a", "x", 1, 0600), 0);
		assert_int_equal(fchownat(dirfd_here, "a", 65534, 0, 0), 0);
		assert_int_equal(file_open_trusted(dirfd_here, "a", 0, &fd), -EPERM);
		assert_int_equal(file_open_trusted(dirfd_here, "a", 65534, &fd), 0);
		close(fd);
		fd = -1;
	}
	assert_int_equal(fd, -1);
}

static void test_read_limits(void **state)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t length;
	char line[8];
	char large[9000];

	(void)state;
	memset(large, 'y', sizeof(large));
	assert_int_equal(file_write_atomic(dirfd_here, "a", large, sizeof(large), 0600), 0);
	assert_int_equal(file_open_trusted(dirfd_here, "a", getuid(), &fd), 0);
	assert_int_equal(file_read_all(fd, 8999, &text, &length), -EFBIG);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(file_read_all(fd, 9000, &text, &length), 0);
	assert_int_equal(length, 9000);
	assert_int_equal(file_read_line(dirfd_here, "a", line, sizeof(line)), -EFBIG);
	assert_int_equal(file_write_atomic(dirfd_here, "a", "1234567\n", 8, 0600), 0);
	assert_int_equal(file_read_line(dirfd_here, "a", line, sizeof(line)), -EFBIG);
	assert_int_equal(file_write_atomic(dirfd_here, "a", "123456\n", 7, 0600), 0);
	assert_int_equal(file_read_line(dirfd_here, "a", line, sizeof(line)), 0);
	assert_string_equal(line, "123456");
	assert_int_equal(file_write_atomic(dirfd_here, "a", "12\0\n", 4, 0600), 0);
	assert_int_equal(file_read_line(dirfd_here, "a", line, sizeof(line)), -EBADMSG);
	assert_int_equal(mkfifoat(dirfd_here, "pipe", 0600), 0);
	assert_int_equal(file_read_line(dirfd_here, "pipe", line, sizeof(line)), 0);
	assert_string_equal(line, "");
	assert_int_equal(unlinkat(dirfd_here, "pipe", 0), 0);
}

static void test_write_new_replaces_nothing(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(file_write_new(dirfd_here, "a", "one", 3, 0640), 0);
	assert_content("one");
	assert_int_equal(fstatat(dirfd_here, "a", &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(file_write_new(dirfd_here, "a", "two", 3, 0600), -EEXIST);
	assert_content("one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_write_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failed_write_keeps_old, setup, teardown),
		cmocka_unit_test_setup_teardown(test_open_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_new_replaces_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
