/* O-02: a contractor's log-in, which a member of staff has to witness with a key of the own. */
#include "folder.h"
#include "second_fixture.h"

#include "agent/auth/operators.h"
#include "cleanup.h"

#include <string.h>
#include <time.h>

/* gyosha's key is 0, hanako's 1, taro's 2; hanako may witness, taro may not. */
static int setup(void **state)
{
	struct terminal *terminal;

	if (terminal_setup(state) != 0)
		return -1;
	terminal = *state;
	terminal_sit(terminal);
	terminal->periods[0] = (struct roster_period){.user = "gyosha", .terms.witnessed = true};
	terminal->periods[1] =
		(struct roster_period){.user = "hanako", .terms.rights = ROSTER_MAY_WITNESS};
	terminal->periods[2] =
		(struct roster_period){.user = "taro", .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal->n_periods = 3;
	PLUG(terminal, 0);
	PLUG_COLLEAGUES(terminal, 1);
	terminal_enrol(terminal, 0, "gyosha", PIN);
	terminal_enrol(terminal, 1, "hanako", COLLEAGUE_PIN);
	return 0;
}

#define STAFFED(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

static struct outcome visit(struct terminal *terminal, const char *second, const char *pin)
{
	const char *const answers[] = {PIN, second, pin, NULL};

	return terminal_visit(terminal, &(struct visit){.user = "gyosha", .answers = answers});
}

static void test_witnessed(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	char events[WORDS_MAX];

	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 3);
	assert_int_equal(outcome.shown, 1);
	assert_non_null(strstr(outcome.text, "[S-2025] login: gyosha logs in under witness."));
	assert_event(terminal, "login.witnessed 0 ");
	assert_event(terminal, "\"witness\":\"hanako\"");
	assert_event(terminal, "\"second\":\"hanako\"");
	assert_event(terminal, "\"second_label\":\"key of hanako\"");
	assert_event(terminal, "\"label\":\"key of gyosha\"");
	terminal_events(terminal, events);
	assert_true(strstr(events, "login.witnessed") < strstr(events, "login.granted"));
}

/* A shared account is nobody, whatever the roster says of it. */
static void test_shared_account(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	folder_write(terminal, "operators", OPERATORS_HEADER "hanako jiro\n", 0644);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "second-right");
}

/* Who may not log in at this hour lets nobody else in. */
static void test_witness_off_hours(void **state)
{
	struct roster_terms *terms = &((struct terminal *)*state)->periods[1].terms;
	const int now = roster_minute();
	struct outcome outcome;

	terms->opens = (uint16_t)((now + 600) % 1440);
	terms->closes = (uint16_t)((now + 660) % 1440);
	terminal_roster(*state);
	outcome = visit(*state, "hanako", COLLEAGUE_PIN);
	assert_refused(*state, &outcome, "second-right");
}

/* The contractor alone, whatever comes of the question. */
static void test_without_witness(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome = visit(terminal, NULL, NULL);

	assert_int_equal(outcome.verdict, -1);
	assert_event(terminal, "\"reason\":\"cancelled\"");
	outcome = visit(terminal, "", PIN);
	assert_refused(terminal, &outcome, "second-unknown");
	assert_events(terminal, "login.granted", 0);
}

/* Who may not, who is not there, who is the same: one conversation, and no key but the right one is
 * given the PIN. */
static void test_who_may_not(void **state)
{
	static const struct {
		const char *name, *reason;
	} rows[] = {
		{"taro", "second-right"},
		{"gyosha", "second-same"},
		{"nobody-of-that-name", "second-unknown"},
		{"hanako ", "second-unknown"},
		{"root", "second-unknown"},
	};
	struct terminal *terminal = *state;
	char said[WORDS_MAX] = "";

	PLUG(terminal, 2);
	terminal_enrol(terminal, 2, "taro", PIN);
	terminal_configure(terminal, PATIENT "WrongAnswers=100\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct outcome outcome = visit(terminal, rows[i].name, PIN);

		assert_refused(terminal, &outcome, rows[i].reason);
		assert_int_equal(outcome.prompts, 3);
		assert_non_null(strstr(outcome.text, "[S-2103]"));
		if (i > 0)
			assert_string_equal(outcome.text, said);
		memcpy(said, outcome.text, sizeof(said));
	}
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(terminal_status(terminal, i, "pin-retries"), 8);
}

/* A right that is over, another that is not this one, and a witness who has to be witnessed. */
static void test_right_of_the_day(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal->periods[1].terms.rights = ROSTER_MAY_SUBSTITUTE;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "second-right");
	terminal->periods[1].terms.rights = ROSTER_MAY_WITNESS;
	terminal->periods[1].to = 20260401;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "second-right");
	terminal->n_periods = 1;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "second-right");
	assert_int_equal(terminal_status(terminal, 1, "pin-retries"), 8);
}

