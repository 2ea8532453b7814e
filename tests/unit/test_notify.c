/* What sekisho-notify tells, when, and where it doesn't. */
#include "agent/cli/challenge_text.h"
#include "agent/notify/asked.h"
#include "agent/notify/bell.h"
#include "agent/notify/console.h"
#include "agent/notify/desktop.h"
#include "agent/notify/news.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>

#include <cmocka.h>

static json_t *refusal(int number, const char *kind, const char *when)
{
	return json_pack("{s:i, s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "event", number, "kind", kind,
			 "code", "S-4302", "fields", "device", "1-2", "interfaces", "080650",
			 "when", when, "name", "PIN: \x1b[2J");
}

static void expect(struct news *news, json_t *refusals, int number, size_t count)
{
	size_t found;
	const json_t *newest = news_find(news, refusals, &found);

	assert_int_equal(found, count);
	assert_int_equal(json_integer_value(json_object_get(newest, "event")), number);
	news_told(news);
}

static void test_news(void **state)
{
	struct news news = {};
	json_t *list = json_array(), *again = json_array();

	(void)state;
	expect(&news, list, 0, 0);
	json_array_append_new(list, refusal(3, "device.blocked", ""));
	expect(&news, list, 3, 1);
	expect(&news, list, 0, 0);
	json_array_append_new(list, refusal(5, "device.blocked", ""));
	json_array_append_new(list, refusal(6, "device.blocked", ""));
	/* These are told where they happen, and were told when they came. */
	json_array_append_new(list, refusal(7, "login.refused", ""));
	json_array_append_new(list, refusal(8, "device.blocked", "start"));
	expect(&news, list, 6, 2);
	expect(&news, list, 0, 0);
	/* The agent has forgotten. */
	expect(&news, again, 0, 0);
	expect(&news, list, 0, 0);
	/* A new journal. */
	json_array_append_new(again, refusal(2, "device.blocked", ""));
	expect(&news, again, 2, 1);
	json_decref(list);
	json_decref(again);
}

static void test_what_could_not_be_told_stays(void **state)
{
	struct news news = {};
	json_t *list = json_pack("[o]", refusal(3, "device.blocked", ""));
	size_t count;

	(void)state;
	assert_non_null(news_find(&news, list, &count));
	assert_non_null(news_find(&news, list, &count));
	news_told(&news);
	assert_null(news_find(&news, list, &count));
	json_decref(list);
}

static void test_body(void **state)
{
	static struct refusal_text text = {.what = "<b>A&B</b> 関所", .why = "why", .next = "next"};
	char body[200], small[24];

	(void)state;
	desktop_body(&text, 0, "1234", true, body, sizeof(body));
	assert_string_equal(body, "&lt;b&gt;A&amp;B&lt;/b&gt; 関所\nwhy\nnext\nCall: 1234");
	desktop_body(&text, 2, "1234", false, body, sizeof(body));
	assert_string_equal(body, "<b>A&B</b> 関所\nwhy\nnext\nCall: 1234\n"
				  "2 more were refused: see 'sekisho why'");
	/* Neither an entity nor a character is cut. */
	for (size_t size = 5; size <= sizeof(small); size++) {
		desktop_body(&text, 0, "", true, small, size);
		assert_true(strlen(small) < size);
		assert_true(strcspn(small, "&") == strlen(small) ||
			    strchr(strrchr(small, '&'), ';'));
	}
	snprintf(text.what, sizeof(text.what), "関所関所関所");
	for (size_t size = 5; size <= sizeof(small); size++) {
		desktop_body(&text, 0, "", true, small, size);
		assert_int_equal(strcspn(small, "\n") % 3, 0);
	}
}

/* Nothing that the device says of itself stands on a console, where it could look like a question.
 */
static void test_line(void **state)
{
	json_t *one = refusal(12, "device.blocked", "");
	char line[300];

	(void)state;
	console_line(one, 0, line, sizeof(line));
	assert_string_equal(line, "[S-4302] no. 12: the device at 1-2 may not be used (storage). "
				  "'sekisho why' tells more.");
	console_line(one, 3, line, sizeof(line));
	assert_non_null(strstr(line, "(storage), and 3 more."));
	json_decref(one);
}

