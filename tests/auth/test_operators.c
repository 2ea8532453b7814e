/* an account that several people share: each opens it with a key of his or her own, the
 * record says who, and nothing else opens it. */
#include "operators_fixture.h"

#include "agent/auth/otpfile.h"
#include "cleanup.h"

#include <liboath/oath.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define MANY 40 /* credentials: more than one question to a key holds */

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
		OPERATORS_CASE(test_many),
		OPERATORS_CASE(test_key_that_does_not_tell),
		OPERATORS_CASE(test_wrong_file),
		OPERATORS_CASE(test_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
