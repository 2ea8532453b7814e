/* Who comes from another machine, or perhaps does: no key is reached unasked, and none is asked
 * where nobody can touch it. */
#include "terminal.h"

#include "cleanup.h"

#include <string.h>

/* From afar nothing reaches a key before a question was answered that may be shown. */
static void test_from_afar(void **state)
{
	static const struct {
		const char *service, *rhost;
		bool afar;
	} rows[] = {
		{"sshd", "127.0.0.1", true},
		{"sshd", "", true},
		{"sshd", "::1", true},
		{"sudo", "localhost", false},
		{"login", "::1", false},
		{"login", NULL, false},
		/* One of our own, perhaps: nobody can say that nobody is here. */
		{"sshd", "terminal.example", true},
		{"sshd", "127.0.1.1", true},
		{"sshd", "::ffff:127.0.0.1", true},
	};
	struct terminal *terminal = *state;
	struct visit person = {.user = "hanako", .service = "sshd", .pin = "Hanako-2026"};
	struct outcome outcome;
	char known[WORDS_MAX];

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	/* As sshd's password authentication: it closes, and the password was no PIN. */
	outcome = terminal_visit(terminal, &person);
	assert_int_equal(outcome.verdict, -1);
	assert_int_equal(outcome.shown, 1);
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
	assert_event(terminal, "\"reason\":\"cancelled\"");
	memcpy(known, outcome.text, sizeof(known));
	person.user = "nobody-here";
	outcome = terminal_visit(terminal, &person);
	assert_string_equal(known, outcome.text);
	person.user = "hanako";
	person.confirm = "no";
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_CANCELLED);
	assert_int_equal(outcome.prompts, 1);
	assert_event(terminal, "\"reason\":\"not-confirmed\"");
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
	person.confirm = "yes";
	person.pin = PIN;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		person.service = rows[i].service;
		person.rhost = rows[i].rhost;
		outcome = terminal_visit(terminal, &person);
		assert_verdict(&outcome, VERDICT_GRANTED);
		assert_int_equal(outcome.shown, rows[i].afar);
	}
}

/* Nobody is here to touch a key: at once, whoever it is, without a question that can't be answered,
 * and told what is left to do. */
static void test_elsewhere(void **state)
{
	static const struct {
		const char *user, *service;
	} rows[] = {{"hanako", "sshd"}, {"nobody-here", "sshd"}, {"hanako", "login"}};
	struct terminal *terminal = *state;
	struct outcome outcome;

	long touches;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	touches = terminal_status(terminal, 0, "touches");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		outcome = terminal_visit(terminal, &(struct visit){.user = rows[i].user,
								   .service = rows[i].service,
								   .rhost = "192.0.2.7",
								   .pin = PIN,
								   .confirm = "yes"});
		assert_verdict(&outcome, VERDICT_NO_KEY);
		assert_int_equal(outcome.prompts, 0);
		assert_non_null(strstr(outcome.text, "[S-2128]"));
		assert_non_null(strstr(outcome.text, "one-time codes"));
	}
	assert_events(terminal, "\"reason\":\"key-afar\"", ARRAY_SIZE(rows));
	assert_int_equal(terminal_status(terminal, 0, "touches"), touches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {CASE(test_from_afar), CASE(test_elsewhere)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
