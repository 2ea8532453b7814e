/* which log-in begins or unlocks which session, and what is known of it after a restart. What
 * logind says is made up here. */
#include "agent/presence/watches.h"
#include "tree_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define NOBODY_RUNS 2147483646 /* beyond any process id of the kernel's */
#define LINGER	    60000

struct scene {
	char root[64];
	struct watches watches;
	struct logind logind;
	int64_t now;
};

static int open_below(const struct scene *scene, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", scene->root, name);
	if (mkdir(path, 0755) < 0)
		assert_int_equal(errno, EEXIST);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	snprintf(scene->root, sizeof(scene->root), "/tmp/sekisho-watches-XXXXXX");
	assert_non_null(mkdtemp(scene->root));
	scene->watches.notes = open_below(scene, "notes");
	scene->watches.run = open_below(scene, "run");
	scene->now = 1000000;
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	watches_release(&scene->watches);
	close(scene->watches.notes);
	close(scene->watches.run);
	assert_int_equal(tree_remove(scene->root), 0);
	free(scene);
	return 0;
}

static void put(const struct scene *scene, const char *id, const char *user, const char *service,
		const char *tty, int32_t pid)
{
	struct login_note note = {.pid = pid, .at_ms = scene->now, .at_boottime_ms = scene->now};

	snprintf(note.id, sizeof(note.id), "%s", id);
	snprintf(note.user, sizeof(note.user), "%s", user);
	snprintf(note.service, sizeof(note.service), "%s", service);
	snprintf(note.tty, sizeof(note.tty), "%s", tty);
	snprintf(note.credential, sizeof(note.credential), "credential-%s", id);
	snprintf(note.key.instance, sizeof(note.key.instance), "0003:1050:0407.%s", id);
	note.key_id_length = 2;
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
}

static struct session *add(struct scene *scene, const char *name, const char *user,
			   const char *service, uint32_t leader)
{
	struct session *session = &scene->logind.sessions[scene->logind.count++];

	*session = (struct session){
		.leader = leader, .since_ms = scene->now, .graphical = true, .person = true};
	snprintf(session->name, sizeof(session->name), "%s", name);
	snprintf(session->user, sizeof(session->user), "%s", user);
	snprintf(session->service, sizeof(session->service), "%s", service);
	snprintf(session->tty, sizeof(session->tty), "tty2");
	return session;
}

static void settle(struct scene *scene, int64_t later)
{
	scene->now += later;
	watches_settle(&scene->watches, &scene->logind, true, scene->now);
}

static struct watched *watched(struct scene *scene, const char *session)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (strcmp(scene->watches.list[i].session, session) == 0)
			return &scene->watches.list[i];
	return NULL;
}

static void assert_watched(struct scene *scene, const char *session, const char *id)
{
	const struct watched *found = watched(scene, session);

	if (!found)
		fail_msg("session %s is not watched", session);
	assert_string_equal(found->note.id, id);
}

static bool is_left(const struct scene *scene, const char *name)
{
	return faccessat(scene->watches.notes, name, F_OK, 0) == 0;
}

static void remove_key(struct scene *scene, const char *session)
{
	struct watched *found = watched(scene, session);

	found->watch.state = WATCH_REMOVED;
	found->watch.removed_at = scene->now;
	found->watch.locked = true;
}

/* Two people, two sessions, two keys: each log-in begins the session that its program leads, and
 * nobody else's. */
static void test_begun_by_its_leader(void **state)
{
	struct scene *scene = *state;

	put(scene, "aa", "hanako", "login", "/dev/tty2", getpid());
	put(scene, "bb", "taro", "login", "/dev/tty3", getppid());
	settle(scene, 0);
	assert_int_equal(scene->watches.waiting, 2);
	add(scene, "1", "root", "login", 4242);
	add(scene, "2", "taro", "login", (uint32_t)getppid());
	settle(scene, 10);
	assert_watched(scene, "2", "bb");
	assert_int_equal(scene->watches.waiting, 1);
	add(scene, "3", "hanako", "login", (uint32_t)getpid());
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	assert_watched(scene, "2", "bb");
	assert_null(watched(scene, "1"));
	assert_string_equal(watched(scene, "3")->key.instance, "0003:1050:0407.aa");
	/* One ends: its file goes with it, and the other one stays. */
	scene->logind.sessions[1].closing = true;
	settle(scene, 10);
	assert_null(watched(scene, "2"));
	assert_false(is_left(scene, "bb"));
	assert_true(is_left(scene, "aa"));
	assert_false(watches_are_none(&scene->watches));
	scene->logind.count = 0;
	settle(scene, 10);
	assert_true(watches_are_none(&scene->watches));
	assert_false(is_left(scene, "aa"));
}

