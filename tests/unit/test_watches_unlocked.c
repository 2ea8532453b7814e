/* which log-in unlocks which session. What logind says is made up here. */
#include "watches_fixture.h"

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
	go_on(scene, "bb");
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
	put_opened(scene, "b0", "hanako", "swaylock", "", NOBODY_RUNS);
	scene->now += 1000;
	remove_key(scene, "3");
	put_opened(scene, "b1", "taro", "swaylock", "", NOBODY_RUNS);
	put_opened(scene, "b2", "hanako", "login", "/dev/tty5", NOBODY_RUNS);
	put_opened(scene, "b3", "hanako", "sshd", "ssh", NOBODY_RUNS);
	settle(scene, 5000);
	assert_watched(scene, "3", "aa");
	assert_int_equal(watched(scene, "3")->watch.state, WATCH_REMOVED);
	/* A text console has no lock that could be undone. */
	scene->logind.sessions[0].graphical = false;
	put_opened(scene, "b4", "hanako", "vlock", "", NOBODY_RUNS);
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
	go_on(scene, "bb");
	settle(scene, 10);
	assert_watched(scene, "3", "aa");
	settle(scene, 5000);
	assert_watched(scene, "3", "bb");
}

/* Unlocked by a one-time code: there is no key to watch any more. */
static void test_unlocked_by_a_code(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	remove_key(scene, "3");
	scene->now++;
	put_keyless(scene, "bb", "swaylock", "", NOBODY_RUNS, 0);
	go_on(scene, "bb");
	settle(scene, 5000);
	assert_null(watched(scene, "3"));
	assert_false(is_left(scene, "bb.opened"));
	assert_false(is_left(scene, "aa"));
	assert_true(watches_are_none(&scene->watches));
}

/* a substitute's log-in at the greeter takes its time; a screen of the same person that is
 * locked meanwhile is another session. */
static void test_end_of_a_session_that_begins(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	scene->logind.sessions[0].locked = true;
	scene->now += 1000;
	put_end(scene, "bb", "gdm-password", "", getppid());
	settle(scene, 10);
	settle(scene, 30000);
	assert_watched(scene, "3", "aa");
	add(scene, "4", "hanako", "gdm-password", (uint32_t)getppid());
	settle(scene, 10);
	assert_watched(scene, "4", "bb");
	assert_watched(scene, "3", "aa");
}

/* the lock's program is gone, or stays and begins no session: the end is the screen's. */
static void test_end_of_an_unlocked_session(void **state)
{
	static const int32_t pids[] = {NOBODY_RUNS, 1};
	struct scene *scene = *state;

	begin_desktop(scene);
	for (size_t i = 0; i < 2; i++) {
		const char *id = i == 0 ? "bb" : "cc";

		scene->logind.sessions[0].locked = true;
		scene->now += 1000;
		put_end(scene, id, "swaylock", "", pids[i]);
		settle(scene, 10);
		scene->logind.sessions[0].locked = false;
		settle(scene, i == 0 ? 0 : 599999);
		if (i > 0)
			assert_watched(scene, "3", "bb");
		settle(scene, 1);
		assert_watched(scene, "3", id);
	}
}

/* a session that begins later, with the person's own key, gets no end by it. */
static void test_end_of_no_later_session(void **state)
{
	struct scene *scene = *state;

	put_end(scene, "bb", "gdm-password", "", NOBODY_RUNS);
	settle(scene, 10);
	put(scene, "aa", "hanako", "gdm-password", "/dev/tty1", getpid());
	add(scene, "3", "hanako", "gdm-password", (uint32_t)getpid())->locked = true;
	settle(scene, 10);
	settle(scene, LINGER);
	assert_watched(scene, "3", "aa");
	assert_false(is_left(scene, "bb.opened"));
}

/* a lock that never tells logind of itself. */
static void test_end_at_a_silent_lock(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	add(scene, "4", "taro", "gdm-password", 4242);
	add(scene, "5", "hanako", "login", 4243)->graphical = false;
	add(scene, "6", "hanako", "sshd", 4244)->remote = true;
	scene->now += 1000;
	put_end(scene, "bb", "i3lock", "", NOBODY_RUNS);
	settle(scene, 10);
	assert_watched(scene, "3", "bb");
	/* At the console that the lock names. */
	snprintf(scene->logind.sessions[2].tty, sizeof(scene->logind.sessions[2].tty), "tty5");
	put_end(scene, "cc", "vlock", "/dev/tty5", NOBODY_RUNS);
	settle(scene, 10);
	assert_watched(scene, "5", "cc");
	assert_watched(scene, "3", "bb");
}

/* it could be either of two, or the log-in did not go on: no session gets an end for
 * another one's lock. */
static void test_end_of_nobody_knows_which(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	scene->now += 1000;
	put_keyless(scene, "cc", "i3lock", "", NOBODY_RUNS, scene->now + 3600000);
	settle(scene, 10);
	settle(scene, LINGER);
	assert_watched(scene, "3", "aa");
	assert_false(is_left(scene, "cc"));
	add(scene, "4", "hanako", "gdm-password", 4242);
	put_end(scene, "bb", "i3lock", "", NOBODY_RUNS);
	settle(scene, 10);
	settle(scene, LINGER);
	assert_watched(scene, "3", "aa");
	assert_null(watched(scene, "4"));
	assert_false(is_left(scene, "bb.opened"));
}

/* the person's own key, of which nothing is told where it is not watched, lifts the end. */
static void test_end_lifted(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	scene->now += 1000;
	put_end(scene, "bb", "swaylock", "", NOBODY_RUNS);
	settle(scene, 10);
	assert_watched(scene, "3", "bb");
	scene->logind.sessions[0].locked = true;
	put_keyless(scene, "cc", "swaylock", "", NOBODY_RUNS, 0);
	settle(scene, 10);
	assert_watched(scene, "3", "bb");
	scene->logind.sessions[0].locked = false;
	go_on(scene, "cc");
	settle(scene, 10);
	assert_null(watched(scene, "3"));
	assert_true(watches_are_none(&scene->watches));
}

/* a log-in that begins a session of its own, however long that takes, lifts the end of
 * no other one. */
static void test_end_not_lifted(void **state)
{
	struct scene *scene = *state;

	begin_desktop(scene);
	scene->now += 1000;
	put_end(scene, "bb", "swaylock", "", NOBODY_RUNS);
	settle(scene, 10);
	scene->logind.sessions[0].locked = true;
	put_opened(scene, "cc", "hanako", "gdm-password", "", getppid());
	settle(scene, 10);
	settle(scene, 30000);
	assert_watched(scene, "3", "bb");
	add(scene, "4", "hanako", "gdm-password", (uint32_t)getppid());
	settle(scene, 10);
	assert_watched(scene, "4", "cc");
	assert_watched(scene, "3", "bb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_unlocked),
		CASE(test_unlocked_without_a_word),
		CASE(test_unlocks_nothing),
		CASE(test_second_key),
		CASE(test_unlocked_by_a_code),
		CASE(test_end_of_a_session_that_begins),
		CASE(test_end_of_an_unlocked_session),
		CASE(test_end_of_no_later_session),
		CASE(test_end_at_a_silent_lock),
		CASE(test_end_of_nobody_knows_which),
		CASE(test_end_lifted),
		CASE(test_end_not_lifted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
