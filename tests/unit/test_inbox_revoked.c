/* the list of what is revoked as sekishod takes it: the collector's alone, never an older
 * one, from root or the forwarder, each from its own file. */
#include "inbox_fixture.h"

#include "cleanup.h"
#include "revocations.h"

#define MONDAY	2026112301
#define TUESDAY 2026112401

static int set_up_scene(void **state)
{
	struct scene *scene;

	if (scene_begin(state) < 0)
		return -1;
	scene = *state;
	engine.inbox.revoked = scene->kept;
	engine.inbox.fetched_list = scene->fetched;
	engine.inbox.brought_list = scene->brought;
	return 0;
}

static void write_list(const struct scene *scene, const char *path, int64_t number,
		       const char *person)
{
	struct revocations list = {.number = number, .time = "2026-11-23T08:35:00.000000Z"};
	size_t length;
	char *text;

	list.keys = json_object();
	list.people = json_pack("{s:s}", person, "2026-11-23");
	assert_int_equal(
		revocations_sign(&list, scene->sender.pem, scene->sender.key, &text, &length), 0);
	revocations_release(&list);
	put(output, strrchr(path, '/') + 1, text, 0644);
	free(text);
}

static int bring(const struct scene *scene, int64_t number, const char *person)
{
	write_list(scene, scene->brought, number, person);
	return ask("revoked", "brought", 0);
}

static void expect_kept(const struct scene *scene, int64_t number, const char *person)
{
	_cleanup_revocations_ struct revocations list = {};

	assert_int_equal(revocations_load(scene->kept, &list), 0);
	assert_int_equal(list.number, number);
	assert_true(revocations_have_person(&list, person));
}

static void the_newest_counts(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(bring(scene, MONDAY, "hanako"), 0);
	expect_kept(scene, MONDAY, "hanako");
	assert_int_equal(engine.outbox.count, 1);
	assert_int_equal(bring(scene, MONDAY, "hanako"), 0);
	assert_int_equal(engine.outbox.count, 1);
	/* The same number is the same list. */
	assert_int_equal(bring(scene, MONDAY, "taro"), -ESTALE);
	expect_kept(scene, MONDAY, "hanako");
	assert_int_equal(bring(scene, TUESDAY, "taro"), 0);
	expect_kept(scene, TUESDAY, "taro");
	assert_int_equal(bring(scene, MONDAY, "hanako"), -ESTALE);
	expect_kept(scene, TUESDAY, "taro");
	assert_int_equal(engine.outbox.count, 2);
	assert_int_equal(outbox_flush(&engine.outbox, wire_now()), 0);
}

/* What can't be read is no reason to refuse a good one. */
static void a_damaged_one_is_replaced(void **state)
{
	struct scene *scene = *state;

	put(output, "kept", "{}", 0640);
	assert_int_equal(bring(scene, MONDAY, "hanako"), 0);
	expect_kept(scene, MONDAY, "hanako");
}

static void who_brings_it_has_no_say(void **state)
{
	struct scene *scene = *state;

	write_list(scene, scene->fetched, MONDAY, "hanako");
	assert_int_equal(ask("revoked", "fetched", AUDITOR), -EPERM);
	assert_int_equal(ask("revoked", "brought", AUDITOR), -EPERM);
	assert_int_equal(ask("revoked", "brought", FORWARDER), -EPERM);
	assert_int_equal(ask("revoked", "", 0), -EINVAL);
	assert_int_equal(ask("revoked", "/etc/passwd", 0), -EINVAL);
	/* It isn't there. */
	assert_int_equal(ask("revoked", "brought", 0), -EINVAL);
	if (geteuid() == 0)
		assert_int_equal(chown(scene->fetched, FORWARDER, FORWARDER), 0);
	assert_int_equal(ask("revoked", "fetched", FORWARDER), 0);
	expect_kept(scene, MONDAY, "hanako");
	/* Only root's or the forwarder's counts. */
	write_list(scene, scene->fetched, TUESDAY, "taro");
	assert_int_equal(chmod(scene->fetched, 0666), 0);
	assert_int_equal(ask("revoked", "fetched", FORWARDER), -EPERM);
	if (geteuid() == 0) {
		write_list(scene, scene->brought, TUESDAY, "taro");
		assert_int_equal(chown(scene->brought, FORWARDER, FORWARDER), 0);
		assert_int_equal(ask("revoked", "brought", 0), -EPERM);
	}
	expect_kept(scene, MONDAY, "hanako");
	engine.inbox.brought.taken = INBOX_AN_HOUR;
	assert_int_equal(ask("revoked", "fetched", FORWARDER), -EBUSY);
}

static void what_is_wrong_is_refused(void **state)
{
	struct scene *scene = *state;

	put(output, "brought", "", 0644);
	assert_int_equal(ask("revoked", "brought", 0), -EKEYREJECTED);
	put(output, "brought", "nonsense\n", 0644);
	assert_int_equal(ask("revoked", "brought", 0), -EKEYREJECTED);
	assert_int_equal(truncate(scene->brought, SIGNED_FILE_MAX + 1), 0);
	assert_int_equal(ask("revoked", "brought", 0), -EFBIG);
	put(output, "collector.conf", "[Collector]\nServer=log2.example.lg.jp\n", 0644);
	assert_int_equal(bring(scene, MONDAY, "hanako"), -EINVAL);
	put(output, "collector.conf", "[Collector]\nServre=a\n", 0644);
	assert_int_equal(bring(scene, MONDAY, "hanako"), -EINVAL);
	assert_int_equal(engine.outbox.count, 0);
	assert_int_equal(access(scene->kept, F_OK), -1);
}

/* Nothing is told of what is not on the disk. */
static void a_disk_that_refuses_is_told(void **state)
{
	struct scene *scene = *state;

	engine.inbox.revoked = "/nowhere/list";
	assert_int_equal(bring(scene, MONDAY, "hanako"), -ENOENT);
	assert_int_equal(engine.outbox.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_scene, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_newest_counts),	   TEST(a_damaged_one_is_replaced),
		TEST(who_brings_it_has_no_say),	   TEST(what_is_wrong_is_refused),
		TEST(a_disk_that_refuses_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
