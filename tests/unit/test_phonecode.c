/* the digits that two people read to each other: for one challenge, person, voucher, day and
 * pair of terminals, and of nobody else. */
#include "agent/auth/phonecode.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static int dirfd_here = -1;

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/sekisho-phone-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	dirfd_here = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd_here < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(dirfd_here, PHONECODE_FILE, 0);
	unlinkat(dirfd_here, "group", 0);
	close(dirfd_here);
	return rmdir(directory);
}

static struct phonecode_key make_key(void)
{
	struct phonecode_key key;

	unlinkat(dirfd_here, PHONECODE_FILE, 0);
	assert_int_equal(phonecode_make(dirfd_here, &key), 0);
	return key;
}

static void test_key_file(void **state)
{
	struct phonecode_key key, again;
	struct stat status;

	(void)state;
	assert_int_equal(phonecode_load(dirfd_here, &again), -ENOENT);
	key = make_key();
	assert_int_equal(phonecode_make(dirfd_here, &again), -EEXIST);
	assert_int_equal(phonecode_load(dirfd_here, &again), 0);
	assert_memory_equal(&key, &again, sizeof(key));
	assert_int_equal(fstatat(dirfd_here, PHONECODE_FILE, &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(fchmodat(dirfd_here, PHONECODE_FILE, 0640, 0), 0);
	assert_int_equal(phonecode_load(dirfd_here, &again), -EPERM);
}

static const struct phonecode_about about = {"taro", "hanako", 20270401, "123456789012"};

/* Both ends come to the same; what differs in anything is something else. */
static void test_bound(void **state)
{
	const struct phonecode_about others[] = {
		{"jiro", "hanako", 20270401, "123456789012"},
		{"taro", "saburo", 20270401, "123456789012"},
		{"taro", "hanako", 20270402, "123456789012"},
		{"taro", "hanako", 20270331, "123456789012"},
		{"taro", "hanako", 20270401, "123456789021"},
		/* No text runs into the next one. */
		{"tarohanako", "", 20270401, "123456789012"},
		{"tar", "ohanako", 20270401, "123456789012"},
	};
	const struct phonecode_key desk = make_key(), terminal = make_key(), third = make_key();
	char answer[PHONECODE_SIZE], other[PHONECODE_SIZE];

	(void)state;
	assert_int_equal(phonecode_answer(&desk, terminal.public, desk.public, &about, answer), 0);
	assert_int_equal(phonecode_answer(&terminal, terminal.public, desk.public, &about, other),
			 0);
	assert_string_equal(answer, other);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(phonecode_answer(&terminal, terminal.public, desk.public,
						  &others[i], other),
				 0);
		assert_string_not_equal(answer, other);
	}
	/* The other direction, another terminal, another desk, and who has neither key. */
	assert_int_equal(phonecode_answer(&desk, desk.public, terminal.public, &about, other), 0);
	assert_string_not_equal(answer, other);
	assert_int_equal(phonecode_answer(&desk, third.public, desk.public, &about, other), 0);
	assert_string_not_equal(answer, other);
	assert_int_equal(phonecode_answer(&third, terminal.public, third.public, &about, other), 0);
	assert_string_not_equal(answer, other);
	assert_int_equal(phonecode_answer(&third, terminal.public, desk.public, &about, other), 0);
	assert_string_not_equal(answer, other);
}

/* RFC 7748, section 6.1. */
static void test_public_key(void **state)
{
	static const uint8_t alice[PHONEGROUP_KEY] = {
		0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1,
		0x72, 0x51, 0xb2, 0x66, 0x45, 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0,
		0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a};
	static const uint8_t public[] = {0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54};
	_cleanup_close_ int fd =
		openat(dirfd_here, PHONECODE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct phonecode_key key;

	(void)state;
	assert_int_equal(write(fd, alice, sizeof(alice)), sizeof(alice));
	assert_int_equal(phonecode_load(dirfd_here, &key), 0);
	assert_memory_equal(key.public, public, sizeof(public));
}

static void test_small_order(void **state)
{
	static const uint8_t zero[PHONEGROUP_KEY];
	const struct phonecode_key key = make_key();
	char answer[PHONECODE_SIZE];

	(void)state;
	assert_int_equal(phonecode_answer(&key, key.public, zero, &about, answer), -EIO);
}

static void test_challenges(void **state)
{
	char one[PHONECODE_SIZE], other[PHONECODE_SIZE], shown[PHONECODE_SHOWN];

	(void)state;
	assert_int_equal(phonecode_challenge("taro", 20270401, 0, one), 0);
	assert_int_equal(phonecode_challenge("taro", 20270401, 0, other), 0);
	assert_string_not_equal(one, other);
	phonecode_show(one, shown);
	assert_int_equal(phonecode_read(shown, strlen(shown), other), 0);
	assert_string_equal(one, other);
}

/* Each single digit that is wrong, and each pair that changed places, is seen. */
static void test_typing(void **state)
{
	static const char *const wrong[] = {
		"", "1234", "1234-5678-901", "1234-5678-90123", "1234-5678-901x", "yes"};
	char right[PHONECODE_SIZE], typed[PHONECODE_SIZE], read[PHONECODE_SIZE];

	(void)state;
	assert_int_equal(phonecode_challenge("taro", 20270401, 0, right), 0);
	for (size_t i = 0; i < PHONECODE_DIGITS; i++)
		for (char digit = '0'; digit <= '9'; digit++) {
			memcpy(typed, right, sizeof(typed));
			typed[i] = digit;
			assert_int_equal(phonecode_read(typed, PHONECODE_DIGITS, read),
					 digit == right[i] ? 0 : -EINVAL);
		}
	for (size_t i = 0; i + 1 < PHONECODE_DIGITS; i++) {
		memcpy(typed, right, sizeof(typed));
		typed[i] = right[i + 1];
		typed[i + 1] = right[i];
		assert_int_equal(phonecode_read(typed, PHONECODE_DIGITS, read),
				 right[i] == right[i + 1] ? 0 : -EINVAL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(phonecode_read(wrong[i], strlen(wrong[i]), read), -EINVAL);
}

#define KEY "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"

static void test_group(void **state)
{
	static const struct {
		const char *text;
		unsigned int line; /* 0: right */
		const char *says;
	} rows[] = {
		{PHONEGROUP_HEADER, 0, NULL},
		{PHONEGROUP_HEADER "desk " KEY " answers=yes\n", 0, NULL},
		{"", 1, "first line"},
		{"# sekisho-roster 1\n", 1, "first line"},
		{PHONEGROUP_HEADER "desk " KEY, 1, "newline"},
		{PHONEGROUP_HEADER "\n", 2, "space"},
		{PHONEGROUP_HEADER "desk\n", 2, "needs"},
		{PHONEGROUP_HEADER "desk 00\n", 2, "64"},
		{PHONEGROUP_HEADER "desk " KEY " answers=no\n", 2, "must be yes"},
		{PHONEGROUP_HEADER "desk " KEY " asks=yes\n", 2, "not known"},
		{PHONEGROUP_HEADER "desk " KEY "\nother " KEY "\n", 3, "twice"},
	};
	static struct phonegroup group;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/group", directory);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *wrong;
		unsigned int line;
		FILE *file = fopen(path, "we");
		int r;

		assert_non_null(file);
		assert_true(fputs(rows[i].text, file) >= 0);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(chmod(path, 0644), 0);
		r = phonegroup_load(path, getuid(), &group, &line, &wrong);
		if (r != (rows[i].line ? -EINVAL : 0) ||
		    (r < 0 && (line != rows[i].line || !strstr(wrong, rows[i].says))))
			fail_msg("row %zu: %d, line %u: %s", i, r, line, wrong ? wrong : "");
	}
	assert_int_equal(chmod(path, 0666), 0);
	assert_true(phonegroup_load(path, getuid(), &group, &(unsigned int){0},
				    &(const char *){NULL}) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_key_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_public_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small_order, setup, teardown),
		cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_typing),
		cmocka_unit_test_setup_teardown(test_group, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
