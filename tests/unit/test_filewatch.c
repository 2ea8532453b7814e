/* Files that decide who gets in, on a made-up machine: what changes in them is told. */
#include "heard_fixture.h"
#include "tree_fixture.h"

#include "agent/engine/filewatch.h"

#include "cleanup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* printf 'a\n' | sha256sum, and so on */
#define HASH_A "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
#define HASH_B "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f"
/* printf '%s  /etc/sekisho/roster\n' HASH_A | sha256sum; and of nothing */
#define PEOPLE "7d74a1145542e8623eb28b70b4bb263880350c2759701e20bb1562618274b3bf"
#define EMPTY  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char root[48];
static int root_fd;
static struct filewatch watch;
static struct heard heard;

/* Each time at another second: the clock of a file system is coarse. */
static void put(const char *path, const char *text)
{
	static time_t second = 1000000000;
	const struct timespec times[] = {{.tv_sec = second}, {.tv_sec = second}};
	char whole[256];

	tree_put(root, path, text, strlen(text));
	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	assert_int_equal(utimensat(AT_FDCWD, whole, times, 0), 0);
	second++;
}

static void hear(void *user, const struct event *event)
{
	static const char *const keys[] = {"group",  "file",	 "files",
					   "sha256", "replaced", "missed"};

	heard_event(user, event, keys, ARRAY_SIZE(keys));
}

static int set_up(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/sekisho-filewatch-XXXXXX");
	assert_non_null(mkdtemp(root));
	put("etc/sekisho/roster", "a\n");
	put("etc/pam.d/login", "a\n");
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root_fd >= 0);
	watch = (struct filewatch){.tell = hear, .user = &heard};
	heard = (struct heard){};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	filewatch_release(&watch);
	close(root_fd);
	return tree_remove(root);
}

static void look(void)
{
	heard = (struct heard){};
	filewatch_look(&watch, root_fd);
}

static int truncate_file(const char *path, off_t size)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	return truncate(whole, size);
}

static void remove_file(const char *path)
{
	assert_int_equal(unlinkat(root_fd, path, 0), 0);
}

/* L-01 */
static void test_the_start_tells_what_there_is(void **state)
{
	(void)state;
	look();
	assert_int_equal(heard.count, 5);
	assert_string_equal(heard.lines[0], "log-in 0 " EMPTY);
	assert_string_equal(heard.lines[1], "people 1 " PEOPLE);
	assert_string_equal(heard.lines[2], "devices 0 " EMPTY);
	assert_string_equal(heard.lines[3], "collector 0 " EMPTY);
	assert_memory_equal(heard.lines[4], "doors 1 ", strlen("doors 1 "));
	look();
	assert_int_equal(heard.count, 0);
}

static void test_a_change_is_told_once(void **state)
{
	(void)state;
	look();
	put("etc/sekisho/roster", "b\n");
	look();
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.lines[0], "people /etc/sekisho/roster " HASH_B " " HASH_A);
	look();
	assert_int_equal(heard.count, 0);
}

/* Changed and changed back between two looks. */
static void test_a_touch_is_told(void **state)
{
	(void)state;
	look();
	put("etc/sekisho/roster", "b\n");
	put("etc/sekisho/roster", "a\n");
	look();
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.lines[0], "people /etc/sekisho/roster " HASH_A " " HASH_A);
}

static void test_what_comes_and_goes_is_told(void **state)
{
	(void)state;
	look();
	put("etc/sekisho/sekisho.conf.d/a.conf", "b\n");
	put("etc/pam.d/.hidden", "a\n");
	remove_file("etc/sekisho/roster");
	look();
	assert_int_equal(heard.count, 3);
	assert_string_equal(heard.lines[0], "doors /etc/pam.d/.hidden " HASH_A " no file");
	assert_string_equal(heard.lines[1], "people /etc/sekisho/roster no file " HASH_A);
	assert_string_equal(heard.lines[2],
			    "log-in /etc/sekisho/sekisho.conf.d/a.conf " HASH_B " no file");
}

/* authselect(8) */
static void test_a_link_is_followed(void **state)
{
	(void)state;
	put("etc/authselect/system-auth", "a\n");
	assert_int_equal(symlinkat("../authselect/system-auth", root_fd, "etc/pam.d/system-auth"),
			 0);
	look();
	put("etc/authselect/system-auth", "b\n");
	look();
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.lines[0], "doors /etc/pam.d/system-auth " HASH_B " " HASH_A);
}

/* What is no file holds nobody up. */
static void test_other_things_are_left_out(void **state)
{
	(void)state;
	look();
	remove_file("etc/pam.d/login");
	assert_int_equal(mkfifoat(root_fd, "etc/pam.d/login", 0644), 0);
	assert_int_equal(mkdirat(root_fd, "etc/pam.d/folder", 0755), 0);
	look();
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.lines[0], "doors /etc/pam.d/login no file " HASH_A);
}

