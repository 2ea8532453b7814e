/* What people read: every message in Japanese and English, numbered; every failure has a row, a
 * verdict that opens nothing, and a line in the manual. */
#include "terminal.h"

#include "agent/auth/failure.h"
#include "agent/auth/speech.h"
#include "cleanup.h"
#include "file.h"
#include "tests/unit/columns_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void catalogue(const struct terminal *terminal, bool japanese)
{
	char place[600];

	snprintf(place, sizeof(place), "%s/locale", terminal->build);
	assert_int_equal(message_language(place, japanese), 0);
}

static void test_every_message(void **state)
{
	static const char *const names[] = {"{service}", "{terminal}", "{key}",	  "{time}",
					    "{user}",	 "{words}",    "{number}"};
	const struct message_values values = {
		"{service}",	     "{terminal}",     "{key}",
		.time = "{time}",    .user = "{user}", .words = "{words}",
		.number = "{number}"};
	struct terminal *terminal = *state;

	for (int i = 0; i < MESSAGE_COUNT; i++) {
		const char *english = message_rows[i].text;
		char number[32];
		char japanese[2048];
		char text[2048];

		assert_non_null(english);
		for (int j = 0; j < i; j++)
			assert_int_not_equal(message_rows[i].number, message_rows[j].number);
		catalogue(terminal, false);
		message_format((enum message)i, &values, text, sizeof(text));
		snprintf(number, sizeof(number), "[S-%u] ", message_rows[i].number);
		assert_memory_equal(text, number, strlen(number));
		catalogue(terminal, true);
		message_format((enum message)i, &values, japanese, sizeof(japanese));
		snprintf(number, sizeof(number), "【S-%u】", message_rows[i].number);
		assert_memory_equal(japanese, number, strlen(number));
		assert_null(strstr(japanese, text + 9));
		/* A name that fell out in translation would be an empty place. */
		for (size_t n = 0; n < ARRAY_SIZE(names); n++)
			assert_int_equal(!strstr(english, names[n]), !strstr(japanese, names[n]));
	}
}

/* On a terminal of 80 columns no line is broken in the middle of a word, with names as long as
 * towns have them. */
static void test_width(void **state)
{
	static const struct message_values values = {
		.service = "gdm-password",
		.terminal = "shimin-mado-0001",
		.key = "予備の認証キー（窓口）",
		.seconds = 120,
		.left = 8,
		.length = 6,
		.minutes = 1440,
		.time = "08:30-17:15",
		.user = "watanabe-hanako1",
		.words = "substitute / telephone",
		.number = "1234 5678 9012",
	};
	struct terminal *terminal = *state;
	unsigned int wide = 0;

	for (int japanese = 0; japanese < 2; japanese++) {
		catalogue(terminal, japanese);
		for (int i = 0; i < MESSAGE_COUNT; i++) {
			char text[2048];

			message_format((enum message)i, &values, text, sizeof(text));
			wide += !columns_fit(text);
		}
	}
	assert_int_equal(wide, 0);
	assert_int_equal(columns_widest("二要素\nab"), 6);
}

static void test_values(void **state)
{
	const struct message_values values = {"lo\x1b[31mgin", "host",	      "窓口", 30, 2, 6,
					      .minutes = 3,    .time = "9:14"};
	struct terminal *terminal = *state;
	char text[2048];
	char small[16];

	catalogue(terminal, false);
	message_format(MESSAGE_INSERT, &values, text, sizeof(text));
	assert_string_equal(text, "[S-2001] lo\\x1b[31mgin: please plug in your security key "
				  "(within 30 seconds).");
	message_format(MESSAGE_LOCKED, &values, text, sizeof(text));
	assert_non_null(strstr(text, "Try again at 9:14, in 3 minutes."));
	message_format(MESSAGE_PIN_WRONG_LEFT, &values, small, sizeof(small));
	assert_true(strlen(small) < sizeof(small));
	catalogue(terminal, true);
	message_format(MESSAGE_PIN_WRONG_LEFT, &values, text, sizeof(text));
	assert_string_equal(text, "【S-2105】PINが一致しませんでした。\n"
				  "あと2回一致しない場合、認証キーは使えなくなります。\n"
				  "PINをご確認のうえ、もう一度お試しください。");
}

/* Where the person sits decides the words, through the whole session. */
static void test_session_speaks_japanese(void **state)
{
	struct terminal *terminal = *state;
	struct visit person = {.user = "hanako", .pin = PIN, .locale = "ja_JP.UTF-8"};
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	person.pin = "9999";
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_non_null(strstr(outcome.text, "【S-2003】login: 認証キーのPIN"));
	assert_non_null(strstr(outcome.text, "【S-2105】PINが一致しませんでした。\nあと7回"));
	person.tty = "tty1";
	outcome = terminal_visit(terminal, &person);
	assert_non_null(
		strstr(outcome.text, "[S-2105] The PIN is wrong. Check it and try again; 6 tries"));
	terminal_configure(terminal, "[Auth]\nLanguage=ja\n");
	person.pin = PIN;
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "【S-2003】"));
	assert_non_null(strstr(outcome.text, "認証キーが点滅したらタッチして"));
}

