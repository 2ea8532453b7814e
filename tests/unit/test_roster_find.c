/* A name is looked for in the roster: at 20,000 lines too, with few reads. A small one is read at
 * once: around that size the same is found, and the same is wrong. */
#include "agent/auth/roster.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define AT_ONCE 16384 /* bytes */
#define KEY32	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY64	KEY32 KEY32
#define LAST	"z fido2 eddsa 01 " KEY32 " label="

/* Of this process so far: "rchar", bytes read, or "syscr", reads, of proc(5)'s /proc/PID/io. */
static unsigned long long so_far(const char *what)
{
	FILE *file = fopen("/proc/self/io", "re");
	const size_t length = strlen(what);
	char line[64];
	char *end = NULL;
	unsigned long long count;

	assert_non_null(file);
	do
		assert_non_null(fgets(line, sizeof(line), file));
	while (strncmp(line, what, length) != 0);
	assert_int_equal(fclose(file), 0);
	assert_memory_equal(line + length, ": ", 2);
	count = strtoull(line + length + 2, &end, 10);
	assert_int_equal(*end, '\n');
	return count;
}

/* Of exactly @size bytes: u000, u001 and so on with two keys each, and at the end z, whose label
 * fills it up. Without the last newline where @torn. */
static int file_of_size(size_t size, bool torn)
{
	static char text[2 * AT_ONCE];
	size_t length = strlen(ROSTER_HEADER);
	int fd = memfd_create("roster", MFD_CLOEXEC);

	assert_true(fd >= 0);
	memcpy(text, ROSTER_HEADER, length);
	for (unsigned int i = 0; size - length > 4 * strlen(LAST); i++)
		for (unsigned int key = 0; key < 2; key++)
			length += (size_t)snprintf(text + length, sizeof(text) - length,
						   "u%03u fido2 eddsa %04x%02x " KEY32 "\n", i, i,
						   key);
	/* More than one label holds goes into a line of y. */
	if (size - length > strlen(LAST) + ROSTER_LABEL_MAX / 2)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "y fido2 eddsa 02 " KEY32 "\n");
	if (size - length > strlen(LAST) + ROSTER_LABEL_MAX)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "yy fido2 eddsa 02 " KEY32 "\n");
	length += (size_t)snprintf(text + length, sizeof(text) - length, LAST "%0*d\n",
				   (int)(size - length - strlen(LAST) - 1), 0);
	assert_int_equal(length, size);
	assert_int_equal(write(fd, text, length - torn), (ssize_t)(length - torn));
	return fd;
}

static int find(int fd, const char *user, struct roster_person *ret_person)
{
	const char *wrong = NULL;
	int r = roster_find(fd, user, ret_person, &wrong);

	assert_true(r == 0 || wrong);
	return r < 0 ? r : (int)ret_person->n_entries;
}

static void assert_found(size_t size, unsigned long long least, unsigned long long most)
{
	_cleanup_close_ int fd = file_of_size(size, false);
	_cleanup_close_ int torn = file_of_size(size, true);
	static struct roster_person person;
	unsigned long long own, before;

	/* What it takes to look at the number. */
	own = so_far("syscr");
	own = so_far("syscr") - own;
	before = so_far("syscr");
	assert_int_equal(find(fd, "u020", &person), 2);
	assert_in_range(so_far("syscr") - before - own, least, most);
	assert_string_equal(person.entries[1].user, "u020");
	assert_int_equal(person.entries[1].credential[1], 20);
	assert_int_equal(find(fd, "u000", &person), 2);
	assert_int_equal(find(fd, "u0000", &person), 0);
	assert_int_equal(find(fd, "a", &person), 0);
	assert_int_equal(find(fd, "z", &person), 1);
	assert_int_equal(find(fd, "zz", &person), 0);
	assert_int_equal(find(torn, "u000", &person), 2);
	assert_int_equal(find(torn, "z", &person), -EINVAL);
}

static void test_sizes(void **state)
{
	(void)state;
	assert_found(AT_ONCE - 1, 1, 1);
	assert_found(AT_ONCE, 1, 1);
	assert_found(AT_ONCE + 1, 10, 100);
}

static int file_of(const char *text)
{
	int fd = memfd_create("roster", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static size_t count_of(int fd, const char *user)
{
	struct roster_person person;
	const char *wrong;

	assert_int_equal(roster_find(fd, user, &person, &wrong), 0);
	for (size_t i = 0; i < person.n_entries; i++)
		assert_string_equal(person.entries[i].user, user);
	for (size_t i = 0; i < person.n_periods; i++)
		assert_string_equal(person.periods[i].user, user);
	return person.n_entries + 100 * person.n_periods;
}

/* Names that are beginnings of each other, first and last, absent ones between all. */
static void test_find(void **state)
{
	_cleanup_close_ int fd = file_of(ROSTER_HEADER "a fido2 eddsa 01 " KEY32 "\n"
						       "ab fido2 eddsa 02 " KEY32 "\n"
						       "ab fido2 eddsa 03 " KEY32 "\n"
						       "abc person to=2027-03-31\n"
						       "abc person from=2027-04-01 label=a\n"
						       "abc fido2 eddsa 04 " KEY32 "\n"
						       "z fido2 eddsa 05 " KEY32 "\n");
	_cleanup_close_ int empty = file_of(ROSTER_HEADER);

	(void)state;
	assert_int_equal(count_of(fd, "a"), 1);
	assert_int_equal(count_of(fd, "ab"), 2);
	assert_int_equal(count_of(fd, "abc"), 201);
	assert_int_equal(count_of(fd, "z"), 1);
	assert_int_equal(count_of(fd, "A"), 0);
	assert_int_equal(count_of(fd, "aa"), 0);
	assert_int_equal(count_of(fd, "abcd"), 0);
	assert_int_equal(count_of(fd, "zz"), 0);
	assert_int_equal(count_of(empty, "a"), 0);
}

/* More than a person may have, of either kind: none of it counts. */
static void test_too_many(void **state)
{
	char text[8192] = ROSTER_HEADER;
	struct roster_person person;
	const char *wrong;

	(void)state;
	for (int i = 0; i <= ROSTER_PER_USER; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "a fido2 eddsa %02x %s\n", (unsigned int)i, KEY32);
	for (int i = 0; i <= ROSTER_PERIODS; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "b person from=20%02d-04-01 to=20%02d-03-31\n", 20 + i, 21 + i);
	_cleanup_close_ int fd = file_of(text);
	assert_int_equal(roster_find(fd, "a", &person, &wrong), -E2BIG);
	assert_non_null(strstr(wrong, "too many keys"));
	assert_int_equal(roster_find(fd, "b", &person, &wrong), -E2BIG);
	assert_non_null(strstr(wrong, "too many periods"));
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
		unsigned long long before = so_far("rchar");

		snprintf(user, sizeof(user), "u%05u", i);
		assert_int_equal(count_of(fd, user), 2);
		assert_in_range(so_far("rchar") - before, 1, 65535);
		snprintf(user, sizeof(user), "u%05ux", i);
		assert_int_equal(count_of(fd, user), 0);
	}
	assert_int_equal(count_of(fd, "u09999"), 2);
	assert_int_equal(count_of(fd, "u0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
