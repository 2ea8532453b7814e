/* the file of shared accounts, and who works in which session of one. */
#include "agent/auth/operators.h"
#include "notefile.h"
#include "operatornote.h"
#include "tree_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define GONE 2147483646 /* beyond any process id of the kernel's */

static void test_lines(void **state)
{
	static const struct {
		const char *line, *wrong; /* NULL: it is right */
	} rows[] = {
		{"madoguchi taro", NULL},
		{"madoguchi taro from=2026-04-01 to=2027-03-31", NULL},
		{"madoguchi taro to=2027-03-31", NULL},
		{"madoguchi", "needs an account and a person"},
		{"", "exactly one space"},
		{"madoguchi  taro", "exactly one space"},
		{"madoguchi taro ", "exactly one space"},
		{" madoguchi taro", "exactly one space"},
		{"madoguchi\ttaro", "not by a tab"},
		{"madoguchi\ttaro to=2027-03-31", "not by a tab"},
		{"madoguchi taro\tto=2027-03-31", "not by a tab"},
		{"madoguchi taro\r", "not by a tab"},
		{"madoguchi\u3000taro", "full-width space"},
		{"madoguchi\u00a0 taro", "what can't be seen"},
		{"madoguchi taro\u200b", "what can't be seen"},
		{"\ufeffmadoguchi taro", "what can't be seen"},
		{"madoguchi\u2009taro", "what can't be seen"},
		{"\u7a93\u53e3 \u592a\u90ce", NULL},
		{"madoguchi madoguchi", "its own operator"},
		{"madoguchi taro hanako", "not known"},
		{"madoguchi taro to=2027-02-30", "to= must be a day"},
		{"madoguchi taro to=2027-03-31 to=2027-03-31", "twice"},
		{"madoguchi taro from=2027-04-01 to=2027-03-31", "from= is after"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct operator_row row;
		char line[OPERATORS_LINE_MAX + 2];
		const char *wrong = NULL;
		int r = operators_parse(rows[i].line, strlen(rows[i].line), &row, &wrong);

		if (rows[i].wrong) {
			assert_int_equal(r, -EINVAL);
			assert_non_null(strstr(wrong, rows[i].wrong));
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(operators_format(&row, line, sizeof(line)), 0);
		line[strlen(line) - 1] = '\0';
		assert_string_equal(line, rows[i].line);
	}
}

static int read_text(const char *text, const char *account, struct operators *operators,
		     const char **wrong, unsigned int *line)
{
	return operators_read(text, strlen(text), account, operators, wrong, line);
}

static void test_file(void **state)
{
	static struct operators operators;
	const char *wrong;
	unsigned int line;

	(void)state;
	assert_int_equal(read_text(OPERATORS_HEADER "# who\n\nmadoguchi taro\nkoza taro nonsense\n"
						    "madoguchi hanako to=2026-01-01\nmado jiro\n",
				   "madoguchi", &operators, &wrong, &line),
			 0);
	assert_int_equal(operators.count, 2);
	assert_string_equal(operators.list[1].person, "hanako");
	assert_int_equal(operators_validity(&operators.list[1], 20260101), ROSTER_VALID);
	assert_int_equal(operators_validity(&operators.list[1], 20260102), ROSTER_EXPIRED);
	/* The wrong line is of that account alone. */
	assert_int_equal(read_text(OPERATORS_HEADER "koza taro nonsense\nmado jiro\n", "mado",
				   &operators, &wrong, &line),
			 0);
	assert_int_equal(operators.count, 1);
	assert_int_equal(read_text(OPERATORS_HEADER "mado jiro\nkoza taro nonsense\n", "koza",
				   &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(line, 3);
	/* An account that is named without anybody is no account of one person's. */
	assert_int_equal(read_text(OPERATORS_HEADER "koza\n", "koza", &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text(OPERATORS_HEADER "koza taro\nkoza taro\n", "koza", &operators,
				   &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text("koza taro\n", "taro", &operators, &wrong, &line), -EINVAL);
	assert_int_equal(line, 1);
	assert_int_equal(read_text(OPERATORS_HEADER "koza taro", "taro", &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text(OPERATORS_HEADER, "taro", &operators, &wrong, &line), 0);
	assert_int_equal(operators.count, 0);
}

/* A slip of blanks shuts the account; it does not make it one person's again. */
static void test_blanks(void **state)
{
	static const char *const lines[] = {
		"  madoguchi hanako",
		"\tmadoguchi hanako",
		"madoguchi\thanako",
		"madoguchi \thanako",
		"madoguchi\thanako to=2999-03-31",
		" \u3000 madoguchi hanako",
		"madoguchi\u3000hanako",
		"madoguchi\r",
		" madoguchi",
	};
	static struct operators operators;
	char text[256];
	const char *wrong;
	unsigned int line;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), OPERATORS_HEADER "koza taro\n%s\n", lines[i]);
		assert_int_equal(read_text(text, "madoguchi", &operators, &wrong, &line), -EINVAL);
		assert_int_equal(line, 3);
		/* Nobody else's account. */
		assert_int_equal(read_text(text, "mado", &operators, &wrong, &line), 0);
		assert_int_equal(operators.count, 0);
		assert_int_equal(read_text(text, "hanako", &operators, &wrong, &line), 0);
		assert_int_equal(operators.count, 0);
		assert_int_equal(read_text(text, "koza", &operators, &wrong, &line), 0);
		assert_int_equal(operators.count, 1);
	}
}

/* So does what is no ASCII and may look like a blank or like nothing; also half a character. */
static void test_wide(void **state)
{
	static const char *const marks[] = {
		"\u00a0", "\u00ad", "\xc2\x85", "\u1680", "\u2000", "\u2009", "\u200b",
		"\u200e", "\u2028", "\u202f",	"\u205f", "\u2060", "\u3000", "\ufeff",
		"\u3164", "\xc2",   "\xff",	"\xa0",	  "\u0301", "\u4fc2", " \u00a0\t",
	};
	static char long_text[OPERATORS_FILE_MAX];
	static const char *const accounts[] = {"madoguchi", "\u7a93\u53e3"};
	static struct operators operators;
	const char *wrong;
	unsigned int line;

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		for (size_t j = 0; j < 2 * sizeof(accounts) / sizeof(accounts[0]); j++) {
			const char *account = accounts[j / 2], *mark = marks[i];
			char text[256];

			snprintf(text, sizeof(text), OPERATORS_HEADER "koza taro\n%s%s%s hanako\n",
				 j % 2 ? mark : "", account, j % 2 ? "" : mark);
			assert_int_equal(read_text(text, account, &operators, &wrong, &line),
					 -EINVAL);
			assert_int_equal(line, 3);
			assert_int_equal(read_text(text, "mado", &operators, &wrong, &line), 0);
			assert_int_equal(operators.count, 0);
			assert_int_equal(read_text(text, "koza", &operators, &wrong, &line), 0);
			assert_int_equal(operators.count, 1);
		}
	memset(long_text, 0xe3, sizeof(long_text));
	memcpy(long_text, OPERATORS_HEADER, strlen(OPERATORS_HEADER));
	long_text[sizeof(long_text) - 1] = '\n';
	assert_int_equal(operators_read(long_text, sizeof(long_text), "madoguchi", &operators,
					&wrong, &line),
			 -EINVAL);
	/* Within the name; in the place of the space; a name that only ends alike is another one.
	 */
	assert_int_equal(read_text(OPERATORS_HEADER "mado\u200bguchi hanako\n", "madoguchi",
				   &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text(OPERATORS_HEADER "madoguchi\u00a0hanako\n", "madoguchi",
				   &operators, &wrong, &line),
			 -EINVAL);
	assert_int_equal(read_text(OPERATORS_HEADER "\u00a0zeimu-madoguchi hanako\n", "madoguchi",
				   &operators, &wrong, &line),
			 0);
	assert_int_equal(operators.count, 0);
	assert_int_equal(read_text(OPERATORS_HEADER "\u7a93\u53e3 hanako\n", "\u7a93\u53e3",
				   &operators, &wrong, &line),
			 0);
	assert_int_equal(operators.count, 1);
}

static void test_too_many(void **state)
{
	static struct operators operators;
	char text[4096] = OPERATORS_HEADER;
	const char *wrong;
	unsigned int line;

	(void)state;
	for (int i = 0; i <= OPERATORS_MAX; i++) {
		assert_int_equal(read_text(text, "koza", &operators, &wrong, &line), 0);
		assert_int_equal(operators.count, i);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "koza p%d\n", i);
	}
	assert_int_equal(read_text(text, "koza", &operators, &wrong, &line), -E2BIG);
}

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
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test_setup_teardown(test_last_of_the_session, setup, teardown),
		cmocka_unit_test_setup_teardown(test_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stray, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prune, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
