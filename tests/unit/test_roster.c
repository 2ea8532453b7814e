/* The roster: every line's mistakes, validity on the days around 1 April, look-up at 20,000 lines.
 */
#include "agent/auth/roster.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEY32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY64 KEY32 KEY32

static int file_of(const char *text)
{
	int fd = memfd_create("roster", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static void test_good_line(void **state)
{
	static const char line[] = "hanako fido2 es256 c0ffee " KEY64
				   " uv=required from=2026-04-01 to=2027-03-31 revoked=2026-05-05"
				   " aaguid=00112233445566778899aabbccddeeff attestation=" KEY32
				   " category=%e4%bc%9a%e8%a8%88 label=blue%20key\n";
	struct roster_entry entry;
	const char *wrong;
	char text[ROSTER_LINE_MAX];

	(void)state;
	assert_int_equal(roster_parse(line, strlen(line) - 1, &entry, &wrong), 0);
	assert_null(wrong);
	assert_string_equal(entry.user, "hanako");
	assert_int_equal(entry.algorithm, ROSTER_ES256);
	assert_int_equal(entry.credential_length, 3);
	assert_memory_equal(entry.credential, "\xc0\xff\xee", 3);
	assert_int_equal(entry.key_length, 64);
	assert_false(entry.uv_optional);
	assert_int_equal(entry.from, 20260401);
	assert_string_equal(entry.category, "会計");
	assert_string_equal(entry.label, "blue key");
	assert_int_equal(roster_format(&entry, text, sizeof(text)), 0);
	assert_string_equal(text, line);
	assert_int_equal(roster_format(&entry, text, 100), -EMSGSIZE);
}

/* What is not said is the strict choice. */
static void test_defaults(void **state)
{
	static const char line[] = "u fido2 eddsa 00 " KEY32;
	struct roster_entry entry;
	const char *wrong;

	(void)state;
	assert_int_equal(roster_parse(line, strlen(line), &entry, &wrong), 0);
	assert_false(entry.uv_optional);
	assert_int_equal(roster_validity(&entry, 20260401), ROSTER_VALID);
}

static void test_bad_lines(void **state)
{
	static const struct {
		const char *line;
		const char *says;
	} rows[] = {
		{"", "exactly one space"},
		{"hanako", "needs user"},
		{"hanako fido2 es256 00", "needs user"},
		{" fido2 es256 00 " KEY64, "exactly one space"},
		{"hanako  fido2 es256 00 " KEY64, "exactly one space"},
		{"hanako fido2 es256 00 " KEY64 " ", "exactly one space"},
		{"hanako u2f es256 00 " KEY64, "kind"},
		{"hanako fido2 rs256 00 " KEY64, "algorithm"},
		{"hanako fido2 es256 0 " KEY64, "credential"},
		{"hanako fido2 es256 zz " KEY64, "credential"},
		{"hanako fido2 es256 00 " KEY32, "public key"},
		{"hanako fido2 eddsa 00 " KEY64, "public key"},
		{"hanako fido2 eddsa 00 " KEY32 " uv=maybe", "uv="},
		{"hanako fido2 eddsa 00 " KEY32 " uv", "not known"},
		{"hanako fido2 eddsa 00 " KEY32 " nouserok=yes", "not known"},
		{"hanako fido2 eddsa 00 " KEY32 " uv=none uv=required", "twice"},
		{"hanako fido2 eddsa 00 " KEY32 " from=2026-4-1", "from="},
		{"hanako fido2 eddsa 00 " KEY32 " from=2026-13-01", "from="},
		{"hanako fido2 eddsa 00 " KEY32 " to=2026-04-31", "to="},
		{"hanako fido2 eddsa 00 " KEY32 " from=2026-04-02 to=2026-04-01", "after to="},
		{"hanako fido2 eddsa 00 " KEY32 " revoked=today", "revoked="},
		{"hanako fido2 eddsa 00 " KEY32 " aaguid=00", "aaguid="},
		{"hanako fido2 eddsa 00 " KEY32 " attestation=some", "attestation="},
		{"hanako fido2 eddsa 00 " KEY32 " label=%0a", "label="},
		{"hanako fido2 eddsa 00 " KEY32 " label=%ff", "label="},
		{"hanako fido2 eddsa 00 " KEY32 " label=%4", "label="},
		{"hanako fido2 eddsa 00 " KEY32 " label=", "label="},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct roster_entry entry = {.algorithm = ROSTER_ES384};
		const char *wrong;

		assert_int_equal(roster_parse(rows[i].line, strlen(rows[i].line), &entry, &wrong),
				 -EINVAL);
		if (!strstr(wrong, rows[i].says))
			fail_msg("row %zu: \"%s\" lacks \"%s\"", i, wrong, rows[i].says);
		assert_int_equal(entry.algorithm, ROSTER_ES384);
	}
}

/* rights end on 31 March 24:00 and begin on 1 April 00:00. */
static void test_validity(void **state)
{
	struct roster_entry entry = {.from = 20260401, .to = 20270331};

	(void)state;
	assert_int_equal(roster_validity(&entry, 20260331), ROSTER_NOT_YET);
	assert_int_equal(roster_validity(&entry, 20260401), ROSTER_VALID);
	assert_int_equal(roster_validity(&entry, 20270331), ROSTER_VALID);
	assert_int_equal(roster_validity(&entry, 20270401), ROSTER_EXPIRED);
	entry.revoked = 20260601;
	assert_int_equal(roster_validity(&entry, 20260501), ROSTER_REVOKED);
}

static size_t count_of(int fd, const char *user)
{
	struct roster_entry entries[ROSTER_PER_USER];
	const char *wrong;
	size_t count = 99;

	assert_int_equal(roster_find(fd, user, entries, ROSTER_PER_USER, &count, &wrong), 0);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(entries[i].user, user);
	return count;
}

/* Names that are beginnings of each other, first and last, absent ones between all. */
static void test_find(void **state)
{
	_cleanup_close_ int fd = file_of(ROSTER_HEADER "a fido2 eddsa 01 " KEY32 "\n"
						       "ab fido2 eddsa 02 " KEY32 "\n"
						       "ab fido2 eddsa 03 " KEY32 "\n"
						       "abc fido2 eddsa 04 " KEY32 "\n"
						       "z fido2 eddsa 05 " KEY32 "\n");
	_cleanup_close_ int empty = file_of(ROSTER_HEADER);
	unsigned int line;
	const char *wrong;

	(void)state;
	assert_int_equal(count_of(fd, "a"), 1);
	assert_int_equal(count_of(fd, "ab"), 2);
	assert_int_equal(count_of(fd, "abc"), 1);
	assert_int_equal(count_of(fd, "z"), 1);
	assert_int_equal(count_of(fd, "A"), 0);
	assert_int_equal(count_of(fd, "aa"), 0);
	assert_int_equal(count_of(fd, "abcd"), 0);
	assert_int_equal(count_of(fd, "zz"), 0);
	assert_int_equal(count_of(empty, "a"), 0);
	assert_int_equal(roster_check(fd, &line, &wrong), 0);
	assert_int_equal(roster_check(empty, &line, &wrong), 0);
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} rows[] = {
		{"", 1, "first line"},
		{"# sekisho-roster 2\n", 1, "first line"},
		{ROSTER_HEADER "a fido2 eddsa 01 " KEY32, 2, "newline"},
		{ROSTER_HEADER "a fido2 eddsa 01 " KEY32 "\n\n", 3, "exactly one space"},
		{ROSTER_HEADER "b fido2 eddsa 01 " KEY32 "\na fido2 eddsa 01 " KEY32 "\n", 3,
		 "order"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_close_ int fd = file_of(rows[i].text);
		unsigned int line;
		const char *wrong;

		assert_int_equal(roster_check(fd, &line, &wrong), -EINVAL);
		assert_int_equal(line, rows[i].line);
		assert_non_null(strstr(wrong, rows[i].says));
	}
}

static void test_too_many_keys(void **state)
{
	struct roster_entry entries[2];
	_cleanup_close_ int fd = file_of(ROSTER_HEADER "a fido2 eddsa 01 " KEY32 "\n"
						       "a fido2 eddsa 02 " KEY32 "\n"
						       "a fido2 eddsa 03 " KEY32 "\n");
	const char *wrong;
	size_t count = 7;

	(void)state;
	assert_int_equal(roster_find(fd, "a", entries, 2, &count, &wrong), -E2BIG);
	assert_int_equal(count, 7);
}

/* Bytes this process has read so far: rchar of proc(5)'s /proc/PID/io. */
static unsigned long long bytes_read(void)
{
	FILE *file = fopen("/proc/self/io", "re");
	char line[64];
	char *end = NULL;
	unsigned long long bytes;

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_int_equal(fclose(file), 0);
	bytes = strtoull(line + strlen("rchar: "), &end, 10);
	assert_int_equal(*end, '\n');
	return bytes;
}

/* 10,000 people with two keys each: everyone is found with both, nobody else, in < 64 KiB read. */
static void test_large(void **state)
{
	_cleanup_close_ int fd = memfd_create("roster", MFD_CLOEXEC);
	FILE *file = fdopen(dup(fd), "w");
	char user[16];

	(void)state;
	assert_non_null(file);
	fprintf(file, ROSTER_HEADER);
	for (unsigned int i = 0; i < 10000; i++)
		for (unsigned int key = 0; key < 2; key++)
			fprintf(file, "u%05u fido2 es256 %08x%02x " KEY64 " label=k%u\n", i, i, key,
				i % 1000);
	assert_int_equal(fclose(file), 0);
	for (unsigned int i = 0; i < 10000; i += 7) {
		unsigned long long before = bytes_read();

		snprintf(user, sizeof(user), "u%05u", i);
		assert_int_equal(count_of(fd, user), 2);
		assert_in_range(bytes_read() - before, 1, 65535);
		snprintf(user, sizeof(user), "u%05ux", i);
		assert_int_equal(count_of(fd, user), 0);
	}
	assert_int_equal(count_of(fd, "u09999"), 2);
	assert_int_equal(count_of(fd, "u0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_line),     cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_bad_lines),     cmocka_unit_test(test_validity),
		cmocka_unit_test(test_find),	      cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_too_many_keys), cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
