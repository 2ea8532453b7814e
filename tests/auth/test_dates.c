/* rights begin and end at midnight of the terminal's local time, with the real session under
 * a clock that is set: people's, whatever their key or code would still be good for. */
#include "codes.h"
#include "folder.h"
#include "steppedclock.h"

#include "agent/auth/otpfile.h"
#include "agent/auth/tally.h"
#include "cleanup.h"

#include <time.h>
#include <unistd.h>

#define BOTH  PATIENT "Factors=key, otp\n"
#define CODES PATIENT "Factors=otp\n"

/* The year ends in Japan nine hours before it does at Greenwich. */
static const struct tm last_evening = {
	.tm_year = 127, .tm_mon = 2, .tm_mday = 31, .tm_hour = 23, .tm_min = 30};
static const struct tm first_morning = {.tm_year = 127, .tm_mon = 3, .tm_mday = 1};

static int setup(void **state)
{
	struct terminal *terminal;

	if (steppedclock_setup(state) != 0)
		return -1;
	terminal = *state;
	terminal->periods[0] = (struct roster_period){.user = "hanako", .to = 20270331};
	terminal->periods[1] = (struct roster_period){.user = "taro", .from = 20270401};
	terminal->n_periods = 2;
	terminal_roster(terminal);
	return 0;
}

/* From now on it is that time, for programs that are started. Returns it. */
static time_t set_clock(const struct terminal *terminal, const struct tm *local)
{
	struct tm tm = *local;
	const time_t then = mktime(&tm);

	steppedclock_set(terminal, then);
	return then;
}

static void visit(struct terminal *terminal, const char *user, const char *code, bool in)
{
	const struct visit visit = {.user = user, .pin = PIN, .confirm = code};
	struct outcome outcome = terminal_visit(terminal, &visit);

	assert_verdict(&outcome, in ? VERDICT_GRANTED : VERDICT_WRONG);
}

/* What they have in common is one key; whose day it is gets in. */
static void test_key(void **state)
{
	struct terminal *terminal = *state;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 0, "taro", PIN);
	terminal_enrol(terminal, 0, "undated", PIN);
	set_clock(terminal, &last_evening);
	visit(terminal, "hanako", NULL, true);
	set_clock(terminal, &last_evening);
	visit(terminal, "taro", NULL, false);
	assert_event(terminal, "\"reason\":\"not-yet\"");
	visit(terminal, "undated", NULL, true);
	set_clock(terminal, &first_morning);
	visit(terminal, "hanako", NULL, false);
	assert_event(terminal, "\"reason\":\"expired\"");
	visit(terminal, "taro", NULL, true);
	visit(terminal, "undated", NULL, true);
	assert_events(terminal, "login.granted", 4);
}

/* A key's own days end inside of the person's, and the other way round. */
static void test_key_days(void **state)
{
	struct terminal *terminal = *state;
	struct roster_entry *entry;

	PLUG(terminal, 0);
	entry = terminal_enrol(terminal, 0, "hanako", PIN);
	entry->from = 20260401;
	entry->to = 20270401;
	terminal_roster(terminal);
	set_clock(terminal, &first_morning);
	visit(terminal, "hanako", NULL, false);
	terminal->periods[0].to = 20270501;
	terminal_roster(terminal);
	visit(terminal, "hanako", NULL, true);
	entry->to = 20270331;
	terminal_roster(terminal);
	visit(terminal, "hanako", NULL, false);
	assert_events(terminal, "\"reason\":\"expired\"", 2);
}

static const struct tm *then;

static void pass_midnight(struct terminal *terminal, const char *prompt)
{
	(void)prompt;
	set_clock(terminal, then);
}

static void assert_out(struct terminal *terminal, const char *user, const struct tm *before,
		       const struct tm *after, const char *reason)
{
	const struct visit visit = {.user = user, .pin = PIN, .before_answer = pass_midnight};
	struct outcome outcome;
	char wanted[64];

	then = after;
	set_clock(terminal, before);
	outcome = terminal_visit(terminal, &visit);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(outcome.prompts, 1);
	snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\"", reason);
	assert_event(terminal, wanted);
	assert_events(terminal, "login.granted", 0);
}

