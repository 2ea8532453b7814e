/* what sekisho.conf says for a service, a group or this terminal, with the
 * real session, the real token child and a software key. */
#include "terminal.h"

#include "cleanup.h"

#include <string.h>

/* Each prompt and notice of the log-in before the last line, which is the verdict's. A message
 * begins with its number, and that of a grant is empty. */
static void cut_verdict(struct outcome *outcome)
{
	char *last = outcome->text, *at;

	for (at = outcome->text; (at = strchr(at, '\n')) && at[1]; at++)
		if (at[1] == '[' || at[1] == '\n')
			last = at + 1;
	*last = '\0';
}

static struct outcome visit(struct terminal *terminal, const char *user, const char *service,
			    const char *pin)
{
	return terminal_visit(terminal,
			      &(struct visit){.user = user, .service = service, .pin = pin});
}

/* Who may not use this terminal is told once key and PIN were right, and meets nothing else than
 * who may. */
static void test_A08_terminal(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char granted[WORDS_MAX];

	terminal_configure(terminal, PATIENT "[Terminal]\nClass=counter\n"
					     "[Class counter]\nAllowUsers=hanako\n"
					     "[Class records]\nAllowUsers=taro\n");
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = visit(terminal, "hanako", NULL, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	cut_verdict(&outcome);
	memcpy(granted, outcome.text, sizeof(granted));
	terminal_unplug(terminal, 0);
	PLUG(terminal, 1);
	terminal_enrol(terminal, 1, "taro", PIN);
	outcome = visit(terminal, "taro", NULL, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_non_null(strstr(outcome.text, "[S-2150] You may not log in at this terminal"));
	assert_event(terminal, "\"reason\":\"not-here\"");
	cut_verdict(&outcome);
	assert_string_equal(outcome.text, granted);
	outcome = visit(terminal, "taro", NULL, "9999");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_null(strstr(outcome.text, "S-2150"));
	assert_event(terminal, "\"reason\":\"pin-wrong\"");
	outcome = visit(terminal, "nobody-at-all", NULL, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_null(strstr(outcome.text, "S-2150"));
	assert_events(terminal, "login.granted", 1);
	assert_events(terminal, "\"reason\":\"not-here\"", 1);
	/* On a terminal of the other class it is the other way round. */
	terminal_configure(terminal, PATIENT "[Terminal]\nClass=records\n"
					     "[Class counter]\nAllowUsers=hanako\n"
					     "[Class records]\nAllowUsers=taro\n");
	outcome = visit(terminal, "taro", NULL, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static void test_A08_exempt(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_configure(terminal, PATIENT "ExemptUsers=backup hanako\nExemptServices=cron\n"
					     "[Service cron]\nAllowUsers=backup\n");
	outcome = visit(terminal, "backup", "cron", NULL);
	assert_verdict(&outcome, VERDICT_EXEMPT);
	outcome = visit(terminal, "hanako", "cron", NULL);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"not-here\"");
	assert_events(terminal, "login.exempt", 1);
}

/* A key whose touch alone is enough elsewhere shows its person at sudo, under both its names. */
static void test_A02_sudo_wants_more(void **state)
{
	static const char *const services[] = {"sudo", "sudo-i"};
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_configure(terminal, PATIENT "UserVerification=roster\n"
					     "[Service sudo]\nFactors=key+pin\n");
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN)->uv_optional = true;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", NULL, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"method\":\"touch\"");
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		outcome = visit(terminal, "hanako", services[i], PIN);
		assert_verdict(&outcome, VERDICT_GRANTED);
		assert_int_equal(outcome.prompts, 1);
		outcome = visit(terminal, "hanako", services[i], "9999");
		assert_verdict(&outcome, VERDICT_WRONG);
	}
	assert_events(terminal, "\"method\":\"touch\"", 1);
	/* The two tries above cost two of the key's own. */
	assert_events(terminal, "\"reason\":\"pin-wrong\"", ARRAY_SIZE(services));
}

/* Where two sections leave nothing, and where a group can't be looked up. */
static void test_strictest(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_configure(terminal, PATIENT "[Service sudo]\nFactors=otp\n"
					     "[Group sekisho-no-such-group]\nFactors=key\n");
	outcome = visit(terminal, "hanako", "sudo", PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"reason\":\"no-factors\"");
	outcome = visit(terminal, "hanako", "login", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	/* A group of the machine's own: root is in it, hanako is not. */
	terminal_configure(terminal, PATIENT "[Group root]\nFactors=otp\n");
	outcome = visit(terminal, "hanako", "login", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	outcome = terminal_visit(terminal, &(struct visit){.user = "root", .confirm = "000000"});
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_non_null(strstr(outcome.text, "[S-2013]"));
	assert_event(terminal, "\"reason\":\"otp-not-enrolled\"");
}

static void test_order(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_configure(terminal, PATIENT "[Service login]\nFactors=otp, key\n");
	outcome = terminal_visit(terminal,
				 &(struct visit){.user = "hanako", .pin = PIN, .confirm = "yes"});
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 2);
	assert_int_equal(outcome.shown, 1);
	assert_non_null(strstr(outcome.text, "[S-2011]"));
}

/* A service may accept what is accepted nowhere else, and asks so. */
static void test_code_at_one_service(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_configure(terminal, PATIENT "SinglePrompt=postgresql\n"
					     "[Service postgresql]\nFactors=otp\n");
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = visit(terminal, "hanako", "postgresql", "000000");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(outcome.prompts, 1);
	assert_non_null(strstr(outcome.text, "[S-2014]"));
	outcome = visit(terminal, "hanako", "login", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.shown, 0);
}

/* two factors of one kind refuse every log-in, and the line is named. */
static void test_A13_one_kind(void **state)
{
	static const struct {
		const char *text, *wrong;
	} rows[] = {
		{"[Auth]\nFactors=key+otp\n", "sekisho.conf:2: Factors: \"key+otp\" are two"},
		{"[Auth]\n[Service sudo]\nFactors=password+pin\n",
		 "sekisho.conf:3: Factors: \"password+pin\" are two"},
		{"[Auth]\n[Class counter]\n", "no Class= in [Terminal]"},
	};
	struct terminal *terminal = *state;
	char text[WORDS_MAX];

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct outcome outcome;

		terminal_configure(terminal, rows[i].text);
		outcome = visit(terminal, "hanako", "login", PIN);
		assert_verdict(&outcome, VERDICT_BROKEN);
		assert_int_equal(outcome.prompts, 0);
		terminal_errors(terminal, text);
		if (!strstr(text, rows[i].wrong))
			fail_msg("%s: %s", rows[i].wrong, text);
	}
	assert_events(terminal, "\"reason\":\"configuration\"", ARRAY_SIZE(rows));
	assert_events(terminal, "login.granted", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_A08_terminal), CASE(test_A08_exempt), CASE(test_A02_sudo_wants_more),
		CASE(test_strictest),	 CASE(test_order),	CASE(test_code_at_one_service),
		CASE(test_A13_one_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