/* polkit's helper names neither locale nor terminal. */
static void test_program_without_locale(void **state)
{
	static const struct {
		const char *stat;
		const char *tty;
	} rows[] = {
		{"812 (polkit-agent-he) S 811 812 700 1027 812 4194560 1", "tty3"},
		{"812 (a) b (c)) S 811 812 700 1087 812 4194560 1", "tty63"},
		{"812 (bash) S 811 812 700 1088 812 4194560 1", ""}, /* ttyS0 */
		{"812 (bash) S 811 812 700 34816 812 4194560 1", ""}, /* pts/0 */
		{"812 (bash) S 811 812 700 1024 812 4194560 1", ""},
		{"812 (bash) S 811 812 700 0 -1 4194560 1", ""},
		{"812 (bash) S 811 812 700 -1 -1 4194560 1", ""},
		{"812 (bash) S 811", ""},
		{"", ""},
	};
	const struct visit person = {
		.user = "hanako", .service = "polkit-1", .pin = PIN, .tty = "pts/3"};
	struct terminal *terminal = *state;
	char tty[SPEECH_TTY];
	struct outcome outcome;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		speech_console(rows[i].stat, tty);
		assert_string_equal(tty, rows[i].tty);
	}
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = terminal_visit(terminal, &person);
	assert_non_null(strstr(outcome.text, "[S-2003]"));
	setenv("LANG", "ja_JP.UTF-8", 1);
	outcome = terminal_visit(terminal, &person);
	unsetenv("LANG");
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "【S-2003】polkit-1: 認証キーのPIN"));
}

/* LightDM's greeter takes the question away once it is answered, the request to touch with it. */
static void test_touch_is_asked_again(void **state)
{
	struct visit person = {.user = "hanako", .pin = PIN};
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_null(strstr(outcome.text, "[S-2007]"));
	person.service = "lightdm";
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "[S-2007] lightdm: please touch"));
}

static char *read_manual(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length;
	char *manual;

	assert_true(fd >= 0);
	assert_int_equal(file_read_all(fd, 1 << 20, &manual, &length), 0);
	return manual;
}

/* @path has an item for each, with the reason, the verdict and the message's number, parted by
 * @between and followed by @end. */
static void assert_lists_failures(const char *path, const char *between, const char *end)
{
	_cleanup_free_ char *manual = read_manual(path);

	for (int i = FAILURE_NONE + 1; i < FAILURE_COUNT; i++) {
		const struct failure_row *row = &failure_rows[i];
		char line[128];

		snprintf(line, sizeof(line), "\n.It %s%s%s%sS-%u%s", row->name, between,
			 verdict_name((unsigned int)row->verdict), between,
			 message_rows[row->message].number, end);
		if (!strstr(manual, line))
			fail_msg("%s lacks: %s", path, line);
	}
}

static void test_every_failure(void **state)
{
	(void)state;
	for (int i = 0; i < FAILURE_COUNT; i++) {
		const struct failure_row *row = &failure_rows[i];

		assert_non_null(row->name);
		assert_int_not_equal(row->verdict, VERDICT_GRANTED);
		assert_int_not_equal(row->verdict, VERDICT_EXEMPT);
		assert_true((unsigned int)row->verdict < VERDICT_COUNT);
		assert_true((unsigned int)row->message < MESSAGE_COUNT);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(row->name, failure_rows[j].name);
	}
	assert_lists_failures("docs/man/sekisho-authd.8", " Ta ", " Ta ");
	assert_lists_failures("docs/man/ja/sekisho-authd.8", " , ", "\n");
}

/* The reasons that @path lists as wrong answers are those that count. */
static void assert_lists_what_counts(const char *path)
{
	static const char begin[] = "\n.Cm not-enrolled , ";
	_cleanup_free_ char *manual = read_manual(path);
	size_t listed = 0, counting = 0;
	char *at, *rest = NULL;

	at = strstr(manual, begin);
	assert_non_null(at);
	at[strcspn(at, ".")] = ' ';
	*strstr(at, "\n.Pp") = '\0';
	for (char *word = strtok_r(at, " ,.\n", &rest); word;
	     word = strtok_r(NULL, " ,.\n", &rest)) {
		int row = 0;

		if (strcmp(word, "Cm") == 0)
			continue;
		while (row < FAILURE_COUNT && strcmp(failure_rows[row].name, word) != 0)
			row++;
		if (row == FAILURE_COUNT || !failure_rows[row].counts)
			fail_msg("%s: %s does not count", path, word);
		listed++;
	}
	for (int i = 0; i < FAILURE_COUNT; i++)
		counting += failure_rows[i].counts;
	assert_int_equal(listed, counting);
}

static void test_what_counts(void **state)
{
	(void)state;
	assert_lists_what_counts("docs/man/sekisho-authd.8");
	assert_lists_what_counts("docs/man/ja/sekisho-authd.8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_every_message),
		CASE(test_width),
		CASE(test_values),
		CASE(test_session_speaks_japanese),
		CASE(test_every_failure),
		CASE(test_what_counts),
		CASE(test_program_without_locale),
		CASE(test_touch_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
