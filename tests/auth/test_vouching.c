/* `sekisho substitute` with the real authd: a terminal's key and line, the list, and an
 * answer that the other terminal expects. */
#include "command.h"
#include "service.h"

#include "agent/auth/phonecode.h"
#include "cleanup.h"
#include "number.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNTER_DIGITS "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
#define NUMBER	       "0000-0000-0000"

/* Runs `sekisho substitute` with one word; @input is what is typed. What it says goes to @said. */
static int substitute(const struct service *service, const char *word, const char *input,
		      char said[static WORDS_MAX])
{
	const struct terminal *terminal = service->terminal;
	char program[600], state[128], group[128];
	char *words[] = {program,
			 (char *)"substitute",
			 (char *)"--state",
			 state,
			 (char *)"--group",
			 group,
			 (char *)"--socket",
			 (char *)service->socket,
			 (char *)word,
			 NULL};
	struct run run;

	snprintf(program, sizeof(program), "%s/sekisho", terminal->build);
	snprintf(state, sizeof(state), "%s/state", terminal->folder);
	snprintf(group, sizeof(group), "%s/substitutes", terminal->folder);
	run = command_run(words, 0, input);
	memcpy(said, run.text, WORDS_MAX);
	return run.status;
}

static void write_group(const struct service *service, const char *line)
{
	char place[128];
	FILE *file;

	snprintf(place, sizeof(place), "%s/substitutes", service->terminal->folder);
	file = fopen(place, "we");
	assert_non_null(file);
	assert_true(fprintf(file, PHONEGROUP_HEADER "counter %s\n%s answers=yes\n", COUNTER_DIGITS,
			    line) > 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(place, 0644), 0);
}

/* Makes the terminal's key and puts its line into the file. */
static void set_up(const struct service *service)
{
	char said[WORDS_MAX], again[WORDS_MAX], *line;

	assert_int_equal(substitute(service, "setup", "", said), 0);
	/* A second time it is the same key. */
	assert_int_equal(substitute(service, "setup", "", again), 0);
	assert_string_equal(said, again);
	/* Beside it stands, on standard error, what to do with it. */
	line = strchr(said, '\n') + 1;
	*strchr(line, '\n') = '\0';
	write_group(service, line);
	assert_int_equal(substitute(service, "list", "", said), 0);
	assert_non_null(strstr(said, "counter "));
	assert_non_null(strstr(said, "somebody may vouch there"));
}

/* What the terminal "counter" expects: its secret is in RFC 7748, section 6.1. */
static void expect(const struct service *service, const char *user,
		   char shown[static PHONECODE_SHOWN])
{
	const struct phonecode_about about = {user, "root", roster_today(), "000000000000"};
	struct phonecode_key key, counter;
	char digits[PHONECODE_SIZE], place[128];
	_cleanup_close_ int dirfd = -1;

	snprintf(place, sizeof(place), "%s/state", service->terminal->folder);
	dirfd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(phonecode_load(dirfd, &key), 0);
	assert_int_equal(hex_parse_exactly("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177"
					   "fba51db92c2a",
					   counter.secret, PHONEGROUP_KEY),
			 0);
	assert_int_equal(hex_parse_exactly(COUNTER_DIGITS, counter.public, PHONEGROUP_KEY), 0);
	assert_int_equal(phonecode_answer(&counter, counter.public, key.public, &about, digits), 0);
	phonecode_show(digits, shown);
}

static void test_answer(void **state)
{
	struct service *service = *state;
	struct terminal *terminal = service->terminal;
	char said[WORDS_MAX], shown[PHONECODE_SHOWN];

	terminal->periods[0] =
		(struct roster_period){.user = "root", .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal->n_periods = 1;
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "root", PIN);
	/* The colleague is known here too. */
	terminal_enrol(terminal, 0, "taro", PIN);
	set_up(service);
	assert_int_equal(substitute(service, "answer", PIN "\ncounter\ntaro\n" NUMBER "\n", said),
			 0);
	expect(service, "taro", shown);
	if (!strstr(said, shown))
		fail_msg("%s is not in:\n%s", shown, said);
	assert_non_null(strstr(said, ".\nIt is good once, today, for the log-in of taro\n"));
	assert_event(terminal, "substitute.answered 0 ");
	assert_int_equal(substitute(service, "answer", "9999\n", said), 1);
	assert_non_null(strstr(said, "[S-2105]"));
	/* Who may not is asked for nothing more. */
	terminal->n_periods = 0;
	terminal_roster(terminal);
	assert_int_equal(substitute(service, "answer", PIN "\n", said), 1);
	assert_non_null(strstr(said, "[S-2103]"));
	assert_event(terminal, "\"reason\":\"second-right\"");
	assert_events(terminal, "substitute.answered", 1);
	assert_events(terminal, "login.granted", 0);
}

static void test_wrong_file(void **state)
{
	const struct service *service = *state;
	char said[WORDS_MAX];

	write_group(service, "desk 00");
	assert_int_equal(substitute(service, "list", "", said), 1);
	assert_non_null(strstr(said, "/substitutes:3: "));
	assert_int_equal(substitute(service, "revoke", "", said), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(test_answer),
		SERVED(test_wrong_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
