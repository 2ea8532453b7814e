/* The answers of `sekisho setup --answers FILE`: what is said, what is not, and each mistake by
 * file and line. O-06. */
#include "agent/cli/answers.h"
#include "agent/cli/enable.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static int set_up(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/sekisho-answers-XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static int load(const char *text, mode_t mode, struct answers *ret_answers,
		struct config_error *ret_error)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
	return answers_load(path, geteuid(), ret_answers, ret_error);
}

static void test_all(void **state)
{
	struct answers answers;
	struct config_error error;

	(void)state;
	assert_int_equal(load("[Terminal]\nClass=counter\n[Administrator]\nName=hanako\n"
			      "Keys=/root/keys.csv\n[Devices]\nEnrol=yes\nAllow=1-4\nAllow=1-5\n"
			      "[Collector]\nBundle=/root/mado01\nServer=log1:2514\nServer=log2\n"
			      "Name=log.example.lg.jp\nProtocol=https\n[Activation]\nEnable=yes\n"
			      "Trial=none\nConfirmWithinMinutes=1440\n",
			      0644, &answers, &error),
			 0);
	assert_string_equal(answers.class, "counter");
	assert_string_equal(answers.administrator, "hanako");
	assert_string_equal(answers.keys, "/root/keys.csv");
	assert_true(answers.devices);
	assert_string_equal(answers.allow, "1-4 1-5");
	assert_string_equal(answers.bundle, "/root/mado01");
	assert_string_equal(answers.server, "log1:2514 log2");
	assert_string_equal(answers.name, "log.example.lg.jp");
	assert_int_equal(answers.protocol, COLLECTORS_HTTPS);
	assert_true(answers.enable);
	assert_int_equal(answers.trial, ANSWERS_TRIAL_NONE);
	assert_int_equal(answers.minutes, 1440);
}

/* Nothing is switched on, and no trial left out, that the file does not say. */
static void test_nothing(void **state)
{
	struct answers answers;
	struct config_error error;

	(void)state;
	assert_int_equal(load("# nothing\n", 0600, &answers, &error), 0);
	assert_string_equal(answers.class, "");
	assert_string_equal(answers.administrator, "");
	assert_false(answers.devices);
	assert_string_equal(answers.server, "");
	assert_false(answers.enable);
	assert_int_equal(answers.trial, ANSWERS_TRIAL_PERSON);
	assert_int_equal(answers.minutes, ENABLE_MINUTES);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		const char *place; /* behind the path */
		const char *wrong;
	} rows[] = {
		{"[Terminal]\nKlasse=a\n", ":2: ", "unknown key [Terminal] Klasse"},
		{"\n[Wlan]\n", ":2: ", "unknown section [Wlan]"},
		{"[Terminal]\nClass=a\nClass=b\n", ":3: ", "given twice"},
		{"[Devices]\nEnrol=perhaps\n", ":2: ", "Enrol cannot be"},
		{"[Activation]\nTrial=no\n", ":2: ", "Trial cannot be"},
		{"[Activation]\nConfirmWithinMinutes=0\n", ":2: ", "from 1 to 1440"},
		{"[Activation]\nConfirmWithinMinutes=1441\n", ":2: ", "from 1 to 1440"},
		{"[Collector]\nServer=a\nProtocol=tcp\n", ":3: ", "Protocol cannot be"},
		{"[Administrator]\nKeys=/k\n", ": ", "Keys needs Name"},
		{"[Administrator]\nName=a\nKeys=k\n", ": ", "Keys must be a path"},
		{"[Devices]\nAllow=1-4\n", ": ", "Allow needs Enrol=yes"},
		{"[Collector]\nBundle=b\n", ": ", "Bundle must be a path"},
		{"[Collector]\nName=a\n", ": ", "need Server"},
		{"[Collector]\nBundle=/b\nProtocol=https\n", ": ", "need Server"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct answers answers = {.minutes = 77};
		struct config_error error;
		char place[96];

		assert_true(load(rows[i].text, 0644, &answers, &error) < 0);
		snprintf(place, sizeof(place), "%s%s", path, rows[i].place);
		if (strncmp(error.text, place, strlen(place)) != 0 ||
		    !strstr(error.text, rows[i].wrong))
			fail_msg("%s: %s", rows[i].text, error.text);
		assert_int_equal(answers.minutes, 77);
	}
}

static void test_owner_and_mode(void **state)
{
	struct answers answers;
	struct config_error error;

	(void)state;
	assert_int_equal(load("", 0664, &answers, &error), -EPERM);
	assert_non_null(strstr(error.text, "must be owned by root"));
	assert_int_equal(load("", 0646, &answers, &error), -EPERM);
	assert_int_equal(load("", 0644, &answers, &error), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(answers_load(path, 0, &answers, &error), -EPERM);
	}
	assert_int_equal(answers_load("/nonexistent", 0, &answers, &error), -ENOENT);
}

/* Each key has its line in both manuals. */
static void test_manuals_list_keys(void **state)
{
	static const char *const manuals[] = {"docs/man/sekisho-answers.5",
					      "docs/man/ja/sekisho-answers.5"};

	(void)state;
	for (size_t at = 0; at < sizeof(manuals) / sizeof(manuals[0]); at++) {
		char text[16384];
		FILE *file = fopen(manuals[at], "re");
		size_t length;

		assert_non_null(file);
		length = fread(text, 1, sizeof(text) - 1, file);
		text[length] = '\0';
		assert_int_equal(fclose(file), 0);
		assert_true(length < sizeof(text) - 1);
		for (size_t i = 0; i < answers_n_keys; i++) {
			char item[64], section[64];

			snprintf(section, sizeof(section), ".Cm [%s]", answers_keys[i].section);
			snprintf(item, sizeof(item), "Cm %s Ns = Ns", answers_keys[i].name);
			if (!strstr(text, section) || !strstr(text, item))
				fail_msg("%s: missing: %s %s", manuals[at], section, item);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mistakes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_owner_and_mode, set_up, tear_down),
		cmocka_unit_test(test_manuals_list_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
