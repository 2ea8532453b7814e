/* What sudo lets through without a factor, by the real cvtsudoers and files of ours. */
#include "tree_fixture.h"

#include "agent/cli/program.h"
#include "agent/cli/sudodoor.h"

#include "cleanup.h"

#include <fcntl.h>
#include <unistd.h>

struct place {
	char path[48];
	int root;
	char text[OTHERDOOR_TEXT_MAX];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return -1;
	snprintf(place->path, sizeof(place->path), "/tmp/sekisho-sudodoor-XXXXXX");
	if (!mkdtemp(place->path))
		return -1;
	place->root = open(place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	int r;

	close(place->root);
	r = tree_remove(place->path);
	free(place);
	return r;
}

static void put(const struct place *place, const char *path, const char *text)
{
	tree_put(place->path, path, text, strlen(text));
}

/* The text stands in what is included. */
static enum otherdoor_state look(struct place *place, const char *text)
{
	_cleanup_free_ char *sudoers = NULL;
	const char *argv[16] = {};
	char path[128];
	size_t count = 0;
	enum otherdoor_state state;

	snprintf(path, sizeof(path), "%s/etc/sudoers", place->path);
	put(place, "etc/sudoers", "@includedir sudoers.d\n%sudo ALL=(ALL:ALL) ALL\n");
	put(place, "etc/sudoers.d/row", text);
	while (sudodoor_program[count + 1]) {
		argv[count] = sudodoor_program[count];
		count++;
	}
	argv[count] = path; /* /etc/sudoers stands last */
	program_read(argv, &sudoers);
	state = sudodoor_look(&(struct otherdoor_scene){.root = place->root, .sudoers = sudoers},
			      place->text);
	assert_true(place->text[0] != '\0');
	return state;
}

static void test_each_line(void **state)
{
	static const struct {
		const char *text;
		enum otherdoor_state state;
	} rows[] = {
		{"", OTHERDOOR_CLOSED},
		{"hanako ALL=(ALL) /bin/ls, PASSWD: /bin/cat\n", OTHERDOOR_CLOSED},
		{"hanako ALL=(ALL) NOPASSWD: ALL\n", OTHERDOOR_OPEN},
		{"%it ALL=(root) /bin/ls, NOPASSWD: /bin/cat\n", OTHERDOOR_OPEN},
		{"User_Alias IT = #1000\nIT ALL=NOPASSWD: ALL\n", OTHERDOOR_OPEN},
		{"#1000 ALL=NOPASSWD: ALL\n", OTHERDOOR_OPEN},
		{"# NOPASSWD: ALL\n", OTHERDOOR_CLOSED},
		{"Defaults !authenticate\n", OTHERDOOR_OPEN},
		{"Defaults authenticate\n", OTHERDOOR_CLOSED},
		{"Defaults:hanako env_reset, !authenticate\n", OTHERDOOR_OPEN},
		{"Defaults timestamp_timeout=-1\n", OTHERDOOR_OPEN},
		{"Defaults!/bin/ls timestamp_timeout = -0.5\n", OTHERDOOR_OPEN},
		{"Defaults timestamp_timeout=15\n", OTHERDOOR_CLOSED},
		{"Defaults !timestamp_timeout\n", OTHERDOOR_CLOSED},
		{"Defaults exempt_group=it\n", OTHERDOOR_OPEN},
		{"Defaults !exempt_group\n", OTHERDOOR_CLOSED},
		{"hanako ALL=(ALL NOPASSWD\n", OTHERDOOR_UNSEEN},
		{"@include /nowhere/at/all\n", OTHERDOOR_UNSEEN},
	};
	struct place *place = *state;

	assert_int_equal(look(place, ""), OTHERDOOR_ABSENT);
	put(place, "usr/bin/sudo", "");
	assert_int_equal(look(place, ""), OTHERDOOR_UNSEEN);
	put(place, "usr/bin/cvtsudoers", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (look(place, rows[i].text) != rows[i].state)
			fail_msg("row %zu: %s%s", i, rows[i].text, place->text);
	look(place, "%it ALL=NOPASSWD: ALL\n");
	assert_non_null(strstr(place->text, "it"));
}

/* What can't be told: not JSON, no rules, rules of a directory beside it. */
static void test_unseen(void **state)
{
	static const struct {
		const char *sudoers;
		enum otherdoor_state state;
	} rows[] = {
		{NULL, OTHERDOOR_UNSEEN},
		{"", OTHERDOOR_UNSEEN},
		{"[]", OTHERDOOR_UNSEEN},
		{"{\"Rules\": []}", OTHERDOOR_UNSEEN},
		{"{\"Defaults\": [{\"Options\": [{\"timestamp_timeout\": -1}]}]}", OTHERDOOR_OPEN},
	};
	struct place *place = *state;

	put(place, "usr/bin/sudo", "");
	put(place, "usr/bin/cvtsudoers", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct otherdoor_scene scene = {.root = place->root,
						      .sudoers = rows[i].sudoers};

		assert_int_equal(sudodoor_look(&scene, place->text), rows[i].state);
	}
	put(place, "etc/nsswitch.conf", "passwd: files sss\nsudoers: files # sss\n");
	assert_int_equal(look(place, ""), OTHERDOOR_CLOSED);
	put(place, "etc/nsswitch.conf", "sudoers:\tfiles [SUCCESS=return] sss\n");
	assert_int_equal(look(place, ""), OTHERDOOR_UNSEEN);
	assert_int_equal(look(place, "hanako ALL=NOPASSWD: ALL\n"), OTHERDOOR_OPEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_line),
		TEST(test_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
