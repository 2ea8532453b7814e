/* an account that several people share: each opens it with a key of his or her own, the
 * record says who, and nothing else opens it. */
#include "folder.h"

#include "agent/auth/operators.h"
#include "agent/auth/otpfile.h"
#include "cleanup.h"
#include "journal_format.h"
#include "revocations.h"

#include <liboath/oath.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COUNTER "madoguchi"
#define MANY	40 /* credentials: more than one question to a key holds */

static void allow(const struct terminal *terminal, const char *lines)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s%s", OPERATORS_HEADER, lines);
	folder_write(terminal, "operators", text, 0644);
}

static struct outcome visit(struct terminal *terminal, const char *user, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .pin = pin, .passes = true});
}

/* One key and whose it is, the others are elsewhere. */
static void enrol(struct terminal *terminal, size_t index, const char *user)
{
	PLUG(terminal, index);
	terminal_enrol(terminal, index, user, PIN);
	terminal_unplug(terminal, index);
}

static int setup(void **state)
{
	int r = terminal_setup(state);
	char path[128];

	if (r == 0) {
		snprintf(path, sizeof(path), "%s/now", ((const struct terminal *)*state)->folder);
		assert_int_equal(mkdir(path, 0755), 0);
		terminal_sit(*state);
		enrol(*state, 0, "taro");
		enrol(*state, 1, "hanako");
		allow(*state, COUNTER " taro\n" COUNTER " hanako\n");
	}
	return r;
}

static void test_each_by_the_own_key(void **state)
{
	static const char *const people[] = {"taro", "hanako"};
	struct terminal *terminal = *state;
	struct outcome outcome;
	char wanted[128];

	for (size_t i = 0; i < 2; i++) {
		PLUG(terminal, i);
		outcome = visit(terminal, COUNTER, PIN);
		assert_verdict(&outcome, VERDICT_GRANTED);
		terminal_unplug(terminal, i);
		snprintf(wanted, sizeof(wanted), "\"method\":\"pin\",\"ms\":");
		assert_events(terminal, wanted, i + 1);
		/* In what was verified, and in what was opened. */
		snprintf(wanted, sizeof(wanted), "\"operator\":\"%s\"", people[i]);
		assert_events(terminal, wanted, 2);
		snprintf(wanted, sizeof(wanted), "\"label\":\"key of %s\"", people[i]);
		assert_events(terminal, wanted, 1);
	}
	assert_events(terminal, "login.opened 0 ", 2);
	assert_events(terminal, "\"user\":\"" COUNTER "\"", 4);
}

/* nobody needs a second key, nor a second line in the roster. */
static void test_one_key_for_several_accounts(void **state)
{
	static const char *const accounts[] = {COUNTER, "koza", "taro"};
	struct terminal *terminal = *state;
	struct outcome outcome;
	char wanted[128];

	allow(terminal, "koza taro\n" COUNTER " hanako\n" COUNTER " taro\n");
	PLUG(terminal, 0);
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
		outcome = visit(terminal, accounts[i], PIN);
		assert_verdict(&outcome, VERDICT_GRANTED);
		snprintf(wanted, sizeof(wanted), "\"user\":\"%s\"", accounts[i]);
		assert_events(terminal, wanted, 2);
	}
	/* The account of one person's own has no operator beside it. */
	assert_events(terminal, "\"operator\":\"taro\"", 4);
}

/* whoever has the key of an operator has no PIN of it. */
static void test_wrong_pin(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	outcome = visit(terminal, COUNTER, "9999");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"pin-wrong\"");
	assert_event(terminal, "\"operator\":\"taro\"");
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 7);
}

/* What the roster lets pass with a touch alone would be anybody's who found the key. */
static void test_always_verified(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	for (size_t i = 0; i < terminal->n_entries; i++)
		terminal->entries[i].uv_optional = true;
	terminal_roster(terminal);
	terminal_configure(terminal, PATIENT "UserVerification=roster\n");
	PLUG(terminal, 0);
	outcome = visit(terminal, "taro", NULL);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 0);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
}

