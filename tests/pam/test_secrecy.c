/* What may not be left or shown: the PIN in memory or in the log, and control characters of authd,
 * of a user's name or of a PAM line. */
#include "door.h"

#include "cleanup.h"
#include "verdict.h"

#include <string.h>

/* "the PIN is long, for free() writes over its head: Kx7-geheim-93!" xored with KEY: no page of
 * this program holds it in clear. */
#define KEY 0x55
static const char hidden[] = "\x21\x3d\x30\x75\x05\x1c\x1b\x75\x3c\x26\x75\x39\x3a\x3b\x32\x79"
			     "\x75\x33\x3a\x27\x75\x33\x27\x30\x30\x7d\x7c\x75\x22\x27\x3c\x21"
			     "\x30\x26\x75\x3a\x23\x30\x27\x75\x3c\x21\x26\x75\x3d\x30\x34\x31"
			     "\x6f\x75\x1e\x2d\x62\x78\x32\x30\x3d\x30\x3c\x38\x78\x6c\x66\x74";
#define TAIL 14 /* bytes of it that are looked for */

/* Reads red zones too, which is the point. */
__attribute__((no_sanitize("address"))) static bool holds(const char *bytes, size_t length)
{
	const char *tail = hidden + sizeof(hidden) - 1 - TAIL;

	for (size_t at = 0; at + TAIL <= length; at++) {
		size_t same = 0;

		while (same < TAIL && (bytes[at + same] ^ KEY) == tail[same])
			same++;
		if (same == TAIL)
			return true;
	}
	return false;
}

/* Whether any writable mapping holds the PIN. The giant ones are a sanitizer's shadow. */
static bool in_memory(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	bool found = false;
	char line[512];

	assert_non_null(maps);
	while (!found && fgets(line, sizeof(line), maps)) {
		char *dash = NULL;
		char *rest = NULL;
		unsigned long from = strtoul(line, &dash, 16);
		unsigned long to = strtoul(dash + 1, &rest, 16);

		if (strncmp(rest, " rw", 3) == 0 && to - from <= 64ul << 20)
			found = holds((const char *)from, to - from); /* NOLINT */
	}
	fclose(maps);
	return found;
}

static void test_search(void **state)
{
	char clear[sizeof(hidden)];

	(void)state;
	assert_false(in_memory());
	for (size_t i = 0; i < sizeof(hidden); i++)
		clear[i] = (char)(hidden[i] ^ KEY);
	__asm__ volatile("" : : "r"(clear) : "memory");
	assert_true(in_memory());
	explicit_bzero(clear, sizeof(clear));
	assert_false(in_memory());
}

static void test_pin(void **state)
{
	static const struct lying_step scripts[][5] = {
		{{LIE_PROMPT, 0, "PIN: ", NULL}, SAY(VERDICT_GRANTED), END},
		{{LIE_PROMPT, 0, "PIN: ", NULL}, SAY(VERDICT_WRONG), END},
		{{LIE_PROMPT, 0, "PIN: ", NULL}, END},
		{{LIE_JOINED, 6, "password and code: ", NULL}, SAY(VERDICT_GRANTED), END},
		{{LIE_PROMPT, 0, "PIN: ", NULL},
		 {LIE_PROMPT, 0, "again: ", NULL},
		 {LIE_GARBAGE, 64, NULL, NULL},
		 END},
	};

	(void)state;
	door_write("", "", "");
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct person person = {.answer = hidden, .key = KEY};

		door_authenticate(&person, scripts[i], 0);
		assert_in_range(person.prompts, 1, 2);
		assert_false(holds(door_log(), strlen(door_log())));
		assert_false(in_memory());
	}
}

static void test_shown(void **state)
{
	static const struct {
		const char *sent;
		const char *shown;
	} rows[] = {
		{"line one\nline two", "line one\nline two"},
		{"関所: PIN", "関所: PIN"},
		{"C:\\path", "C:\\path"},
		{"\x1b[2Jlogin: ", "?[2Jlogin: "},
		{"a\rb\tc\x7f", "a?b?c?"},
		{"\xc2\x9b"
		 "31m",
		 "?31m"},
		{"abc\xe2\x80\xae"
		 "def",
		 "abc?def"},
		{"cut \xe9\x96", "cut ??"},
	};

	(void)state;
	door_write("", "", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct lying_step told[] = {
			{LIE_NOTICE, 0, rows[i].sent, NULL}, SAY(VERDICT_WRONG), END};
		const struct lying_step asked[] = {
			{LIE_PROMPT, 0, rows[i].sent, NULL}, SAY(VERDICT_WRONG), END};
		struct person person = {.answer = "1234"};

		assert_int_equal(door_authenticate(&person, told, 0), PAM_AUTH_ERR);
		assert_string_equal(person.last, rows[i].shown);
		assert_int_equal(door_authenticate(&person, asked, 0), PAM_AUTH_ERR);
		assert_string_equal(person.last, rows[i].shown);
	}
}

static void assert_plain(const char *text)
{
	for (; *text; text++)
		assert_true(*text == '\n' || ((unsigned char)*text >= ' ' && *text != '\x7f'));
}

/* How many lines of @text begin with @start. */
static unsigned int lines(const char *text, const char *start)
{
	unsigned int count = 0;

	for (; *text; text += strcspn(text, "\n") + 1)
		count += strncmp(text, start, strlen(start)) == 0;
	return count;
}

static void test_logged(void **state)
{
	static const struct lying_step script[] = {
		{LIE_VERDICT, VERDICT_WRONG, NULL, "id\x1b[1m\nforged"}, END};
	struct lying_authd authd = {};
	struct person person = {};
	pam_handle_t *pamh;

	(void)state;
	door_write("", "", "");
	pamh = door_begin_as(&person, "hana\nsekisho: user \"root\": granted\x1b[0m");
	assert_int_equal(lying_authd_start(&authd, door_folder, script, 1), 0);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(lying_authd_end(&authd), 0);
	pam_end(pamh, PAM_SUCCESS);
	assert_plain(door_log());
	assert_int_equal(lines(door_log(), "pam_sekisho(door:auth): "), 1);
	assert_int_equal(lines(door_log(), "forged"), 0);
	assert_int_equal(lines(door_log(), "sekisho: "), 0);
	assert_non_null(strstr(door_log(), "hana\\x0asekisho"));
	assert_non_null(strstr(door_log(), "id\\x1b[1m\\x0aforged"));

	door_write("", "bad\x1b[0m", "");
	pamh = door_begin(&person);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SERVICE_ERR);
	pam_end(pamh, PAM_SUCCESS);
	assert_plain(door_log());
	assert_non_null(strstr(door_log(), "bad\\x1b"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, door_setup, door_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_search),
		TEST(test_pin),
		TEST(test_shown),
		TEST(test_logged),
	};

	(void)argc;
	if (door_find_module(argv[0]) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
