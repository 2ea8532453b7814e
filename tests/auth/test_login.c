/* a log-in by key and PIN, and each way it can be refused, with the real session,
 * the real token child and a software key. */
#include "folder.h"

#include "cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_granted(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = PIN});
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	assert_non_null(strstr(outcome.text, "login: "));
	assert_non_null(strstr(outcome.text, "touch"));
	assert_event(terminal, "login.granted 0 ");
	assert_event(terminal, "\"method\":\"pin\"");
	assert_event(terminal, "\"verified\":\"yes\"");
	assert_int_equal(strlen(outcome.event), 36);
}

/* L-01: what became of the log-in after the key factor. */
static void test_outcome(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char wanted[128];

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = terminal_visit(terminal,
				 &(struct visit){.user = "hanako", .pin = PIN, .passes = true});
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_event(terminal, "login.opened 0 ");
	snprintf(wanted, sizeof(wanted), "\"login\":\"%s\"", outcome.event);
	assert_event(terminal, wanted);
	outcome = terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = PIN});
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_event(terminal, "login.unfinished 0 ");
	assert_event(terminal, "\"reason\":\"left\"");
	snprintf(wanted, sizeof(wanted), "\"login\":\"%s\"", outcome.event);
	assert_event(terminal, wanted);
}

static struct outcome visit(struct terminal *terminal, const char *user, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .pin = pin});
}

static void test_no_key(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_unplug(terminal, 0);
	terminal_configure(terminal, HASTY);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_int_equal(outcome.prompts, 0);
	/* No sooner, and not for ever. */
	assert_in_range(outcome.ms, 2000, PATIENCE_MS);
	assert_non_null(strstr(outcome.text, "[S-2001] login: please plug in your security key"));
	assert_event(terminal, "\"reason\":\"no-key\"");
}

static void plug_now(struct terminal *terminal, const char *text)
{
	if (strstr(text, "[S-2001]"))
		PLUG(terminal, 0);
}

static void test_key_inserted_later(void **state)
{
	struct terminal *terminal = *state;
	const struct visit later = {.user = "hanako", .pin = PIN, .at_notice = plug_now};
	struct outcome outcome;

	terminal_configure(terminal, "[Auth]\nKeyWaitSeconds=60\n");
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_unplug(terminal, 0);
	outcome = terminal_visit(terminal, &later);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_true(outcome.ms < 60000); /* it did not wait for the end */
}

static void test_somebody_elses_key(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	long counter;

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 1, "taro", PIN);
	terminal_unplug(terminal, 0);
	counter = terminal_status(terminal, 1, "counter");
	outcome = visit(terminal, "hanako", "9999");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_non_null(strstr(outcome.text, "[S-2103]"));
	assert_event(terminal, "\"reason\":\"other-key\"");
	/* The stranger's key was given no PIN and was not made to sign. */
	assert_int_equal(terminal_status(terminal, 1, "pin-retries"), 8);
	assert_int_equal(terminal_status(terminal, 1, "counter"), counter);
}

/* However often a pair is tried, nobody has to wait. */
#define PATIENT_WITH_NAMES "WrongAnswers=100\n"

/* A known name and one that nobody has, with key 1 plugged in, which takes as long. One pair of a
 * few must be alike, for the machine has other things to do too: what a caller could learn shows in
 * each. */
static void visit_both(struct terminal *terminal, const char *pin, struct outcome *known,
		       struct outcome *unknown)
{
	for (int i = 0; i < 15; i++) {
		terminal_command(terminal, 1, "set pin-retries 8");
		*known = visit(terminal, "hanako", pin);
		terminal_command(terminal, 1, "set pin-retries 8");
		*unknown = visit(terminal, "nobody-here", pin);
		if (llabs(unknown->ms - known->ms) <= 150)
			return;
	}
	fail_msg("%lld ms for a known name, %lld for another one", (long long)known->ms,
		 (long long)unknown->ms);
}

/* a name that nobody has meets the same words, prompts and waiting as a stranger's key. */
static void test_unknown_user(void **state)
{
	struct terminal *terminal = *state;
	struct outcome known;
	struct outcome unknown;

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	terminal_configure(terminal, "[Auth]\n" PATIENT_WITH_NAMES);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 1, "taro", PIN);
	terminal_unplug(terminal, 0);
	/* The first one ever makes the files of the state. */
	visit(terminal, "nobody-here", PIN);
	visit_both(terminal, PIN, &known, &unknown);
	assert_verdict(&known, VERDICT_WRONG);
	assert_verdict(&unknown, VERDICT_WRONG);
	assert_string_equal(known.text, unknown.text);
	assert_int_equal(unknown.prompts, 1);
	assert_event(terminal, "\"reason\":\"not-enrolled\"");
	terminal_unplug(terminal, 1);
	terminal_configure(terminal, HASTY PATIENT_WITH_NAMES);
	known = visit(terminal, "hanako", PIN);
	unknown = visit(terminal, "nobody-here", PIN);
	assert_verdict(&known, VERDICT_NO_KEY);
	assert_verdict(&unknown, VERDICT_NO_KEY);
	assert_string_equal(known.text, unknown.text);
}

