/* Drop-ins that are read after one which is about to be written: which of them undo what it says.
 */
#include "agent/cli/overruled.h"

#include "cleanup.h"
#include "tree_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define ASKED	  "[Collector]\nServer=log1\n"
#define FILES_MAX 3

struct file {
	const char *name, *text;
};

static char folder[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/sekisho-overruled-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return tree_remove(folder);
}

static void put(const char *name, const char *text)
{
	tree_put(folder, name, text, strlen(text));
}

/* What overruled() makes of @asked as a.conf.d/50-ours.conf. */
static int look(const char *asked, char text[static OVERRULED_TEXT], struct config_error *error)
{
	const struct config_staged staged = {"50-ours.conf", asked};
	char path[96];

	snprintf(path, sizeof(path), "%s/a.conf", folder);
	return overruled(path, geteuid(), &staged, text, error);
}

static void begin(const struct file files[static FILES_MAX])
{
	char name[64];

	umask(022);
	tree_remove(folder);
	assert_int_equal(mkdir(folder, 0755), 0);
	put("a.conf", "# as it is shipped\n");
	for (size_t i = 0; i < FILES_MAX && files[i].name; i++) {
		snprintf(name, sizeof(name), "%s%s", files[i].name[0] == '/' ? "" : "a.conf.d/",
			 files[i].name);
		put(name, files[i].text);
	}
}

static void test_left_alone(void **state)
{
	static const struct {
		const char *asked;
		struct file files[FILES_MAX];
	} rows[] = {
		{ASKED, {}},
		/* Read before it. */
		{ASKED, {{"/a.conf", "[Collector]\nServer=other\n"}}},
		{ASKED, {{"10-site.conf", "[Collector]\nServer=other\n"}}},
		/* In its place. */
		{ASKED, {{"50-ours.conf", "[Collector]\nServer=other\n"}}},
		/* Read by nobody. */
		{ASKED, {{"90-site.conf.old", "[Collector]\nServer=other\n"}}},
		{ASKED, {{".90-site.conf", "[Collector]\nServer=other\n"}}},
		/* Of something else. */
		{ASKED, {{"90-site.conf", "[Mirror]\nServer=other\n"}}},
		{ASKED, {{"90-site.conf", "[Collector]\nRetrySeconds=60\n"}}},
		{ASKED, {{"90-site.conf", "[Collector]\n"}}},
		/* The same. */
		{ASKED, {{"90-site.conf", ASKED}}},
		{ASKED, {{"90-site.conf", "[Collector]\n\n# ours\n  Server = log1 ; ours\n"}}},
		{ASKED "Server=log2\n", {{"90-site.conf", ASKED "Server=log2\n"}}},
		{ASKED "Server=log2\n", {{"90-site.conf", "[Collector]\nServer=log1 log2\n"}}},
		/* The last one decides. */
		{ASKED, {{"80.conf", "[Collector]\nServer=other\n"}, {"90.conf", ASKED}}},
		{"# nothing\n", {{"90-site.conf", "[Collector]\nServer=other\n"}}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[OVERRULED_TEXT] = "";
		struct config_error error = {};
		int r;

		begin(rows[i].files);
		r = look(rows[i].asked, text, &error);
		if (r != 0)
			fail_msg("row %zu: %d, %s%s", i, r, text, error.text);
	}
}

static void test_overruled(void **state)
{
	static const struct {
		const char *asked;
		struct file files[FILES_MAX];
		const char *said; /* behind the folder's name */
	} rows[] = {
		{ASKED,
		 {{"90-site.conf", "[Collector]\nServer=other\n"}},
		 "90-site.conf:2: Server"},
		{ASKED,
		 {{"50-ours.conf.conf", "[Collector]\nServer=other\n"}},
		 "50-ours.conf.conf:2: Server"},
		{ASKED,
		 {{"90.conf", "# ours\n[Collector]\nRetrySeconds=60\nServer=LOG1\n"}},
		 "90.conf:4: Server"},
		/* A list is cleared, is longer, is shorter, or has another order. */
		{ASKED, {{"90.conf", "[Collector]\nServer=\n"}}, "90.conf:2: Server"},
		{ASKED, {{"90.conf", ASKED "Server=log2\n"}}, "90.conf:3: Server"},
		{ASKED "Server=log2\n", {{"90.conf", ASKED}}, "90.conf:2: Server"},
		{ASKED "Server=log2\n",
		 {{"90.conf", "[Collector]\nServer=log2 log1\n"}},
		 "90.conf:2: Server"},
		/* The last one decides. */
		{ASKED,
		 {{"80.conf", ASKED}, {"90.conf", "[Collector]\nServer=other\n"}},
		 "90.conf:2: Server"},
		{ASKED,
		 {{"80.conf", "[Collector]\nServer=other\n"}, {"90.conf", "[Collector]\n"}},
		 "80.conf:2: Server"},
		/* Each key has a decision of its own. */
		{ASKED "Name=log1\n",
		 {{"80.conf", "[Collector]\nName=other\n"}, {"90.conf", ASKED}},
		 "80.conf:2: Name"},
		{ASKED "[Mirror]\nServer=m1\n",
		 {{"90.conf", ASKED "[Mirror]\nServer=m2\n"}},
		 "90.conf:4: Server"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[OVERRULED_TEXT] = "", wanted[OVERRULED_TEXT];
		struct config_error error = {};
		int r;

		begin(rows[i].files);
		r = look(rows[i].asked, text, &error);
		snprintf(wanted, sizeof(wanted), "%s/a.conf.d/%s", folder, rows[i].said);
		if (r != 1 || strcmp(text, wanted) != 0)
			fail_msg("row %zu: %d, %s%s, not %s", i, r, text, error.text, wanted);
	}
}

/* What can't be told is no consent. */
static void test_errors(void **state)
{
	static const struct file broken[FILES_MAX] = {{"90.conf", "Server=other\n"}};
	static const struct file open_to_all[FILES_MAX] = {{"90.conf", "[Collector]\n"}};
	char text[OVERRULED_TEXT], many[2048] = "[Collector]\n", path[128];
	struct config_error error;
	size_t length = strlen(many);

	(void)state;
	begin(broken);
	assert_int_equal(look(ASKED, text, &error), -EINVAL);
	assert_non_null(strstr(error.text, "a.conf.d/90.conf:1: "));
	begin(open_to_all);
	snprintf(path, sizeof(path), "%s/a.conf.d/90.conf", folder);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(look(ASKED, text, &error), -EPERM);
	assert_int_equal(unlink(path), 0);
	/* So many keys, and one more. */
	for (int i = 0; i < 32; i++)
		length += (size_t)snprintf(many + length, sizeof(many) - length, "Key%d=1\n", i);
	assert_int_equal(look(many, text, &error), 0);
	snprintf(many + length, sizeof(many) - length, "Key32=1\n");
	assert_int_equal(look(many, text, &error), -E2BIG);
	tree_remove(folder);
	assert_int_equal(look(ASKED, text, &error), -ENOENT);
	assert_int_equal(mkdir(folder, 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_overruled),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
