/* Who mistypes a command is told which word is wrong. */
#include "cleanup.h"
#include "commandline.h"
#include "synopsis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of a subcommand with verbs: takes "show KEY" alone. */
static int pins(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"label", required_argument, NULL, 'l'}, {}};
	int option;

	while ((option = command_option(argc, argv, "f", options)) != -1)
		if (option == '?')
			return command_usage("pins");
	if (optind + 2 != argc || strcmp(argv[optind], "show") != 0)
		return command_usage("pins");
	return COMMAND_OK;
}

/* Of one whose verb has options of its own: always wrong. */
static int policy(int argc, char **argv)
{
	static const struct option options[] = {{}};

	if (argc > 1 && command_option(argc - 1, argv + 1, "", options) != -1)
		return command_usage("policy");
	return command_usage("policy");
}

/* One that becomes another program. */
static int environment(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	execlp("env", "env", NULL);
	return COMMAND_ERROR;
}

#define SENTENCE "the quick brown fox jumps over the lazy dog"

/* One that has much to say. */
static int verbose(int argc, char **argv)
{
	(void)argc;
	return command_fail(argv[0], "%s, then %s; %s", SENTENCE, SENTENCE, SENTENCE);
}

static const struct command rows[] = {
	{"pins", pins, "[list] [--json] | show [--label TEXT | --none] KEY", "pins"},
	{"policy", policy, "check [FILE...] | test DEVICE", "policy"},
	{"version", command_version, "", "version"},
	{"environment", environment, "", "environment"},
	{"verbose", verbose, "", "verbose"},
};

static const struct command_table table = {
	.program = "sekisho", .rows = rows, .count = ARRAY_SIZE(rows)};

#define PINS   "usage: sekisho pins [list] [--json] | show [--label TEXT | --none] KEY\n"
#define SHOW   "usage: sekisho pins show [--label TEXT | --none] KEY\n"
#define UNFIT  "there are too few words, or too many, or they don't fit\n"
#define POLICY "usage: sekisho policy check [FILE...] | test DEVICE\n"

