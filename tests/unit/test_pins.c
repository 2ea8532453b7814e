/* The pins of the programs: taken away to the last, and known by what hangs there. */
#include "tree_fixture.h"

#include "agent/lsm/attempt.h"
#include "agent/lsm/loaded.h"
#include "agent/lsm/pinned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One that never came to its place, and whatever else is there, goes too. */
static void test_removed(void **state)
{
	char root[] = "/tmp/sekisho-pins-XXXXXX", folder[64];

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(folder, sizeof(folder), "%s/pins", root);
	assert_int_equal(pins_remove(folder), 0);
	tree_put(root, "pins/guard_open", "", 0);
	tree_put(root, "pins/guard_open-new", "", 0);
	tree_put(root, "pins/attempts-new", "", 0);
	tree_put(root, "pins/guard_former", "", 0);
	assert_int_equal(pins_remove(folder), 0);
	assert_int_equal(access(folder, F_OK), -1);
	assert_int_equal(tree_remove(root), 0);
}

static void test_list(void **state)
{
	struct loaded loaded = {.ring = 4000000000U}, read;
	int fd = memfd_create("loaded", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(loaded_read(fd, &read), 0);
	assert_false(read.whole);
	for (size_t i = 0; i < pin_count; i++)
		loaded.programs[i] = pin_rows[i].optional ? 0 : 100 + (uint32_t)i;
	assert_int_equal(loaded_end(fd, &loaded), 0);
	assert_int_equal(loaded_read(fd, &read), 0);
	assert_true(read.whole);
	loaded.whole = true;
	assert_memory_equal(&read, &loaded, sizeof(read));
	/* Begun once more: nothing is known. */
	assert_int_equal(loaded_begin(fd), 0);
	assert_int_equal(loaded_read(fd, &read), 0);
	assert_false(read.whole);
	close(fd);
}

/* A file of that name is no link of the kernel's, wherever it lies. */
static void test_no_pin(void **state)
{
	char root[] = "/tmp/sekisho-pins-XXXXXX", path[64];
	struct loaded loaded = {.ring = 1};
	struct pinned pinned;
	uint32_t map;

	(void)state;
	assert_non_null(mkdtemp(root));
	tree_put(root, "guard_mount", "", 0);
	snprintf(path, sizeof(path), "%s/guard_mount", root);
	assert_true(pinned_link(path, &pinned) < 0);
	assert_true(pinned_map(path, &map) < 0);
	loaded.programs[loaded_row("guard_mount")] = 1;
	assert_string_equal(loaded_differs(&loaded, root), "guard_mount");
	assert_int_equal(tree_remove(root), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_no_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