/* The day changes, forward or back, while the PIN is asked for: what was turned down before opens
 * nothing after, by the own key or by anybody's, and what was right before is not any more. */
static void test_midnight(void **state)
{
	struct terminal *terminal = *state;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "taro", PIN);
	assert_out(terminal, "taro", &last_evening, &first_morning, "not-yet");
	terminal_unplug(terminal, 0);
	PLUG(terminal, 1);
	assert_out(terminal, "taro", &last_evening, &first_morning, "not-yet");
	terminal_enrol(terminal, 1, "hanako", PIN);
	assert_out(terminal, "hanako", &last_evening, &first_morning, "expired");
	assert_events(terminal, "\"reason\":\"expired\"", 1);
	assert_out(terminal, "hanako", &first_morning, &last_evening, "expired");
	assert_events(terminal, "\"reason\":\"expired\"", 2);
}

static const char *code_at_time(time_t time)
{
	return codes_at((uint64_t)time / OTP_STEP);
}

/* A seed each, as the place of a used code is its seed's. */
static void write_seed(const struct terminal *terminal, const char *user)
{
	char text[256];

	snprintf(text, sizeof(text), "%s totp " CODES_SEED_HEX "\n", user);
	codes_write(terminal, text, 0600);
}

static void test_code(void **state)
{
	static const char *const settings[] = {BOTH, CODES};
	struct terminal *terminal = *state;
	char counters[128];

	snprintf(counters, sizeof(counters), "%s/state/" TALLY_FILE, terminal->folder);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		unlink(counters);
		terminal_configure(terminal, settings[i]);
		write_seed(terminal, "hanako");
		visit(terminal, "hanako", code_at_time(set_clock(terminal, &last_evening)), true);
		visit(terminal, "hanako", code_at_time(set_clock(terminal, &first_morning)), false);
		write_seed(terminal, "taro");
		visit(terminal, "taro", code_at_time(set_clock(terminal, &first_morning)), true);
	}
	assert_events(terminal, "\"reason\":\"otp-expired\"", 2);
	unlink(counters);
	visit(terminal, "taro", code_at_time(set_clock(terminal, &last_evening)), false);
	assert_event(terminal, "\"reason\":\"otp-not-yet\"");
}

/* A code that is typed after midnight is of the day before as little. */
static void test_code_at_midnight(void **state)
{
	struct terminal *terminal = *state;
	struct visit visit = {.user = "hanako", .before_answer = pass_midnight};
	struct outcome outcome;

	terminal_configure(terminal, CODES);
	write_seed(terminal, "hanako");
	then = &first_morning;
	visit.confirm = code_at_time(set_clock(terminal, &first_morning));
	set_clock(terminal, &last_evening);
	outcome = terminal_visit(terminal, &visit);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"expired\"");
	assert_events(terminal, "login.granted", 0);
}

/* Where codes alone are accepted nobody needs a roster, but one that is wrong keeps people out. */
static void test_roster_for_codes(void **state)
{
	struct terminal *terminal = *state;
	const struct visit visitor = {.user = "hanako", .confirm = "123456"};
	struct outcome outcome;
	char place[128];
	time_t now;

	terminal_configure(terminal, CODES);
	write_seed(terminal, "hanako");
	folder_write(terminal, "roster", ROSTER_HEADER "hanako person to=tomorrow\n", 0600);
	now = set_clock(terminal, &last_evening);
	outcome = terminal_visit(terminal, &visitor);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"roster\"");
	snprintf(place, sizeof(place), "%s/roster", terminal->folder);
	unlink(place);
	visit(terminal, "hanako", code_at_time(now), true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_key, setup, steppedclock_teardown),
		cmocka_unit_test_setup_teardown(test_key_days, setup, steppedclock_teardown),
		cmocka_unit_test_setup_teardown(test_midnight, setup, steppedclock_teardown),
		cmocka_unit_test_setup_teardown(test_code, setup, steppedclock_teardown),
		cmocka_unit_test_setup_teardown(test_code_at_midnight, setup,
						steppedclock_teardown),
		cmocka_unit_test_setup_teardown(test_roster_for_codes, setup,
						steppedclock_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