static void test_mistakes(void **state)
{
	static const struct {
		const char *words[4];
		const char *told;
	} tries[] = {
		{{"pins", "--jsom"}, "sekisho pins: there is no option '--jsom'\n" PINS},
		{{"pins", "-x"}, "sekisho pins: there is no option '-x'\n" PINS},
		{{"pins", "show", "-fx"}, "sekisho pins: there is no option '-x'\n" SHOW},
		{{"pins", "show", "--label"},
		 "sekisho pins: the option '--label' needs a value\n" SHOW},
		{{"pins", "--json=yes"},
		 "sekisho pins: the option '--json=yes' takes no value\n" PINS},
		{{"pins", "shwo", "1234"}, "sekisho pins: 'shwo' is not known here\n" PINS},
		{{"pins", "show"}, "sekisho pins: " UNFIT SHOW},
		{{"pins", "show", "a", "b"}, "sekisho pins: " UNFIT SHOW},
		{{"policy"}, "sekisho policy: it is not said what to do, or with what\n" POLICY},
		{{"policy", "test"},
		 "sekisho policy: " UNFIT "usage: sekisho policy test DEVICE\n"},
		{{"policy", "test", "--all"},
		 "sekisho policy: there is no option '--all'\nusage: sekisho policy test DEVICE\n"},
		{{"version", "9"}, "sekisho version: " UNFIT "usage: sekisho version\n"},
		{{"pin"}, "sekisho: there is no command 'pin'; see 'sekisho help'\n"},
		{{"verbose"}, "sekisho verbose: " SENTENCE ", then " SENTENCE "; " SENTENCE "\n"},
		{{"pins", "show", "1234"}, ""},
		{{"pins", "show", "--help"}, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		FILE *real = stderr;
		char *told = NULL;
		size_t length = 0;
		char *words[6] = {(char *)"sekisho"};
		int count = 1, status;

		for (; count <= 4 && tries[i].words[count - 1]; count++)
			words[count] = (char *)tries[i].words[count - 1];
		stderr = open_memstream(&told, &length);
		assert_non_null(stderr);
		optind = 0; /* getopt(3): begins anew */
		assert_int_equal(getopt(1, words, ""), -1);
		status = commandline_run(&table, count, words);
		fclose(stderr);
		stderr = real;
		assert_string_equal(told, tries[i].told);
		assert_int_equal(status, tries[i].told[0] ? COMMAND_ERROR : COMMAND_OK);
		free(told);
	}
}

static void test_synopsis(void **state)
{
	const char *at = "[a | b] FILE | c [D] | E";
	const char *part;
	size_t length;

	(void)state;
	part = synopsis_next(&at, &length);
	assert_int_equal(length, strlen("[a | b] FILE"));
	part = synopsis_next(&at, &length);
	assert_memory_equal(part, "c [D]", length);
	part = synopsis_next(&at, &length);
	assert_string_equal(part, "E");
	assert_null(synopsis_next(&at, &length));
	assert_true(synopsis_has("add USER | list", "list"));
	assert_false(synopsis_has("add USER | list", "lis"));
	assert_false(synopsis_has("[--json]", ""));
	assert_true(synopsis_verbs_only("[change] | list [ACCOUNT]"));
	assert_false(synopsis_verbs_only("DEVICE | login USER"));
	assert_false(synopsis_verbs_only("[--json]"));
	assert_false(synopsis_verbs_only(""));
}

/* What a program that is run at a terminal has around it, a line each. */
static void read_environment(const char *term, char *text, size_t size)
{
	char *words[] = {(char *)"sekisho", (char *)"environment", NULL};
	int terminal, status, out[2];
	size_t length = 1;
	ssize_t count;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	pid = forkpty(&terminal, NULL, NULL, NULL);
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		setenv("TERM", term, 1);
		_exit(commandline_run(&table, 2, words));
	}
	close(out[1]);
	text[0] = '\n';
	while ((count = read(out[0], text + length, size - 1 - length)) > 0)
		length += (size_t)count;
	text[length] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(terminal);
}

/* Lines of a terminal's; to programs it is one. */
static void test_lines(void **state)
{
	char *words[] = {(char *)"sekisho", (char *)"verbose", NULL};
	char text[512] = "";
	size_t length = 0;
	int terminal, status;
	ssize_t count;
	pid_t pid;

	(void)state;
	pid = forkpty(&terminal, NULL, NULL, NULL);
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(commandline_run(&table, 2, words));
	while ((count = read(terminal, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)count;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == COMMAND_ERROR);
	assert_string_equal(text,
			    "sekisho verbose: " SENTENCE ", then the quick\r\n"
			    "    brown fox jumps over the lazy dog; the quick brown fox jumps "
			    "over the lazy\r\n    dog\r\n");
	close(terminal);
}

static bool sets(const char *environment, const char *line)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return strstr(environment, whole) != NULL;
}

/* A program that is run at a text console answers in English there, whatever LC_ALL was. */
static void test_language(void **state)
{
	static char text[65536];

	(void)state;
	setenv("LANG", "ja_JP.UTF-8", 1);
	unsetenv("LC_CTYPE");
	setenv("LC_ALL", "ja_JP.UTF-8", 1);
	read_environment("linux", text, sizeof(text));
	assert_null(strstr(text, "\nLC_ALL="));
	assert_true(sets(text, "LC_MESSAGES=C") && sets(text, "LC_CTYPE=ja_JP.UTF-8"));
	read_environment("xterm", text, sizeof(text));
	assert_true(sets(text, "LC_ALL=ja_JP.UTF-8"));
	assert_null(strstr(text, "\nLC_CTYPE="));
	setenv("LC_ALL", "", 1);
	setenv("LC_CTYPE", "C.UTF-8", 1);
	read_environment("linux", text, sizeof(text));
	assert_true(sets(text, "LC_MESSAGES=C") && sets(text, "LC_CTYPE=C.UTF-8"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_synopsis),
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