/* What a change of a password writes, an editor's copy, and what is not for us to open. */
static void test_names_that_do_not_count(void **state)
{
	(void)state;
	look();
	put("etc/security/opasswd", "a\n");
	put("etc/sekisho/sekisho.conf.d/a.conf~", "a\n");
	put("etc/security/access.d/a.conf", "a\n");
	look();
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.lines[0],
			    "doors /etc/security/access.d/a.conf " HASH_A " no file");
}

/* It could hang. */
static void test_a_link_elsewhere_is_not_followed(void **state)
{
	(void)state;
	assert_int_equal(symlinkat("/proc/version", root_fd, "etc/pam.d/afar"), 0);
	look();
	assert_int_equal(heard.count, 5);
	assert_memory_equal(heard.lines[4], "doors 2 ", strlen("doors 2 "));
	assert_int_equal(unlinkat(root_fd, "etc/pam.d/afar", 0), 0);
	look();
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.lines[0],
			    "doors /etc/pam.d/afar no file Invalid cross-device link");
}

static void test_a_folder_elsewhere_is_not_read(void **state)
{
	(void)state;
	put("srv/a.conf", "a\n");
	assert_int_equal(symlinkat("../../srv", root_fd, "etc/sekisho/sekisho.conf.d"), 0);
	look();
	assert_memory_equal(heard.lines[0], "log-in 1 ", strlen("log-in 1 "));
	assert_int_equal(unlinkat(root_fd, "etc/sekisho/sekisho.conf.d", 0), 0);
	look();
	assert_int_equal(heard.count, 1);
	assert_string_equal(
		heard.lines[0],
		"log-in /etc/sekisho/sekisho.conf.d/ no file Invalid cross-device link");
}

/* Nor one on the way, in /etc itself. */
static void test_a_folder_on_the_way_is_not_followed(void **state)
{
	(void)state;
	put("mnt/roster", "a\n");
	assert_int_equal(renameat(root_fd, "etc/sekisho", root_fd, "etc/kept"), 0);
	assert_int_equal(symlinkat("../mnt", root_fd, "etc/sekisho"), 0);
	look();
	assert_int_equal(unlinkat(root_fd, "etc/sekisho", 0), 0);
	look();
	assert_string_equal(heard.lines[0],
			    "devices /etc/sekisho/buses.conf no file Invalid cross-device link");
	assert_string_equal(heard.lines[12],
			    "people /etc/sekisho/roster no file Invalid cross-device link");
	assert_int_equal(renameat(root_fd, "etc/kept", root_fd, "etc/sekisho"), 0);
}

static void test_too_large_a_file_has_no_hash(void **state)
{
	(void)state;
	look();
	put("etc/pam.d/login", "b\n");
	assert_int_equal(truncate_file("etc/pam.d/login", 1024 * 1024 + 1), 0);
	look();
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.lines[0], "doors /etc/pam.d/login File too large " HASH_A);
}

static void put_many(int count)
{
	char path[64];

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "etc/security/%04d.conf", i);
		put(path, "");
	}
}

/* Nothing is silent: what is not told one by one changes its group's hash. */
static void test_many_changes_at_once(void **state)
{
	(void)state;
	look();
	put_many(FILEWATCH_TOLD + 8);
	look();
	assert_int_equal(heard.count, FILEWATCH_TOLD + 5);
	assert_memory_equal(heard.lines[FILEWATCH_TOLD + 4], "doors 41 ", strlen("doors 41 "));
	assert_string_equal(heard.lines[FILEWATCH_TOLD + 4] +
				    strlen(heard.lines[FILEWATCH_TOLD + 4]) - 2,
			    " 8");
	look();
	assert_int_equal(heard.count, 0);
}

static void test_too_many_are_counted(void **state)
{
	(void)state;
	put_many(FILELIST_MAX + 7);
	look();
	assert_int_equal(heard.count, 5);
	assert_memory_equal(heard.lines[4], "doors 512 ", strlen("doors 512 "));
	assert_string_equal(heard.lines[4] + strlen(heard.lines[4]) - 2, " 9");
	remove_file("etc/security/0000.conf");
	look();
	/* It went, another takes its place, and the count is another. */
	assert_int_equal(heard.count, 2 + 5);
	assert_string_equal(heard.lines[6] + strlen(heard.lines[6]) - 2, " 8");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_the_start_tells_what_there_is),
		TEST(test_a_change_is_told_once),
		TEST(test_a_touch_is_told),
		TEST(test_what_comes_and_goes_is_told),
		TEST(test_a_link_is_followed),
		TEST(test_other_things_are_left_out),
		TEST(test_names_that_do_not_count),
		TEST(test_a_link_elsewhere_is_not_followed),
		TEST(test_a_folder_elsewhere_is_not_read),
		TEST(test_a_folder_on_the_way_is_not_followed),
		TEST(test_too_large_a_file_has_no_hash),
		TEST(test_many_changes_at_once),
		TEST(test_too_many_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