/* Nothing is forgotten on the word of a list that is old. */
static void test_logind_away(void **state)
{
	struct scene *scene = *state;

	put(scene, "aa", "hanako", "login", "/dev/tty2", getpid());
	add(scene, "3", "hanako", "login", (uint32_t)getpid());
	settle(scene, 0);
	scene->logind.count = 0;
	watches_settle(&scene->watches, &scene->logind, false, scene->now + 1000);
	assert_watched(scene, "3", "aa");
	assert_true(is_left(scene, "aa"));
}

/* sshd asks in a child of the process that leads. */
static void test_begun_by_the_parent(void **state)
{
	struct scene *scene = *state;
	struct login_note note = {.id = "cc",
				  .user = "hanako",
				  .service = "sshd",
				  .tty = "ssh",
				  .credential = "c",
				  .pid = NOBODY_RUNS,
				  .parent = getpid(),
				  .key_id_length = 1};

	note.at_ms = scene->now;
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
	/* The child is gone; the session takes its time. */
	settle(scene, 0);
	settle(scene, 2 * LINGER);
	assert_true(is_left(scene, "cc"));
	add(scene, "7", "hanako", "sshd", (uint32_t)getpid())->graphical = false;
	settle(scene, 10);
	assert_watched(scene, "7", "cc");
}

/* Another person's process, a log-in screen, a session that was there before. */
static void test_not_begun(void **state)
{
	struct scene *scene = *state;

	add(scene, "1", "hanako", "login", (uint32_t)getpid());
	scene->now += 1000;
	put(scene, "aa", "hanako", "login", "/dev/tty2", getpid());
	add(scene, "2", "taro", "login", (uint32_t)getpid());
	add(scene, "3", "hanako", "gdm-password", (uint32_t)getpid())->person = false;
	settle(scene, 5000);
	for (size_t i = 0; i < WATCHES_MAX; i++)
		assert_string_equal(scene->watches.list[i].session, "");
	assert_int_equal(scene->watches.waiting, 1);
}

static void test_nobody_is_there_any_more(void **state)
{
	struct scene *scene = *state;

	put(scene, "aa", "hanako", "login", "/dev/tty2", NOBODY_RUNS);
	settle(scene, 0);
	settle(scene, LINGER - 1);
	assert_true(is_left(scene, "aa"));
	settle(scene, 1);
	assert_false(is_left(scene, "aa"));
	assert_true(watches_are_none(&scene->watches));
}

static void begin_desktop(struct scene *scene)
{
	put(scene, "aa", "hanako", "gdm-password", "/dev/tty1", getpid());
	add(scene, "3", "hanako", "gdm-password", (uint32_t)getpid());
	settle(scene, 0);
	assert_watched(scene, "3", "aa");
}

/* The lock's own log-in: only once all factors were right, and it counts from then on. */
static void test_unlocked(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	remove_key(scene, "3");
	scene->logind.sessions[0].locked = true;
	scene->now += 5000;
	put(scene, "bb", "hanako", "swaylock", "", NOBODY_RUNS);
	settle(scene, 0);
	settle(scene, 5000);
	assert_watched(scene, "3", "aa");
	assert_int_equal(loginnote_open(scene->watches.notes, "bb"), 0);
	settle(scene, 0);
	assert_watched(scene, "3", "bb");
	assert_int_equal(watched(scene, "3")->watch.state, WATCH_PRESENT);
	assert_string_equal(watched(scene, "3")->key.instance, "0003:1050:0407.bb");
	assert_false(is_left(scene, "aa"));
}

/* It ends without a word, but the screen is unlocked. */
static void test_unlocked_without_a_word(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	remove_key(scene, "3");
	scene->logind.sessions[0].locked = true;
	put(scene, "bb", "hanako", "swaylock", "", NOBODY_RUNS);
	settle(scene, 100);
	assert_watched(scene, "3", "aa");
	scene->logind.sessions[0].locked = false;
	settle(scene, 100);
	assert_watched(scene, "3", "bb");
}

/* What was verified before the key was pulled out excuses nothing; nor does another person's
 * log-in, another terminal's, or one on a text console. */
