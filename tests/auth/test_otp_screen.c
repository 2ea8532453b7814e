/* What sekisho otp add draws on the screen: it fits, and it is gone, from the memory too. */
#include "command.h"

#include "cleanup.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int setup(void **state)
{
	int r = terminal_setup(state);

	if (r == 0)
		terminal_configure(*state, "[Auth]\nFactors=otp\n");
	return r;
}

/* Whether a writable mapping of the process holds the text. */
static bool in_memory_of(pid_t pid, const char *text)
{
	static char bytes[64u << 20];
	const size_t wanted = strlen(text);
	bool found = false;
	char path[64];
	char line[512];
	FILE *maps;
	int memory;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(maps && memory >= 0);
	while (!found && fgets(line, sizeof(line), maps)) {
		char *rest = NULL;
		unsigned long from = strtoul(line, &rest, 16);
		unsigned long to = strtoul(rest + 1, &rest, 16);
		ssize_t count;

		/* The giant ones are a sanitizer's shadow. */
		if (strncmp(rest, " rw", 3) != 0 || to - from > sizeof(bytes))
			continue;
		count = pread(memory, bytes, to - from, (off_t)from);
		found = count > 0 && memmem(bytes, (size_t)count, text, wanted);
	}
	fclose(maps);
	close(memory);
	return found;
}

/* While the codes are waited for, what was printed is nowhere any more. */
static void test_printed_and_gone(void **state)
{
	struct terminal *terminal = *state;
	const char *at;
	char text[64] = "";
	struct command run;

	command_begin(terminal, "otp", (const char *const[]){"add", "--text", "root", NULL}, 0,
		      &run);
	command_hear(&run, "The code that is shown then: ");
	assert_true(in_memory_of(run.pid, "--text"));
	at = strstr(run.text, "?secret=");
	assert_non_null(at);
	memcpy(text, at, sizeof(text) - 1);
	text[strcspn(text, "&")] = '\0';
	assert_false(in_memory_of(run.pid, text));
	command_end(&run, 2);
	/* The dots of the code. */
	command_begin(terminal, "otp", (const char *const[]){"add", "--ascii", "root", NULL}, 0,
		      &run);
	command_hear(&run, "The code that is shown then: ");
	assert_non_null(strstr(run.text, "############"));
	assert_false(in_memory_of(run.pid, "############"));
	command_end(&run, 2);
}

/* A telephone sees all of the code beside the question below it, or it is not drawn. */
static void test_fits_the_screen(void **state)
{
	static const char *const words[] = {"add", "--issuer", "terminal-1", "root", NULL};
	static const char *const large[] = {"add",     "--issuer", "terminal-1",
					    "--ascii", "root",	   NULL};
	struct terminal *terminal = *state;
	struct command run;
	const char *at;
	int lines = 0;

	command_begin_on_screen(terminal, "otp", words, 24, 80, &run);
	command_hear(&run, "The code that is shown then: ");
	at = strstr(run.text, "█");
	assert_non_null(at);
	for (; *at; at++)
		lines += *at == '\n';
	assert_int_equal(lines, 23);
	for (int i = 0; i < 3; i++)
		command_say(&run, "12345");
	command_end(&run, 2);
	/* The reason is not wiped with the code. */
	at = strstr(run.text, "\033[3J");
	assert_non_null(at);
	assert_non_null(strstr(at, "6 to 8 digits"));
	command_begin_on_screen(terminal, "otp", words, 23, 80, &run);
	command_end(&run, 2);
	assert_non_null(strstr(run.text, "needs a window of 24 lines and 45 columns"));
	assert_null(strstr(run.text, "█"));
	command_begin_on_screen(terminal, "otp", large, 60, 80, &run);
	command_end(&run, 2);
	assert_non_null(strstr(run.text, "46 lines and 90 columns"));
	assert_events(terminal, "otp.added", 0);
}

/* Nor does the code stay for whoever comes next when the program is ended before a code was typed.
 */
static void test_interrupted(void **state)
{
	static const char *const words[] = {"add", "root", NULL};
	static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
	struct terminal *terminal = *state;
	struct command run;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		const char *at;

		/* A shell's background job ignores some of them, and so would the program. */
		signal(signals[i], SIG_DFL);
		command_begin_on_screen(terminal, "otp", words, 60, 80, &run);
		command_hear(&run, "The code that is shown then: ");
		assert_int_equal(kill(run.pid, signals[i]), 0);
		command_end(&run, 1000 + signals[i]);
		at = strstr(run.text, "\033[2J\033[3J");
		assert_non_null(at);
		assert_null(strstr(at, "█"));
		assert_null(strstr(at, "digits"));
	}
	assert_events(terminal, "otp.added", 0);
}

#undef CASE
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_printed_and_gone),
		CASE(test_fits_the_screen),
		CASE(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
