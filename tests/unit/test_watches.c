/* which log-in begins which session, and what is known of it after a restart. What logind
 * says is made up here. */
#include "watches_fixture.h"

/* another person takes a session over: it is named, and that person's key is the one from
 * then on. Nobody's session but the account's own, and nothing before authd says that it counts. */
static void test_taken_over(void **state)
{
	struct scene *scene = *state;
	struct login_note note = {.asked.pid = NOBODY_RUNS, .key_id_length = 2};

	put(scene, "aa", "madoguchi", "login", "/dev/tty2", getpid());
	add(scene, "3", "madoguchi", "login", (uint32_t)getpid());
	add(scene, "4", "hanako", "login", (uint32_t)getppid());
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	note.at_ms = note.at_boottime_ms = scene->now;
	snprintf(note.id, sizeof(note.id), "bb");
	snprintf(note.user, sizeof(note.user), "madoguchi");
	snprintf(note.service, sizeof(note.service), "sekisho-operator");
	snprintf(note.credential, sizeof(note.credential), "credential-bb");
	snprintf(note.key.instance, sizeof(note.key.instance), "0003:1050:0407.bb");
	snprintf(note.person, sizeof(note.person), "hanako");
	snprintf(note.session, sizeof(note.session), "3");
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	go_on(scene, "bb");
	settle(scene, 10);
	assert_watched(scene, "3", "bb");
	assert_string_equal(watched(scene, "3")->note.person, "hanako");
	assert_false(is_left(scene, "aa"));
	/* Not hers. */
	snprintf(note.id, sizeof(note.id), "cc");
	snprintf(note.session, sizeof(note.session), "4");
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
	go_on(scene, "cc");
	settle(scene, 10);
	assert_null(watched(scene, "4"));
	assert_watched(scene, "3", "bb");
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

/* As winbind names people of a domain; and a note says it as logind does. */
static void test_name_with_a_backslash(void **state)
{
	struct scene *scene = *state;

	put(scene, "aa", "CITY\\hanako", "login", "/dev/tty2", getpid());
	add(scene, "3", "CITY\\hanako", "login", (uint32_t)getpid());
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	assert_string_equal(watched(scene, "3")->note.user, "CITY\\hanako");
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
				  .asked.pid = NOBODY_RUNS,
				  .parent.pid = getpid(),
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

/* A process that got the number of the one that asked is another one: what it leads is not the
 * log-in's, and nobody waits for it. */
static void test_another_process_of_that_number(void **state)
{
	struct scene *scene = *state;
	struct login_note note = {.user = "hanako",
				  .service = "login",
				  .tty = "/dev/tty2",
				  .credential = "c",
				  .key_id_length = 1};

	assert_int_equal(process_find(getpid(), &note.asked), 0);
	assert_int_equal(process_find(getppid(), &note.parent), 0);
	note.asked.started++;
	note.parent.started++;
	note.at_ms = scene->now;
	snprintf(note.id, sizeof(note.id), "aa");
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
	add(scene, "3", "hanako", "login", (uint32_t)note.asked.pid);
	add(scene, "4", "hanako", "login", (uint32_t)note.parent.pid);
	settle(scene, 10);
	assert_null(watched(scene, "3"));
	assert_null(watched(scene, "4"));
	settle(scene, LINGER);
	assert_false(is_left(scene, "aa"));
	/* And the very one. */
	snprintf(note.id, sizeof(note.id), "bb");
	note.parent.started--;
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
	settle(scene, 10);
	assert_watched(scene, "4", "bb");
	assert_null(watched(scene, "3"));
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
	go_on(scene, "bb");
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

static void start_again(struct scene *scene)
{
	struct watches again = {.notes = scene->watches.notes, .run = scene->watches.run};

	watches_load(&again);
	watches_release(&scene->watches);
	scene->watches = again;
}

/* killed between the log-in that counts now and the file that says so: the one before is
 * still there. Killed after that, and before its note was taken away, it does not come back. */
static void test_killed_in_between(void **state)
{
	struct scene *scene = *state;

	put_end(scene, "aa", "login", "/dev/tty2", getpid());
	add(scene, "3", "hanako", "login", (uint32_t)getpid());
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	put_opened(scene, "bb", "hanako", "login", "/dev/tty2", NOBODY_RUNS);
	scene->logind.sessions[0].locked = true;
	scene->unsaved = true;
	settle(scene, 10);
	assert_watched(scene, "3", "bb");
	assert_true(is_left(scene, "aa.opened"));
	scene->logind.sessions[0].locked = false;
	start_again(scene);
	assert_watched(scene, "3", "aa");
	assert_int_not_equal(watched(scene, "3")->note.ends_at_ms, 0);
	scene->logind.sessions[0].locked = true;
	scene->unsaved = false;
	settle(scene, 10);
	assert_watched(scene, "3", "bb");
	assert_false(is_left(scene, "aa.opened"));
	scene->now -= 1000;
	put_end(scene, "aa", "login", "/dev/tty2", getpid());
	scene->logind.sessions[0].since_ms = scene->now;
	scene->now += 1000;
	start_again(scene);
	settle(scene, 10);
	assert_watched(scene, "3", "bb");
	assert_false(is_left(scene, "aa.opened"));
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

/* an end that can't be read is none that may be left out. */
static void test_end_of_no_number(void **state)
{
	static const char *const ends[] = {"\"1\"", "1.0", "true", "-1", "null"};
	struct scene *scene = *state;
	struct login_note note;
	char notes[96], text[512];

	snprintf(notes, sizeof(notes), "%s/notes", scene->root);
	put_end(scene, "aa", "login", "/dev/tty2", NOBODY_RUNS);
	assert_int_equal(loginnote_read(scene->watches.notes, "aa.opened", &note), 0);
	assert_int_equal(note.ends_at_ms, scene->now + 3600000);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(text, sizeof(text),
			 "{\"pid\":1,\"parent\":0,\"key_id\":\"\",\"user\":\"hanako\",\"service\":"
			 "\"login\","
			 "\"tty\":\"\",\"credential\":\"\",\"label\":\"\",\"rp_id\":\"\","
			 "\"key.instance\":\"\",\"key.identity\":\"\",\"ends_at_ms\":%s}",
			 ends[i]);
		tree_put(notes, "bb", text, strlen(text));
		assert_int_equal(loginnote_read(scene->watches.notes, "bb", &note), -EBADMSG);
	}
}

/* by the time that went by, and by a clock that was set forward. */
static void test_over(void **state)
{
	const struct login_note end = {.ends_at_ms = 5000, .last_day = 20261127}, none = {};

	(void)state;
	assert_false(loginnote_is_over(&end, 4999, 20261127));
	assert_true(loginnote_is_over(&end, 5000, 20261127));
	assert_true(loginnote_is_over(&end, 4999, 20261128));
	assert_false(loginnote_is_over(&end, 4999, 20261126));
	assert_true(loginnote_is_over(&end, 5000, 20261126));
	assert_false(loginnote_is_over(&none, 5000, 20261128));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_begun_by_its_leader),
		CASE(test_name_with_a_backslash),
		CASE(test_taken_over),
		CASE(test_logind_away),
		CASE(test_begun_by_the_parent),
		CASE(test_not_begun),
		CASE(test_another_process_of_that_number),
		CASE(test_nobody_is_there_any_more),
		CASE(test_restart),
		CASE(test_killed_in_between),
		CASE(test_foreign_files),
		CASE(test_end_of_no_number),
		CASE(test_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