static void test_finger(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 2, "--uv");
	terminal_enrol(terminal, 2, "jiro", PIN);
	allow(terminal, COUNTER " taro\n" COUNTER " jiro\n");
	outcome = visit(terminal, COUNTER, NULL);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"method\":\"finger\"");
	assert_event(terminal, "\"operator\":\"jiro\"");
}

/* who is no operator meets what he or she would meet at a name that nobody has. */
static void test_no_operator(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome, unknown;

	PLUG(terminal, 2);
	terminal_enrol(terminal, 2, "jiro", PIN);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	unknown = visit(terminal, "dareka", PIN);
	assert_verdict(&unknown, VERDICT_WRONG);
	assert_string_equal(outcome.text, unknown.text);
	assert_int_equal(outcome.prompts, unknown.prompts);
	assert_event(terminal, "\"reason\":\"other-key\"");
	/* The PIN went to no key, and nobody is named who was not there. */
	assert_int_equal(terminal_status(terminal, 2, "pin-retries"), 8);
	assert_events(terminal, "\"operator\":", 0);
}

/* What belongs to the account is anybody's. */
static void test_key_of_the_account(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 2);
	terminal_enrol(terminal, 2, COUNTER, PIN);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"other-key\"");
	/* It was good while the account was nobody's but its own. */
	allow(terminal, "");
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_events(terminal, "\"operator\":", 0);
}

/* A shared account is no person who may open another one. */
static void test_shared_operator(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal, 2, COUNTER);
	allow(terminal, "zeimu " COUNTER "\n" COUNTER " taro\n");
	PLUG(terminal, 2);
	outcome = visit(terminal, "zeimu", PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"not-enrolled\"");
	assert_events(terminal, "login.granted", 0);
}

/* Two operators' keys: it can't be told who is there, so no PIN is asked for. */
static void test_two_operators_at_once(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	int tries = 0;

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	/* On a busy machine the second one may be late for a log-in: it is not looked at then. */
	do
		outcome = visit(terminal, COUNTER, PIN);
	while (outcome.verdict == VERDICT_GRANTED && ++tries < 10);
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"reason\":\"several-keys\"");
	/* At an account of their own nothing stands in their way. */
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

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

/* More credentials than a question to a key holds; the right one is among the last. */
static void test_many(void **state)
{
	struct terminal *terminal = *state;
	char lines[1024] = "";
	struct outcome outcome;
	char wanted[64];

	for (size_t i = 0; i < MANY; i++) {
		struct roster_entry *entry = &terminal->entries[terminal->n_entries];
		size_t at = strlen(lines);

		/* Behind the others, by their names. */
		*entry = (struct roster_entry){.credential_length = 64, .key_length = 64};
		snprintf(entry->user, sizeof(entry->user), "zz%02zu", i);
		assert_int_equal(getrandom(entry->credential, 64, 0), 64);
		memcpy(entry->key, terminal->entries[0].key, 64);
		snprintf(lines + at, sizeof(lines) - at, COUNTER " zz%02zu\n", i);
		terminal->n_entries++;
	}
	terminal_roster(terminal);
	snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
		 COUNTER " hanako\n" COUNTER " taro\n");
	allow(terminal, lines);
	for (size_t i = 0; i < 2; i++) {
		PLUG(terminal, i);
		outcome = visit(terminal, COUNTER, PIN);
		assert_verdict(&outcome, VERDICT_GRANTED);
		terminal_unplug(terminal, i);
		snprintf(wanted, sizeof(wanted), "\"operator\":\"%s\"", i == 0 ? "taro" : "hanako");
		assert_events(terminal, wanted, 2);
	}
	/* It may be any of so many: nothing is signed for a key that does not say. */
	PLUG(terminal, 0);
	terminal_command(terminal, 0, "misbehave silent-needs-uv");
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(terminal_status(terminal, 0, "pin-retries"), 8);
}

/* Among few it is asked for all of them. */
static void test_key_that_does_not_tell(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 1);
	terminal_command(terminal, 1, "misbehave silent-needs-uv");
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_events(terminal, "\"operator\":\"hanako\"", 2);
}

