/* the desk, where a colleague vouches by telephone: for whom, with what, and that nothing is
 * opened there. */
#include "telephone_fixture.h"

/* What was put around a name is no part of it. */
static void test_blanks_around(void **state)
{
	struct outcome outcome;

	(void)state;
	colleague.user = " \u3000taro\t ";
	colleague.terminal = "\u3000counter\u00a0";
	outcome = visit("hanako");
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_event(desk, "\"user\":\"taro\"");
}

/* A name that nobody has gets no answer, and counts against nobody at either terminal. */
static void test_unknown(void **state)
{
	static const char *const names[] = {"tarou", "Taro", "ta ro", "taro\u3000hanako"};
	struct outcome outcome;

	(void)state;
	terminal_configure(counter, SETTINGS "WrongAnswers=1\n");
	terminal_configure(desk, PATIENT "WrongAnswers=1\n");
	for (size_t i = 0; i < 2 * sizeof(names) / sizeof(names[0]); i++) {
		colleague.user = names[i / 2];
		outcome = visit("hanako");
		assert_verdict(&desk_outcome, VERDICT_WRONG);
		assert_non_null(strstr(desk_outcome.text, "[S-2147]"));
		assert_string_equal(told, "");
		assert_refused(counter, &outcome, "answer-malformed");
	}
	assert_events(desk, "\"reason\":\"answer-unknown\"", 8);
	assert_events(desk, "substitute.answered", 0);
	colleague.user = "\u3000";
	visit("hanako");
	assert_event(desk, "\"reason\":\"answer-malformed\"");
	assert_events(desk, "login.locked", 0);
	assert_events(counter, "login.locked", 0);
	colleague.user = "taro";
	outcome = visit("hanako");
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* Who may not vouch at the desk is told no answer; who may not here has none that is right. */
static void test_rights(void **state)
{
	struct outcome outcome;

	(void)state;
	desk->periods[0].terms.rights = ROSTER_MAY_WITNESS;
	terminal_roster(desk);
	outcome = visit("hanako");
	assert_verdict(&desk_outcome, VERDICT_WRONG);
	assert_event(desk, "\"reason\":\"second-right\"");
	assert_int_equal(told[0], '\0');
	desk->periods[0].terms.rights = ROSTER_MAY_SUBSTITUTE;
	terminal_roster(desk);
	counter->periods[0].terms.rights = ROSTER_MAY_WITNESS;
	terminal_roster(counter);
	outcome = visit("hanako");
	assert_verdict(&desk_outcome, VERDICT_CANCELLED);
	assert_refused(counter, &outcome, "second-right");
	assert_events(desk, "substitute.answered", 1);
}

/* The desk gives answers for a key with PIN alone, for others alone. */
static void test_desk(void **state)
{
	(void)state;
	colleague.pin = "9999";
	vouch("1234-5678-9012");
	assert_verdict(&desk_outcome, VERDICT_WRONG);
	assert_event(desk, "\"reason\":\"pin-wrong\"");
	colleague.pin = PIN;
	vouch("1234-5678-9012");
	assert_event(desk, "\"reason\":\"answer-malformed\"");
	colleague.terminal = "nowhere";
	vouch("0000-0000-0000");
	colleague.terminal = "desk";
	vouch("0000-0000-0000");
	assert_events(desk, "\"reason\":\"answer-malformed\"", 3);
	colleague.terminal = "counter";
	colleague.user = "hanako";
	vouch("0000-0000-0000");
	assert_event(desk, "\"reason\":\"second-same\"");
	colleague.user = "taro";
	write_group(desk, false);
	vouch("0000-0000-0000");
	assert_verdict(&desk_outcome, VERDICT_BROKEN);
	assert_event(desk, "\"reason\":\"substitute-group\"");
	assert_events(desk, "substitute.answered", 0);
	assert_events(desk, "login.granted", 0);
	assert_string_equal(told, "");
}

/* A touch, a code, a substitute or an exemption is nothing there; another's name is forbidden. */
static void test_desk_narrow(void **state)
{
	static const char *const answers[] = {"substitute", "jiro", PIN, NULL};
	struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < desk->n_entries; i++)
		desk->entries[i].uv_optional = true;
	terminal_roster(desk);
	terminal_configure(desk, SETTINGS "UserVerification=roster\nFactors=key, otp\n"
					  "SinglePrompt=" VOUCH_NAME "\n"
					  "ExemptUsers=hanako\nExemptServices=" VOUCH_NAME "\n");
	vouch("0000-0000-0000");
	assert_verdict(&desk_outcome, VERDICT_CANCELLED);
	assert_int_equal(desk_outcome.prompts, 4);
	outcome = terminal_visit(desk, &(struct visit){.user = "hanako",
						       .service = VOUCH_NAME,
						       .flags = AUTH_VOUCH,
						       .uid = 65534,
						       .pin = PIN});
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(desk, "\"reason\":\"forbidden\"");
	terminal_configure(desk, HASTY "Substitute=" VOUCH_NAME "\n");
	terminal_unplug(desk, 0);
	outcome = terminal_visit(desk, &(struct visit){.user = "hanako",
						       .service = VOUCH_NAME,
						       .flags = AUTH_VOUCH,
						       .answers = answers});
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_int_equal(outcome.prompts, 0);
	outcome = terminal_visit(desk, &(struct visit){.user = "hanako",
						       .service = VOUCH_NAME,
						       .flags = AUTH_VOUCH,
						       .rhost = "192.0.2.1",
						       .answers = answers});
	assert_event(desk, "\"reason\":\"second-afar\"");
	assert_events(desk, "login.", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALLED(test_blanks_around), CALLED(test_unknown),     CALLED(test_rights),
		CALLED(test_desk),	    CALLED(test_desk_narrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
