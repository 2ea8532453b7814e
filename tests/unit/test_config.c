/* The configuration reader: what it takes, and that every mistake names file and line. */
#include "config.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const colours[] = {"red", "green", NULL};

struct values {
	bool flag;
	uint32_t count;
	char name[8];
	uint32_t colour;
	char list[16];
};

static const struct config_key keys[] = {
	{"Main", "Flag", CONFIG_BOOL, offsetof(struct values, flag), 0, 0, 0, NULL},
	{"Main", "Count", CONFIG_NUMBER, offsetof(struct values, count), 0, 2, 9, NULL},
	{"Main", "Name", CONFIG_STRING, offsetof(struct values, name), 8, 0, 0, NULL},
	{"Other", "Colour", CONFIG_CHOICE, offsetof(struct values, colour), 0, 0, 0, colours},
	{"Main", "List", CONFIG_LIST, offsetof(struct values, list), 16, 0, 0, NULL},
};

struct place {
	char directory[64];
	char path[128];
	char dropins[160];
};

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_place(struct place *place)
{
	snprintf(place->directory, sizeof(place->directory), "/tmp/sekisho-config-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->path, sizeof(place->path), "%s/a.conf", place->directory);
	snprintf(place->dropins, sizeof(place->dropins), "%s.d", place->path);
}

static void remove_place(struct place *place)
{
	char path[256];

	unlink(place->path);
	snprintf(path, sizeof(path), "%s/1.conf", place->dropins);
	unlink(path);
	snprintf(path, sizeof(path), "%s/2.conf", place->dropins);
	unlink(path);
	rmdir(place->dropins);
	assert_int_equal(rmdir(place->directory), 0);
}

static int load(const char *text, mode_t mode, struct values *values, struct config_error *error)
{
	struct place place;
	int r;

	make_place(&place);
	write_file(place.path, text, mode);
	r = config_load(place.path, getuid(), keys, ARRAY_SIZE(keys), values, error);
	remove_place(&place);
	return r;
}

static void test_good(void **state)
{
	struct values values = {.count = 5};
	struct config_error error;

	(void)state;
	assert_int_equal(load("# comment\n[Main]\nFlag=yes\nName=関所\n\n[Other]\nColour=green\n",
			      0644, &values, &error),
			 0);
	assert_true(values.flag);
	assert_int_equal(values.count, 5);
	assert_string_equal(values.name, "関所");
	assert_int_equal(values.colour, 1);
}

static void test_mistakes_name_file_and_line(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *says;
	} rows[] = {
		{"[Main]\nFlg=yes\n", -EINVAL, "a.conf:2: unknown key [Main] Flg"},
		{"[Man]\nFlag=yes\n", -EINVAL, "a.conf:1: unknown section [Man]"},
		{"Flag=yes\n[Main]\n", -EINVAL, "a.conf:1: no section heading stands above Flag"},
		{"[]\nFlag=yes\n", -EINVAL, "a.conf:1: unknown section []"},
		{"[Main]\n\nFlag=maybe\n", -EINVAL, "a.conf:3: Flag cannot be \"maybe\""},
		{"[Main]\nCount=1\n", -ERANGE, "a.conf:2: Count must be from 2 to 9"},
		{"[Main]\nCount=99999999999999999999\n", -ERANGE, "a.conf:2: Count must be"},
		{"[Main]\nCount=-3\n", -EINVAL, "a.conf:2: Count cannot be"},
		{"[Main]\nCount= 3x\n", -EINVAL, "a.conf:2: Count cannot be"},
		{"[Main]\nName=12345678\n", -EMSGSIZE, "a.conf:2: Name is longer than 7 bytes"},
		{"[Main]\nName=a\x01\n", -EINVAL, "a.conf:2: Name cannot be"},
		{"[Main]\nName=\xff\n", -EINVAL, "a.conf:2: Name cannot be"},
		{"[Main]\nFlag=yes\nFlag=no\n", -EINVAL, "a.conf:3: Flag is given twice"},
		{"[Main] Flag=yes\n", -EINVAL, "a.conf:1: nothing can follow the ]"},
		{"\xef\xbb\xbf[Main] Flag=yes\n", -EINVAL, "a.conf:1: nothing can follow the ]"},
		{"[Main]]\n", -EINVAL, "a.conf:1: nothing can follow the ]"},
		{"[Man]\n", -EINVAL, "a.conf:1: unknown section [Man]"},
		{"[Main]\n\n  [Man]\n", -EINVAL, "a.conf:3: unknown section [Man]"},
		{"[Main]\nList=1234567\nList=12345678\n", -EMSGSIZE, "a.conf:3: List is longer"},
		{"[Main]\nList=a\n  b\n", -EINVAL, "a.conf:3: is neither"},
		{"[Main]\nFlag\n", -EINVAL, "a.conf:2: is neither"},
		{"[Main\nFlag=yes\n", -EINVAL, "a.conf:"},
		{"[Other]\nColour=blue\n", -EINVAL, "a.conf:2: Colour cannot be \"blue\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct values values = {};
		struct config_error error;

		assert_int_equal(load(rows[i].text, 0644, &values, &error), rows[i].error);
		if (!strstr(error.text, rows[i].says))
			fail_msg("row %zu: \"%s\" lacks \"%s\"", i, error.text, rows[i].says);
	}
}

/* A list may take several lines; blanks at a line's beginning mean nothing. */
static void test_list(void **state)
{
	struct values values = {};
	struct config_error error;

	(void)state;
	assert_int_equal(load("[Main] ; ours\nList=a b\n\tFlag=yes\n  List=c\nList=d ; no e\n",
			      0644, &values, &error),
			 0);
	assert_string_equal(values.list, "a b c d");
	assert_true(values.flag);
}

static void test_long_line(void **state)
{
	char text[1024];
	struct values values = {};
	struct config_error error;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[Main]\nName=", 12);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(load(text, 0644, &values, &error), -EMSGSIZE);
	assert_non_null(strstr(error.text, "a.conf:2: the line is longer"));
}

static void test_mode(void **state)
{
	struct values values = {};
	struct config_error error;

	(void)state;
	assert_int_equal(load("[Main]\nFlag=yes\n", 0664, &values, &error), -EPERM);
	assert_int_equal(load("[Main]\nFlag=yes\n", 0646, &values, &error), -EPERM);
	assert_false(values.flag);
	assert_non_null(strstr(error.text, "chmod go-w"));
}

static void test_missing_and_link(void **state)
{
	struct place place;
	struct values values = {};
	struct config_error error;

	(void)state;
	make_place(&place);
	assert_int_equal(config_load(place.path, getuid(), keys, ARRAY_SIZE(keys), &values, &error),
			 -ENOENT);
	assert_int_equal(symlink("/etc/passwd", place.path), 0);
	assert_int_equal(config_load(place.path, getuid(), keys, ARRAY_SIZE(keys), &values, &error),
			 -ELOOP);
	remove_place(&place);
}

static void test_dropins_override_in_order(void **state)
{
	struct place place;
	struct values values = {};
	struct config_error error;
	char path[256];

	(void)state;
	make_place(&place);
	write_file(place.path, "[Main]\nCount=3\nName=base\n", 0644);
	assert_int_equal(mkdir(place.dropins, 0755), 0);
	snprintf(path, sizeof(path), "%s/2.conf", place.dropins);
	write_file(path, "[Main]\nCount=7\n", 0644);
	snprintf(path, sizeof(path), "%s/1.conf", place.dropins);
	write_file(path, "[Main]\nCount=6\n", 0644);
	assert_int_equal(config_load(place.path, getuid(), keys, ARRAY_SIZE(keys), &values, &error),
			 0);
	assert_int_equal(values.count, 7);
	assert_string_equal(values.name, "base");
	write_file(path, "[Main]\nCoun=6\n", 0644);
	assert_int_equal(config_load(place.path, getuid(), keys, ARRAY_SIZE(keys), &values, &error),
			 -EINVAL);
	assert_non_null(strstr(error.text, "a.conf.d/1.conf:2:"));
	assert_int_equal(chmod(place.dropins, 0777), 0);
	assert_int_equal(config_load(place.path, getuid(), keys, ARRAY_SIZE(keys), &values, &error),
			 -EPERM);
	remove_place(&place);
}

/* Appends the value of each key that is read. */
static int note_value(void *user, const char *file, unsigned int line, unsigned int section_line,
		      const char *section, const char *name, const char *value,
		      struct config_error *error)
{
	(void)file;
	(void)line;
	(void)section_line;
	(void)section;
	(void)error;
	if (name)
		*strchr(user, '\0') = *value;
	return 0;
}

/* A drop-in that is not there yet is read where its name sorts, and for one that is. */
static void test_a_staged_dropin(void **state)
{
	static const struct {
		const char *name, *read;
	} rows[] = {
		{"0.conf", "asbc"}, {"1.conf", "asc"},	{"15.conf", "absc"},
		{"2.conf", "abs"},  {"3.conf", "abcs"},
	};
	struct config_error error;
	struct place place;
	char path[256];

	(void)state;
	make_place(&place);
	write_file(place.path, "[Main]\nKey=a\n", 0644);
	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++) {
		const struct config_staged staged = {rows[i % ARRAY_SIZE(rows)].name,
						     "[Main]\nKey=s\n"};
		char read[16] = "";

		assert_int_equal(config_visit_staged(place.path, getuid(), &staged, note_value,
						     read, &error),
				 0);
		assert_string_equal(read, i == 0 ? "as" : rows[i % ARRAY_SIZE(rows)].read);
		if (i > 0)
			continue;
		assert_int_equal(mkdir(place.dropins, 0755), 0);
		snprintf(path, sizeof(path), "%s/1.conf", place.dropins);
		write_file(path, "[Main]\nKey=b\n", 0644);
		snprintf(path, sizeof(path), "%s/2.conf", place.dropins);
		write_file(path, "[Main]\nKey=c\n", 0644);
	}
	remove_place(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_mistakes_name_file_and_line),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_mode),
		cmocka_unit_test(test_missing_and_link),
		cmocka_unit_test(test_dropins_override_in_order),
		cmocka_unit_test(test_a_staged_dropin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