static void test_unlocks_nothing(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	put(scene, "b0", "hanako", "swaylock", "", NOBODY_RUNS);
	assert_int_equal(loginnote_open(scene->watches.notes, "b0"), 0);
	scene->now += 1000;
	remove_key(scene, "3");
	put(scene, "b1", "taro", "swaylock", "", NOBODY_RUNS);
	put(scene, "b2", "hanako", "login", "/dev/tty5", NOBODY_RUNS);
	put(scene, "b3", "hanako", "sshd", "ssh", NOBODY_RUNS);
	assert_int_equal(loginnote_open(scene->watches.notes, "b1"), 0);
	assert_int_equal(loginnote_open(scene->watches.notes, "b2"), 0);
	assert_int_equal(loginnote_open(scene->watches.notes, "b3"), 0);
	settle(scene, 5000);
	assert_watched(scene, "3", "aa");
	assert_int_equal(watched(scene, "3")->watch.state, WATCH_REMOVED);
	/* A text console has no lock that could be undone. */
	scene->logind.sessions[0].graphical = false;
	put(scene, "b4", "hanako", "vlock", "", NOBODY_RUNS);
	assert_int_equal(loginnote_open(scene->watches.notes, "b4"), 0);
	settle(scene, 5000);
	assert_watched(scene, "3", "aa");
}

/* Locked by hand and unlocked with a second key, whose program stays: the screen is open again
 * before anybody can tell what the log-in was for. */
static void test_second_key(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	scene->logind.sessions[0].locked = true;
	scene->now += 1000;
	put(scene, "bb", "hanako", "gdm-password", "", getppid());
	settle(scene, 10);
	scene->logind.sessions[0].locked = false;
	assert_int_equal(loginnote_open(scene->watches.notes, "bb"), 0);
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	settle(scene, 5000);
	assert_watched(scene, "3", "bb");
}

/* Unlocked by a one-time code: there is no key to watch any more. */
static void test_unlocked_by_a_code(void **state)
{
	struct scene *scene = *state;
	struct login_note note = {
		.id = "bb", .user = "hanako", .service = "swaylock", .pid = NOBODY_RUNS};

	begin_desktop(scene);
	remove_key(scene, "3");
	note.at_ms = note.at_boottime_ms = scene->now + 1;
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
	assert_int_equal(loginnote_open(scene->watches.notes, "bb"), 0);
	settle(scene, 5000);
	assert_null(watched(scene, "3"));
	assert_false(is_left(scene, "bb.opened"));
	assert_false(is_left(scene, "aa"));
	assert_true(watches_are_none(&scene->watches));
}

static void test_restart(void **state)
{
	struct scene *scene = *state;
	struct watches again = {};

	begin_desktop(scene);
	put(scene, "bb", "taro", "login", "/dev/tty4", getppid());
	add(scene, "4", "taro", "login", (uint32_t)getppid());
	settle(scene, 10);
	remove_key(scene, "3");
	watched(scene, "3")->watch.ended = true;
	snprintf(watched(scene, "4")->key.instance, HIDKEY_INSTANCE_MAX, "0003:1050:0407.0099");
	watched(scene, "4")->watch.state = WATCH_MISSING;
	assert_int_equal(watches_save(&scene->watches), 0);
	/* In between the log-in went on. */
	assert_int_equal(loginnote_open(scene->watches.notes, "bb"), 0);
	again.notes = scene->watches.notes;
	again.run = scene->watches.run;
	watches_load(&again);
	watches_release(&scene->watches);
	scene->watches = again;
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	assert_int_equal(watched(scene, "3")->watch.state, WATCH_REMOVED);
	assert_int_equal(watched(scene, "3")->watch.removed_at, scene->now - 10);
	assert_true(watched(scene, "3")->watch.ended);
	assert_watched(scene, "4", "bb");
	assert_string_equal(watched(scene, "4")->key.instance, "0003:1050:0407.0099");
	assert_int_equal(watched(scene, "4")->watch.state, WATCH_PRESENT);
	/* Without the file each finds its session again, with the key that it began with. */
	assert_int_equal(unlinkat(scene->watches.run, "watches", 0), 0);
	memset(scene->watches.list, 0, sizeof(scene->watches.list));
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	assert_watched(scene, "4", "bb");
	assert_string_equal(watched(scene, "4")->key.instance, "0003:1050:0407.bb");
}

static void test_foreign_files(void **state)
{
	struct scene *scene = *state;
	char notes[96];

	snprintf(notes, sizeof(notes), "%s/notes", scene->root);
	tree_put(notes, "aa", "{\"pid\":1}", 9);
	tree_put(notes, "bb.other", "{}", 2);
	tree_put(notes, ".cc.new", "{", 1);
	settle(scene, 0);
	assert_false(is_left(scene, "aa"));
	assert_false(is_left(scene, "bb.other"));
	assert_true(is_left(scene, ".cc.new"));
	assert_true(watches_are_none(&scene->watches));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_begun_by_its_leader, setup, teardown),
		cmocka_unit_test_setup_teardown(test_logind_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_begun_by_the_parent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_begun, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_is_there_any_more, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unlocked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unlocked_without_a_word, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unlocks_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unlocked_by_a_code, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