/* What is wrong shuts what it is about; a file that nobody can trust shuts everything. */
static void test_wrong_file(void **state)
{
	struct terminal *terminal = *state;
	char errors[WORDS_MAX];
	struct outcome outcome;

	PLUG(terminal, 0);
	allow(terminal, COUNTER " hanako\n" COUNTER " taro until=2030-01-01\nkoza taro\n");
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"reason\":\"roster\"");
	terminal_errors(terminal, errors);
	assert_non_null(strstr(errors, "operators:3: an attribute is not known"));
	outcome = visit(terminal, "koza", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	outcome = visit(terminal, "taro", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	folder_write(terminal, "operators", "# sekisho-operators 2\n", 0644);
	outcome = visit(terminal, "taro", PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	folder_write(terminal, "operators", OPERATORS_HEADER COUNTER " taro\n", 0666);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_events(terminal, "\"reason\":\"roster\"", 3);
}

static const char *code_now(void)
{
	static char code[16];

	assert_int_equal(oath_totp_generate("12345678901234567890", 20, time(NULL), 30, 0, 6, code),
			 OATH_OK);
	return code;
}

/* A code would not say whose it is. */
static void test_code(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[160];

	snprintf(path, sizeof(path), "state/%s", OTPFILE_NAME);
	folder_write(terminal, path,
		     OTPFILE_HEADER COUNTER " totp 3132333435363738393031323334353637383930\n",
		     0600);
	terminal_configure(terminal, PATIENT "Factors=key, otp\n");
	outcome = terminal_visit(terminal, &(struct visit){.user = COUNTER, .confirm = code_now()});
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-shared\"");
	terminal_configure(terminal, PATIENT "Factors=otp\n");
	outcome = terminal_visit(terminal, &(struct visit){.user = COUNTER, .confirm = code_now()});
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "\"reason\":\"otp-shared\"", 2);
	/* The same code, once the account is nobody's but its own. */
	allow(terminal, "");
	outcome = terminal_visit(terminal, &(struct visit){.user = COUNTER, .confirm = code_now()});
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static void list_person(const struct terminal *terminal, const char *person)
{
	struct revocations list = {
		.number = 2026112701, .keys = json_object(), .people = json_object()};
	char path[128];

	snprintf(path, sizeof(path), "%s/revoked", terminal->folder);
	assert_int_equal(journal_format_time((uint64_t)time(NULL) * 1000000, list.time), 0);
	json_object_set_new(list.people, person, json_string("2026-11-27"));
	assert_int_equal(revocations_keep(path, &list, 0640), 0);
	revocations_release(&list);
}

/* on the collector's list are people and, for whoever closes a counter, accounts. */
static void test_listed(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	list_person(terminal, "taro");
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "\"reason\":\"person-revoked\"", 1);
	assert_event(terminal, "\"operator\":\"taro\"");
	list_person(terminal, COUNTER);
	outcome = visit(terminal, COUNTER, PIN);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_events(terminal, "\"reason\":\"person-revoked\"", 2);
	list_person(terminal, "hanako");
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

#define OPERATORS_CASE(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPERATORS_CASE(test_each_by_the_own_key),
		OPERATORS_CASE(test_one_key_for_several_accounts),
		OPERATORS_CASE(test_wrong_pin),
		OPERATORS_CASE(test_always_verified),
		OPERATORS_CASE(test_finger),
		OPERATORS_CASE(test_no_operator),
		OPERATORS_CASE(test_key_of_the_account),
		OPERATORS_CASE(test_shared_operator),
		OPERATORS_CASE(test_two_operators_at_once),
		OPERATORS_CASE(test_days),
		OPERATORS_CASE(test_revoked),
		OPERATORS_CASE(test_many),
		OPERATORS_CASE(test_key_that_does_not_tell),
		OPERATORS_CASE(test_wrong_file),
		OPERATORS_CASE(test_code),
		OPERATORS_CASE(test_listed),
		OPERATORS_CASE(test_witnessed),
		OPERATORS_CASE(test_hours),
		OPERATORS_CASE(test_no_substitute),
		OPERATORS_CASE(test_no_voucher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
