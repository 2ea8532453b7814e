/* A small roster is read at once: around that size the same is found, and the same is wrong. */
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
#define LAST	"z fido2 eddsa 01 " KEY32 " label="

/* Reads of this process so far: syscr of proc(5)'s /proc/PID/io. */
static unsigned long long reads(void)
{
	FILE *file = fopen("/proc/self/io", "re");
	char line[64];
	char *end = NULL;
	unsigned long long count;

	assert_non_null(file);
	for (int i = 0; i < 3; i++)
		assert_non_null(fgets(line, sizeof(line), file));
	assert_int_equal(fclose(file), 0);
	assert_memory_equal(line, "syscr: ", strlen("syscr: "));
	count = strtoull(line + strlen("syscr: "), &end, 10);
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
	own = reads();
	own = reads() - own;
	before = reads();
	assert_int_equal(find(fd, "u020", &person), 2);
	assert_in_range(reads() - before - own, least, most);
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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