/* who stands on the collector's list, or whose key does, stands by for nobody. */
static void test_revoked_witness(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_revoke(terminal, time(NULL), &terminal->entries[1], NULL);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "listed");
	assert_non_null(strstr(outcome.text, "[S-2103]"));
	terminal_revoke(terminal, time(NULL), NULL, "hanako");
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "person-revoked");
	assert_int_equal(terminal_status(terminal, 1, "pin-retries"), 8);
	terminal_revoke(terminal, time(NULL), NULL, "taro");
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* Wrong PINs count for the witness, at the key and by name; the contractor's own are right. */
static void test_wrong_pin(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char events[WORDS_MAX];

	terminal_configure(terminal, PATIENT "WrongAnswers=2\n");
	outcome = visit(terminal, "hanako", "9999");
	assert_refused(terminal, &outcome, "pin-wrong");
	assert_non_null(strstr(outcome.text, "[S-2105]"));
	assert_int_equal(terminal_status(terminal, 1, "pin-retries"), 7);
	outcome = visit(terminal, "hanako", "9999");
	assert_refused(terminal, &outcome, "pin-wrong");
	assert_event(terminal, "login.locked 0 ");
	terminal_events(terminal, events);
	*strchr(strstr(events, "login.locked"), '\n') = '\0';
	assert_non_null(strstr(strstr(events, "login.locked"), "\"user\":\"hanako\""));
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_int_equal(outcome.prompts, 2);
	assert_int_equal(terminal_status(terminal, 1, "pin-retries"), 6);
	/* Who waits is hanako: at her own log-in, and gyosha with another witness does not. */
	outcome = terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = COLLEAGUE_PIN});
	assert_verdict(&outcome, VERDICT_BLOCKED);
	outcome = visit(terminal, "taro", COLLEAGUE_PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "login.granted", 0);
}

/* One device with keys of both: no second person. */
static void test_same_device(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_unplug(terminal, 1);
	outcome = visit(terminal, "hanako", PIN);
	assert_refused(terminal, &outcome, "second-shared");
}

static void test_same_credential(void **state)
{
	struct terminal *terminal = *state;
	struct roster_entry shared = {};
	struct outcome outcome;

	for (size_t i = 0; i < terminal->n_entries; i++)
		if (strcmp(terminal->entries[i].user, "gyosha") == 0)
			shared = terminal->entries[i];
	for (size_t i = 0; i < terminal->n_entries; i++)
		if (strcmp(terminal->entries[i].user, "hanako") == 0) {
			terminal->entries[i] = shared;
			memcpy(terminal->entries[i].user, "hanako", sizeof("hanako"));
		}
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", PIN);
	assert_refused(terminal, &outcome, "second-shared");
}

/* A touch alone witnesses nothing, even where it is enough for a log-in. */
static void test_verification_always(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_configure(terminal, PATIENT "UserVerification=roster\n");
	for (size_t i = 0; i < terminal->n_entries; i++)
		terminal->entries[i].uv_optional = true;
	terminal_roster(terminal);
	outcome = terminal_visit(terminal, &(struct visit){.user = "gyosha",
							   .answers = (const char *const[]){
								   "hanako", COLLEAGUE_PIN, NULL}});
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 2);
	terminal_command(terminal, 1, "misbehave no-uv-bit");
	outcome = terminal_visit(terminal, &(struct visit){.user = "gyosha",
							   .answers = (const char *const[]){
								   "hanako", COLLEAGUE_PIN, NULL}});
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"flags\"");
	assert_events(terminal, "login.granted", 1);
}

static void test_from_afar(void **state)
{
	static const char *const answers[] = {"yes", PIN, "hanako", COLLEAGUE_PIN, NULL};
	struct terminal *terminal = *state;
	struct outcome outcome;

	outcome = terminal_visit(terminal, &(struct visit){.user = "gyosha",
							   .service = "sshd",
							   .rhost = "127.0.0.1",
							   .answers = answers});
	assert_refused(terminal, &outcome, "second-afar");
	assert_int_equal(outcome.prompts, 2);
}

static void test_hours(void **state)
{
	struct terminal *terminal = *state;
	struct roster_terms *terms = &terminal->periods[0].terms;
	const unsigned int now = (unsigned int)roster_minute();
	struct outcome outcome;

	/* Far enough from their ends for a slow machine. */
	terms->opens = (uint16_t)((now + 600) % 1440);
	terms->closes = (uint16_t)((now + 840) % 1440);
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "outside-hours");
	assert_int_equal(outcome.prompts, 1);
	assert_non_null(strstr(outcome.text, "[S-2140] You may log in here from "));
	terms->opens = (uint16_t)((now + 840) % 1440);
	terms->closes = (uint16_t)((now + 600) % 1440);
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	/* They bind whoever has them. */
	terminal->periods[1].terms.opens = (uint16_t)((now + 600) % 1440);
	terminal->periods[1].terms.closes = (uint16_t)((now + 840) % 1440);
	terminal_roster(terminal);
	outcome = terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = COLLEAGUE_PIN});
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "login.granted", 1);
}

/* A wrong answer of the contractor ends it before anybody is asked to stand by. */
static void test_own_factor_first(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome = terminal_visit(
		terminal, &(struct visit){.user = "gyosha",
					  .answers = (const char *const[]){"9999", "hanako",
									   COLLEAGUE_PIN, NULL}});

	assert_refused(terminal, &outcome, "pin-wrong");
	assert_int_equal(outcome.prompts, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAFFED(test_witnessed),
		STAFFED(test_without_witness),
		STAFFED(test_shared_account),
		STAFFED(test_witness_off_hours),
		STAFFED(test_who_may_not),
		STAFFED(test_right_of_the_day),
		STAFFED(test_revoked_witness),
		STAFFED(test_wrong_pin),
		STAFFED(test_same_device),
		STAFFED(test_same_credential),
		STAFFED(test_verification_always),
		STAFFED(test_from_afar),
		STAFFED(test_hours),
		STAFFED(test_own_factor_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
