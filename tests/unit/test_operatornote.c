/* who works in which session of a shared account. */
#include "notefile.h"
#include "operatornote.h"
#include "tree_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define GONE 2147483646 /* beyond any process id of the kernel's */

/* What logind says, made up. */
struct scene {
	char root[64];
	int directory;
	const char *own; /* the session of this process; NULL: none */
	int count; /* of the account's sessions */
	const char *ended; /* a session that is no more */
	struct operator_sessions sessions;
};

static int of(void *user, int32_t pid, char name[static OPERATORNOTE_SESSION_MAX])
{
	const struct scene *scene = user;

	if (!scene->own || pid != getpid())
		return -ENODATA;
	snprintf(name, OPERATORNOTE_SESSION_MAX, "%s", scene->own);
	return 0;
}

static int count(void *user, const char *account)
{
	const struct scene *scene = user;

	return strcmp(account, "madoguchi") == 0 ? scene->count : 0;
}

static bool exists(void *user, const char *session)
{
	const struct scene *scene = user;

	return !scene->ended || strcmp(scene->ended, session) != 0;
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	snprintf(scene->root, sizeof(scene->root), "/tmp/sekisho-operators-XXXXXX");
	assert_non_null(mkdtemp(scene->root));
	scene->directory = open(scene->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scene->count = 1;
	scene->sessions = (struct operator_sessions){of, count, exists, scene};
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	close(scene->directory);
	assert_int_equal(tree_remove(scene->root), 0);
	free(scene);
	return 0;
}

static void put(const struct scene *scene, const char *id, const char *person, const char *session,
		int32_t pid, int64_t at)
{
	struct operator_note note = {.at_boottime_ms = at};

	snprintf(note.id, sizeof(note.id), "%s", id);
	snprintf(note.account, sizeof(note.account), "madoguchi");
	snprintf(note.person, sizeof(note.person), "%s", person);
	snprintf(note.session, sizeof(note.session), "%s", session);
	if (process_find(pid, &note.asked) < 0)
		note.asked = (struct process){pid, 1};
	assert_int_equal(operatornote_write(scene->directory, &note), 0);
}

static void put_opened(const struct scene *scene, const char *id, const char *person,
		       const char *session, int32_t pid, int64_t at)
{
	put(scene, id, person, session, pid, at);
	assert_int_equal(notefile_open(scene->directory, id), 0);
}

static void assert_person(const struct scene *scene, const char *session, const char *person)
{
	struct operator_note note = {};

	assert_int_equal(
		operatornote_find(scene->directory, "madoguchi", session, &scene->sessions, &note),
		0);
	assert_string_equal(note.person, person);
}

static void assert_unknown(const struct scene *scene, const char *session, int why)
{
	struct operator_note note;

	assert_int_equal(
		operatornote_find(scene->directory, "madoguchi", session, &scene->sessions, &note),
		why);
}

static void test_last_of_the_session(void **state)
{
	struct scene *scene = *state;
	struct operator_note note;

	assert_unknown(scene, "3", -ENOENT);
	scene->own = "3";
	/* One that was not gone on with counts for nothing. */
	put(scene, "aa", "taro", "", getpid(), 1);
	assert_unknown(scene, "3", -ENOENT);
	assert_int_equal(notefile_open(scene->directory, "aa"), 0);
	assert_person(scene, "3", "taro");
	assert_unknown(scene, "4", -ENOENT);
	put_opened(scene, "bb", "hanako", "3", GONE, 2);
	assert_person(scene, "3", "hanako");
	put_opened(scene, "cc", "jiro", "4", GONE, 3);
	assert_person(scene, "3", "hanako");
	assert_person(scene, "4", "jiro");
	/* Another account's session of the same name. */
	assert_int_equal(operatornote_find(scene->directory, "koza", "3", &scene->sessions, &note),
			 -ENOENT);
	notefile_remove(scene->directory, "bb");
	assert_person(scene, "3", "taro");
}

/* As winbind names people of a domain. */
static void test_name_with_a_backslash(void **state)
{
	struct scene *scene = *state;

	scene->own = "3";
	put_opened(scene, "aa", "CITY\\taro", "3", GONE, 1);
	assert_person(scene, "3", "CITY\\taro");
}

/* A number that another process has now leads no session. */
static void test_process(void **state)
{
	struct scene *scene = *state;
	struct operator_note note = {.asked = {getpid(), 1}, .at_boottime_ms = 1};
	struct process first, second;

	scene->own = "3";
	scene->count = 2;
	snprintf(note.id, sizeof(note.id), "aa");
	snprintf(note.account, sizeof(note.account), "madoguchi");
	snprintf(note.person, sizeof(note.person), "taro");
	assert_int_equal(operatornote_write(scene->directory, &note), 0);
	assert_int_equal(notefile_open(scene->directory, "aa"), 0);
	assert_unknown(scene, "3", -ENOTUNIQ);
	assert_int_equal(process_find(getpid(), &first), 0);
	assert_int_equal(process_find(getpid(), &second), 0);
	assert_true(first.started > 1 && first.started == second.started);
	assert_true(process_find(GONE, &first) < 0);
}

/* Somebody unlocked a screen from outside: of the only session that tells; of two, neither. */
static void test_stray(void **state)
{
	struct scene *scene = *state;

	scene->own = "3";
	put_opened(scene, "aa", "taro", "", getpid(), 1);
	put_opened(scene, "bb", "hanako", "", GONE, 2);
	assert_person(scene, "3", "hanako");
	scene->count = 2;
	assert_unknown(scene, "3", -ENOTUNIQ);
	put_opened(scene, "cc", "jiro", "3", GONE, 3);
	assert_person(scene, "3", "jiro");
}

static bool is_left(const struct scene *scene, const char *name)
{
	return faccessat(scene->directory, name, F_OK, 0) == 0;
}

static void test_prune(void **state)
{
	struct scene *scene = *state;

	scene->own = "3";
	scene->count = 2;
	put_opened(scene, "aa", "taro", "", getpid(), 1);
	put_opened(scene, "bb", "hanako", "3", GONE, 2);
	put_opened(scene, "cc", "jiro", "4", GONE, 3);
	put(scene, "dd", "taro", "", GONE, 4);
	operatornote_prune(scene->directory, &scene->sessions);
	assert_false(is_left(scene, "aa.opened"));
	assert_true(is_left(scene, "bb.opened"));
	assert_true(is_left(scene, "cc.opened"));
	assert_true(is_left(scene, "dd"));
	scene->ended = "4";
	operatornote_prune(scene->directory, &scene->sessions);
	assert_true(is_left(scene, "bb.opened"));
	assert_false(is_left(scene, "cc.opened"));
	scene->count = 0;
	operatornote_prune(scene->directory, &scene->sessions);
	assert_false(is_left(scene, "bb.opened"));
	assert_false(is_left(scene, "dd"));
	/* Whoever logs in just now stays. */
	scene->own = NULL;
	put(scene, "ee", "taro", "", getpid(), 5);
	operatornote_prune(scene->directory, &scene->sessions);
	assert_true(is_left(scene, "ee"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_last_of_the_session, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_with_a_backslash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stray, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prune, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