/* The same where a stranger's key tells nothing before it is given a PIN. */
static void test_unknown_user_always_uv(void **state)
{
	static const char *const pins[] = {"9999", PIN};
	struct terminal *terminal = *state;
	struct outcome known;
	struct outcome unknown;

	PLUG(terminal, 0);
	PLUG(terminal, 1, "--always-uv");
	terminal_configure(terminal, "[Auth]\n" PATIENT_WITH_NAMES);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_unplug(terminal, 0);
	terminal_command(terminal, 1, "misbehave silent-needs-uv");
	visit(terminal, "nobody-here", PIN);
	for (size_t i = 0; i < ARRAY_SIZE(pins); i++) {
		visit_both(terminal, pins[i], &known, &unknown);
		assert_verdict(&known, VERDICT_WRONG);
		assert_verdict(&unknown, VERDICT_WRONG);
		assert_string_equal(known.text, unknown.text);
	}
	assert_event(terminal, "\"reason\":\"not-enrolled\"");
	terminal_unplug(terminal, 1);
	terminal_plug(terminal, 2, (const char *const[]){NULL});
	terminal_command(terminal, 2, "misbehave silent-refused");
	known = visit(terminal, "hanako", PIN);
	unknown = visit(terminal, "nobody-here", PIN);
	assert_non_null(strstr(known.text, "[S-2107]"));
	assert_string_equal(known.text, unknown.text);
}

static void refused_as(struct terminal *terminal, const char *reason)
{
	struct outcome outcome = visit(terminal, "hanako", PIN);
	char wanted[64];

	assert_verdict(&outcome, VERDICT_WRONG);
	snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\"", reason);
	assert_event(terminal, wanted);
}

static void test_revoked_early_expired(void **state)
{
	struct terminal *terminal = *state;
	struct roster_entry *entry;
	struct outcome outcome;

	PLUG(terminal, 0);
	entry = terminal_enrol(terminal, 0, "hanako", PIN);
	entry->revoked = 20260102;
	terminal_roster(terminal);
	refused_as(terminal, "revoked");
	entry->revoked = 0;
	entry->from = 29990101;
	terminal_roster(terminal);
	refused_as(terminal, "not-yet");
	entry->from = 20200101;
	entry->to = 20200102;
	terminal_roster(terminal);
	refused_as(terminal, "expired");
	entry->to = 29990101;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	terminal_configure(terminal, PATIENT "AllowedModels=00112233445566778899aabbccddeeff\n");
	refused_as(terminal, "model");
	/* "sekisho-softkey1" */
	terminal_configure(terminal, PATIENT "AllowedModels=00112233-4455-6677-8899-aabbccddeeff, "
					     "73656b69-7368-6f2d-736f-66746b657931\n");
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static void test_not_touched(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_command(terminal, 0, "touch-mode never");
	terminal_configure(terminal, "[Auth]\nTouchSeconds=5\n");
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_TIMEOUT);
	assert_in_range(outcome.ms, 4900, PATIENCE_MS);
	assert_non_null(strstr(outcome.text, "[S-2111]"));
	/* It was told to stop: while it waits for a touch it takes no other question. */
	assert_int_equal(terminal_status(terminal, 0, "waiting"), 0);
	terminal_command(terminal, 0, "touch-mode auto");
	terminal_configure(terminal, PATIENT);
	outcome = visit(terminal, "hanako", PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static void test_callers(void **state)
{
	struct terminal *terminal = *state;
	struct visit by_nobody = {.user = "nobody", .pin = PIN, .uid = 65534};
	struct outcome outcome;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "nobody", PIN);
	terminal_enrol(terminal, 0, "root", PIN);
	outcome = terminal_visit(terminal, &by_nobody);
	assert_verdict(&outcome, VERDICT_GRANTED);
	by_nobody.user = "root";
	outcome = terminal_visit(terminal, &by_nobody);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"reason\":\"forbidden\"");
}

static void test_exempt(void **state)
{
	struct terminal *terminal = *state;
	struct visit at_cron = {.user = "operator", .service = "cron"};
	struct outcome outcome;

	terminal_configure(terminal, "[Auth]\nKeyWaitSeconds=1\nExemptUsers=backup operator\n"
				     "ExemptServices=cron\n");
	outcome = terminal_visit(terminal, &at_cron);
	assert_verdict(&outcome, VERDICT_EXEMPT);
	assert_event(terminal, "login.exempt 0 ");
	at_cron.user = "hanako";
	outcome = terminal_visit(terminal, &at_cron);
	assert_verdict(&outcome, VERDICT_NO_KEY);
	outcome = visit(terminal, "operator", PIN);
	assert_verdict(&outcome, VERDICT_NO_KEY);
}

static void test_silent(void **state)
{
	struct terminal *terminal = *state;
	const struct visit silent = {.user = "hanako", .pin = PIN, .flags = AUTH_SILENT};
	struct outcome outcome;

	terminal_configure(terminal, HASTY);
	outcome = terminal_visit(terminal, &silent);
	assert_verdict(&outcome, VERDICT_NO_KEY);
	assert_null(strstr(outcome.text, "[S-2001]"));
}

/* Which algorithms there are is for nobody's file to say: this one leaves none. */
static void test_library_unconfigured(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128];

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	folder_write(terminal, "openssl.cnf",
		     "openssl_conf = all\n[all]\nalg_section = none\n"
		     "[none]\ndefault_properties = provider=none\n",
		     0644);
	assert_int_equal(setenv("OPENSSL_CONF", folder_path(terminal, "openssl.cnf", path), 1), 0);
	outcome = visit(terminal, "hanako", PIN);
	unsetenv("OPENSSL_CONF");
	assert_verdict(&outcome, VERDICT_GRANTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_granted),
		CASE(test_outcome),
		CASE(test_no_key),
		CASE(test_key_inserted_later),
		CASE(test_somebody_elses_key),
		CASE(test_unknown_user),
		CASE(test_unknown_user_always_uv),
		CASE(test_revoked_early_expired),
		CASE(test_not_touched),
		CASE(test_callers),
		CASE(test_exempt),
		CASE(test_silent),
		CASE(test_library_unconfigured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
