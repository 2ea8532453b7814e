/* what else counts of whoever works at a shared account: days, hours, the collector's
 * list, who stands by; nobody vouches there. */
#include "operators_fixture.h"

#include "cleanup.h"

#include <time.h>

/* The operator's days at the account, the account's own, and those of the person. */
static void test_days(void **state)
{
	static const struct {
		const char *lines, *reason;
	} rows[] = {
		{COUNTER " taro to=2020-01-01\n", "expired"},
		{COUNTER " taro from=2998-01-01\n", "not-yet"},
	};
	struct terminal *terminal = *state;
	struct outcome outcome;
	char wanted[64];

	PLUG(terminal, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		allow(terminal, rows[i].lines);
		outcome = visit(terminal, COUNTER, PIN);
		assert_verdict(&outcome, VERDICT_WRONG);
		snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\"", rows[i].reason);
		assert_events(terminal, wanted, 1);
	}
	allow(terminal, COUNTER " taro from=2020-01-01 to=2998-01-01\n");
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	terminal->n_periods = 1;
	terminal->periods[0] = (struct roster_period){.user = COUNTER, .to = 20200101};
	terminal_roster(terminal);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	terminal->periods[0] = (struct roster_period){.user = "taro", .to = 20200101};
	terminal_roster(terminal);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "\"reason\":\"expired\"", 3);
}

static void test_revoked(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	for (size_t i = 0; i < terminal->n_entries; i++)
		terminal->entries[i].revoked = 20200101;
	terminal_roster(terminal);
	PLUG(terminal, 0);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"revoked\"");
	assert_event(terminal, "\"operator\":\"taro\"");
}

/* on the collector's list are people and, for whoever closes a counter, accounts. */
static void test_listed(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_revoke(terminal, time(NULL), NULL, "taro");
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "\"reason\":\"person-revoked\"", 1);
	assert_event(terminal, "\"operator\":\"taro\"");
	terminal_revoke(terminal, time(NULL), NULL, COUNTER);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "\"reason\":\"person-revoked\"", 2);
	terminal_revoke(terminal, time(NULL), NULL, "hanako");
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static struct outcome say(struct terminal *terminal, const char *first, const char *second,
			  const char *third)
{
	const char *const answers[] = {first, second, third, NULL};

	return terminal_visit(terminal, &(struct visit){.user = COUNTER, .answers = answers});
}

static void assert_refused(struct terminal *terminal, const struct outcome *outcome,
			   const char *reason, size_t count)
{
	char wanted[64];

	assert_verdict(outcome, VERDICT_WRONG);
	snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\"", reason);
	assert_events(terminal, wanted, count);
}

/* O-02: a contractor is one at a counter too, and nobody stands by at the own log-in. */
static void test_witnessed(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal->n_periods = 2;
	terminal->periods[0] =
		(struct roster_period){.user = "hanako", .terms.rights = ROSTER_MAY_WITNESS};
	terminal->periods[1] = (struct roster_period){.user = "taro", .terms.witnessed = true};
	terminal_roster(terminal);
	allow(terminal, COUNTER " taro\n");
	PLUG(terminal, 0);
	PLUG(terminal, 1);
	outcome = say(terminal, PIN, "taro", PIN);
	assert_refused(terminal, &outcome, "second-same", 1);
	outcome = say(terminal, PIN, COUNTER, PIN);
	assert_refused(terminal, &outcome, "second-right", 1);
	assert_events(terminal, "login.granted", 0);
	outcome = say(terminal, PIN, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "[S-2025] login: taro logs in under witness."));
	assert_event(terminal, "\"witness\":\"hanako\"");
	/* The account says so of everybody. */
	terminal->periods[1] = (struct roster_period){.user = COUNTER, .terms.witnessed = true};
	terminal_roster(terminal);
	outcome = say(terminal, PIN, "taro", PIN);
	assert_refused(terminal, &outcome, "second-same", 2);
	outcome = say(terminal, PIN, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_events(terminal, "login.witnessed", 2);
}

/* Hours that begin @later minutes from now and last for two. */
static struct roster_terms hours(int later)
{
	const int opens = (roster_minute() + later + 1440) % 1440;

	return (struct roster_terms){.opens = (uint16_t)opens,
				     .closes = (uint16_t)((opens + 120) % 1440)};
}

static void test_hours(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal->n_periods = 2;
	terminal->periods[0] = (struct roster_period){.user = COUNTER, .terms = hours(-60)};
	terminal->periods[1] = (struct roster_period){.user = "taro", .terms = hours(60)};
	terminal_roster(terminal);
	outcome = visit(terminal, COUNTER, PIN);
	assert_refused(terminal, &outcome, "outside-hours", 1);
	terminal->periods[0].terms = hours(60);
	terminal->periods[1].terms = hours(-60);
	terminal_roster(terminal);
	outcome = visit(terminal, COUNTER, PIN);
	assert_refused(terminal, &outcome, "outside-hours", 2);
	/* Of somebody of whom the roster says nothing but the key. */
	terminal->n_periods = 1;
	terminal_roster(terminal);
	outcome = visit(terminal, COUNTER, PIN);
	assert_refused(terminal, &outcome, "outside-hours", 3);
	terminal->n_periods = 2;
	terminal->periods[0].terms = hours(-60);
	terminal_roster(terminal);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* a colleague vouches for a person, and an account is none. */
static void test_no_substitute(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 2);
	terminal_enrol(terminal, 2, COUNTER, PIN);
	terminal_unplug(terminal, 2);
	terminal->n_periods = 1;
	terminal->periods[0] =
		(struct roster_period){.user = "hanako", .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal_roster(terminal);
	terminal_configure(terminal, PATIENT "Substitute=login\n");
	allow(terminal, COUNTER " taro\n");
	PLUG(terminal, 1);
	outcome = say(terminal, "substitute", "hanako", PIN);
	assert_refused(terminal, &outcome, "substitute-user", 1);
	/* It is the account that makes the difference. */
	allow(terminal, "");
	outcome = say(terminal, "substitute", "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* The other way round: whose name would it be? */
static void test_no_voucher(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal->n_periods = 1;
	terminal->periods[0] =
		(struct roster_period){.user = COUNTER, .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal_roster(terminal);
	PLUG(terminal, 0);
	outcome = terminal_visit(terminal, &(struct visit){.user = COUNTER,
							   .service = "sekisho-substitute",
							   .pin = PIN,
							   .flags = AUTH_VOUCH});
	assert_refused(terminal, &outcome, "second-right", 1);
	assert_int_equal(outcome.prompts, 1);
	assert_events(terminal, "substitute.answered", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPERATORS_CASE(test_days),	 OPERATORS_CASE(test_revoked),
		OPERATORS_CASE(test_listed),	 OPERATORS_CASE(test_witnessed),
		OPERATORS_CASE(test_hours),	 OPERATORS_CASE(test_no_substitute),
		OPERATORS_CASE(test_no_voucher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