static void expect_written(int terminal, const char *expected)
{
	char text[600] = "";
	ssize_t length = read(terminal, text, sizeof(text) - 1);

	assert_true(length >= 0);
	assert_string_equal(text, expected);
}

static void set_mode(int terminal, tcflag_t set, tcflag_t clear)
{
	struct termios mode;

	assert_int_equal(tcgetattr(terminal, &mode), 0);
	mode.c_lflag |= set;
	mode.c_lflag &= ~clear;
	mode.c_oflag &= (tcflag_t)~OPOST;
	assert_int_equal(tcsetattr(terminal, TCSANOW, &mode), 0);
}

static void test_console(void **state)
{
	_cleanup_close_ int ours = -1;
	_cleanup_close_ int theirs = -1;
	char path[64];

	(void)state;
	assert_int_equal(openpty(&ours, &theirs, path, NULL, NULL), 0);
	set_mode(theirs, ICANON | ECHO, 0);
	assert_int_equal(console_write(path, "told \x1b[2J\n\xe3\x81\x82"), 0);
	expect_written(ours, "\r\ntold ?[2J\n???\r\n");
	/* A shell's line editor. */
	set_mode(theirs, 0, ICANON | ECHO);
	assert_int_equal(console_write(path, "told"), 0);
	expect_written(ours, "\r\ntold\r\n");
	/* A PIN. */
	set_mode(theirs, ICANON, ECHO);
	assert_int_equal(console_write(path, "told"), -EBUSY);
	assert_int_equal(fcntl(ours, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(ours, path, 1), -1);
	assert_int_equal(console_write("/dev/null", "told"), -EPERM);
	assert_int_equal(console_write("/dev/none", "told"), -ENOENT);
}

/* Each code is shown once, with what the keyboard calls itself cut short. */
static void test_codes(void **state)
{
	json_t *list = json_pack("[{s:s, s:s, s:s, s:i}, {s:s, s:s, s:s, s:i}]", "device", "1-2",
				 "code", "012345", "name",
				 "\343\201\202\343\201\202\343\201\202\343\201\202\343\201\202\343"
				 "\201\202\343\201\202"
				 "\343\201\202\343\201\202\343\201\202\343\201\202\343\201\202\343"
				 "\201\202\343\201\202",
				 "seconds", 59, "device", "1-3", "code", "999999", "name", "B",
				 "seconds", 60);
	char text[CHALLENGE_TEXT_MAX];
	struct asked asked = {};
	const json_t *one;

	(void)state;
	assert_null(asked_find(&asked, NULL));
	one = asked_find(&asked, list);
	challenge_text_make(one, text, sizeof(text));
	assert_non_null(strstr(text, "at 1-2 (\"\343"));
	assert_non_null(strstr(text, "\201\202\"), type 012345 on it, within 59 seconds."));
	assert_true(strlen(text) < 200 + 39);
	asked_told(&asked, one);
	one = asked_find(&asked, list);
	assert_string_equal(json_string_value(json_object_get(one, "code")), "999999");
	asked_told(&asked, one);
	assert_null(asked_find(&asked, list));
	for (int i = 0; i < 2 * ASKED_MAX; i++)
		asked_told(&asked, one);
	json_decref(list);
}

static void test_bell(void **state)
{
	char directory[] = "/tmp/sekisho-bell-XXXXXX", path[64];
	struct bell bell = {.path = path, .fd = -1};

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/refused", directory);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(bell_watch(&bell), -ENOENT);
	bell_wait(&bell, 1);
	assert_int_equal(mkdir(directory, 0755), 0);
	assert_int_equal(bell_watch(&bell), 1);
	assert_int_equal(bell_watch(&bell), 0);
	assert_int_equal(close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)), 0);
	bell_wait(&bell, -1);
	assert_true(bell.fd >= 0);
	/* The agent is stopped, and its directory with it. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
	bell_wait(&bell, -1);
	assert_int_equal(bell.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_news),	cmocka_unit_test(test_what_could_not_be_told_stays),
		cmocka_unit_test(test_body),	cmocka_unit_test(test_line),
		cmocka_unit_test(test_console), cmocka_unit_test(test_codes),
		cmocka_unit_test(test_bell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
