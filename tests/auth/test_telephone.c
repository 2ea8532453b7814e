/* a colleague at another terminal vouches by telephone: two terminals, each with a session of
 * its own, and people who read digits to each other. */
#include "folder.h"

#include "agent/auth/phonecode.h"
#include "agent/auth/substituteplace.h"
#include "agent/auth/counter.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "number.h"
#include "wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTINGS   PATIENT "Substitute=login\nSubstituteByTelephone=login\n"
#define VOUCH_NAME "sekisho-substitute"

/* taro forgot the key; hanako sits at the desk. Both rosters know both. */
static struct terminal *counter, *desk;
static struct phonecode_key counter_key, desk_key, third_key;

/* What the colleague at the desk does and says. */
static struct {
	const char *terminal, *user, *pin;
	const char *voucher; /* who vouches there */
	long long clock; /* seconds that the desk's is ahead */
} colleague;
static struct outcome desk_outcome;
static char told[PHONECODE_SHOWN]; /* by the desk, "" for nothing */
static const char *typed; /* instead of what was told; NULL: that */
static char answer[64];

static void make_key(const struct terminal *terminal, struct phonecode_key *ret_key)
{
	_cleanup_close_ int dirfd = -1;
	char place[128];

	snprintf(place, sizeof(place), "%s/state", terminal->folder);
	dirfd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(phonecode_make(dirfd, ret_key), 0);
}

static void write_group(const struct terminal *terminal, bool desk_answers)
{
	char counter_digits[2 * PHONEGROUP_KEY + 1], desk_digits[2 * PHONEGROUP_KEY + 1];
	char third_digits[2 * PHONEGROUP_KEY + 1], text[512];

	hex_format(counter_key.public, PHONEGROUP_KEY, counter_digits);
	hex_format(desk_key.public, PHONEGROUP_KEY, desk_digits);
	hex_format(third_key.public, PHONEGROUP_KEY, third_digits);
	snprintf(text, sizeof(text), PHONEGROUP_HEADER "counter %s\ndesk %s%s\nthird %s\n",
		 counter_digits, desk_digits, desk_answers ? " answers=yes" : "", third_digits);
	folder_write(terminal, "substitutes", text, 0644);
}

static void employ(struct terminal *terminal)
{
	terminal->periods[0] =
		(struct roster_period){.user = "hanako", .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal->periods[1] =
		(struct roster_period){.user = "jiro", .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal->n_periods = 2;
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 0, "jiro", PIN);
	terminal_enrol(terminal, 0, "saburo", PIN);
	terminal_enrol(terminal, 0, "taro", PIN);
}

static int setup(void **state)
{
	void *other = NULL;

	if (terminal_setup(state) != 0 || terminal_setup(&other) != 0)
		return -1;
	counter = *state;
	desk = other;
	terminal_sit(counter);
	terminal_sit(desk);
	make_key(desk, &third_key);
	return 0;
}

static int set_up_both(void **state)
{
	char place[128];

	if (setup(state) != 0)
		return -1;
	snprintf(place, sizeof(place), "%s/state/" PHONECODE_FILE, desk->folder);
	assert_int_equal(unlink(place), 0);
	make_key(desk, &desk_key);
	make_key(counter, &counter_key);
	write_group(counter, true);
	write_group(desk, true);
	employ(counter);
	terminal_unplug(counter, 0);
	employ(desk);
	terminal_configure(counter, SETTINGS);
	colleague.terminal = "counter";
	colleague.user = "taro";
	colleague.pin = PIN;
	colleague.voucher = "hanako";
	colleague.clock = 0;
	typed = NULL;
	told[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	void *other = desk;
	int r = terminal_teardown(&other);

	return terminal_teardown(state) | r;
}

#define CALLED(function) cmocka_unit_test_setup_teardown(function, set_up_both, teardown)

/* The first twelve digits in groups behind @mark. */
static void find_digits(const char *text, const char *mark, char digits[static PHONECODE_SHOWN])
{
	const char *at = strstr(text, mark);

	digits[0] = '\0';
	if (!at)
		return;
	at += strlen(mark);
	if (strspn(at, "0123456789-") >= PHONECODE_SHOWN - 1)
		snprintf(digits, PHONECODE_SHOWN, "%s", at);
}

static void set_clock(const struct terminal *terminal, long long seconds)
{
	char text[640];

	snprintf(text, sizeof(text), "%s%lld", seconds < 0 ? "" : "+", seconds * 1000000);
	folder_write(terminal, "clock", text, 0644);
	snprintf(text, sizeof(text), "%s/clock", terminal->folder);
	setenv("STEPPED_CLOCK", text, 1);
	snprintf(text, sizeof(text), "%s:verify_asan_link_order=0",
		 getenv("ASAN_OPTIONS") ? getenv("ASAN_OPTIONS") : "");
	setenv("ASAN_OPTIONS", text, 1);
	snprintf(text, sizeof(text), "%s/tests/stepped_clock.so", terminal->build);
	setenv("LD_PRELOAD", text, 1);
}

static void vouch(const char *challenge)
{
	const char *const answers[] = {colleague.pin, colleague.terminal, colleague.user, challenge,
				       NULL};
	const struct visit visit = {.user = colleague.voucher,
				    .service = VOUCH_NAME,
				    .flags = AUTH_VOUCH,
				    .answers = answers};

	if (colleague.clock)
		set_clock(desk, colleague.clock);
	desk_outcome = terminal_visit(desk, &visit);
	unsetenv("LD_PRELOAD");
	find_digits(desk_outcome.text, "answer to your colleague: ", told);
}

static void call(struct terminal *terminal, const char *prompt)
{
	char challenge[PHONECODE_SHOWN];

	(void)terminal;
	if (!strstr(prompt, "[S-2023]"))
		return;
	find_digits(prompt, "number ", challenge);
	assert_int_equal(strlen(challenge), PHONECODE_SHOWN - 1);
	if (!typed)
		vouch(challenge);
	snprintf(answer, sizeof(answer), "%s", typed ? typed : told);
}

static struct outcome visit(const char *voucher)
{
	const char *const answers[] = {"telephone", voucher, answer, NULL};

	return terminal_visit(
		counter,
		&(struct visit){.user = "taro", .answers = answers, .before_answer = call});
}

static void assert_refused(const struct outcome *outcome, const char *reason)
{
	char wanted[64];

	assert_verdict(outcome, VERDICT_WRONG);
	snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\"", reason);
	assert_event(counter, wanted);
	assert_events(counter, "login.granted", 0);
	assert_events(counter, "substitute.used", 0);
}

static void test_vouched(void **state)
{
	struct outcome outcome = visit("hanako");

	(void)state;
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "type substitute / telephone: "));
	assert_non_null(strstr(outcome.text, "terminal counter, user name taro, number "));
	assert_event(counter, "substitute.used 0 ");
	assert_event(counter, "\"voucher\":\"hanako\"");
	assert_event(counter, "\"method\":\"telephone\"");
	assert_event(counter, "\"terminal\":\"desk\"");
	/* Nothing was opened at the desk, and it is told there. */
	assert_verdict(&desk_outcome, VERDICT_CANCELLED);
	assert_event(desk, "substitute.answered 0 ");
	assert_event(desk, "\"user\":\"taro\"");
	assert_event(desk, "\"terminal\":\"counter\"");
	assert_events(desk, "login.granted", 0);
	/* Who vouches sees for whom, and where. */
	assert_non_null(strstr(desk_outcome.text, "of taro\nat the terminal counter."));
}

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
		assert_refused(&outcome, "answer-malformed");
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

/* An answer is good for the number on the screen alone: never again, with another one. */
static void test_once(void **state)
{
	static char used[PHONECODE_SHOWN];
	struct outcome outcome = visit("hanako");

	(void)state;
	assert_verdict(&outcome, VERDICT_GRANTED);
	memcpy(used, told, sizeof(used));
	typed = used;
	outcome = visit("hanako");
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(counter, "\"reason\":\"answer-wrong\"");
	assert_non_null(strstr(outcome.text, "[S-2146]"));
	assert_events(counter, "login.granted", 1);
}

/* Answers for another terminal, person, day, or by another colleague than the one who was named. */
static void test_bound(void **state)
{
	struct outcome outcome;

	(void)state;
	terminal_configure(counter, SETTINGS "WrongAnswers=100\n");
	colleague.terminal = "third";
	outcome = visit("hanako");
	assert_refused(&outcome, "answer-wrong");
	assert_int_not_equal(told[0], '\0');
	colleague.terminal = "counter";
	colleague.user = "saburo";
	outcome = visit("hanako");
	assert_refused(&outcome, "answer-wrong");
	assert_int_not_equal(told[0], '\0');
	colleague.user = "taro";
	colleague.voucher = "jiro";
	outcome = visit("hanako");
	assert_refused(&outcome, "answer-wrong");
	assert_int_not_equal(told[0], '\0');
	colleague.voucher = "hanako";
	for (int day = -1; day <= 1; day += 2) {
		colleague.clock = day * 86400LL;
		outcome = visit("hanako");
		assert_refused(&outcome, "answer-wrong");
		assert_int_not_equal(told[0], '\0');
	}
	assert_events(counter, "\"reason\":\"answer-wrong\"", 5);
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
	assert_refused(&outcome, "second-right");
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

/* Mistyped is no guess; a guess is, of the person's. */
static void test_guesses(void **state)
{
	struct outcome outcome;

	(void)state;
	terminal_configure(counter, SETTINGS "WrongAnswers=2\n");
	for (int i = 0; i < 3; i++) {
		typed = i == 0 ? "" : i == 1 ? "1234-5678-9013" : "substitute";
		outcome = visit("hanako");
		assert_refused(&outcome, "answer-malformed");
	}
	typed = "0000-0000-0000";
	for (int i = 0; i < 2; i++) {
		outcome = visit("hanako");
		assert_refused(&outcome, "answer-wrong");
	}
	assert_event(counter, "login.locked 0 ");
	outcome = visit("hanako");
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_int_equal(outcome.prompts, 0);
}

/* A terminal that the counter's file does not let answer, one without a key, none at all. */
static void test_group(void **state)
{
	char place[128];
	struct outcome outcome;

	(void)state;
	write_group(counter, false);
	outcome = visit("hanako");
	assert_int_not_equal(told[0], '\0');
	assert_refused(&outcome, "answer-wrong");
	write_group(counter, true);
	snprintf(place, sizeof(place), "%s/state/" PHONECODE_FILE, counter->folder);
	assert_int_equal(chmod(place, 0644), 0);
	outcome = visit("hanako");
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(unlink(place), 0);
	outcome = visit("hanako");
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_events(counter, "\"reason\":\"substitute-group\"", 2);
	assert_events(counter, "login.granted", 0);
}

static void use_up(const char *user, uint32_t day, uint32_t before)
{
	_cleanup_close_ int dirfd = -1, fd = -1;
	char place[128];
	uint32_t count;

	snprintf(place, sizeof(place), "%s/state", counter->folder);
	dirfd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	assert_int_equal(substituteplace_use(fd, user, day, before, &count), FAILURE_NONE);
}

static void use_up_meanwhile(struct terminal *terminal, const char *prompt)
{
	call(terminal, prompt);
	if (strstr(prompt, "[S-2023]"))
		use_up("taro", roster_today(), 0);
}

/* Another one of the person's came first; the clock was set back. */
static void test_count_and_clock(void **state)
{
	const char *const answers[] = {"telephone", "hanako", answer, NULL};
	struct outcome outcome;

	(void)state;
	outcome = terminal_visit(counter, &(struct visit){.user = "taro",
							  .answers = answers,
							  .before_answer = use_up_meanwhile});
	assert_refused(&outcome, "substitute-used");
	use_up("taro", 29980101, 0);
	outcome = visit("hanako");
	assert_refused(&outcome, "substitute-clock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALLED(test_vouched), CALLED(test_blanks_around),   CALLED(test_unknown),
		CALLED(test_once),    CALLED(test_bound),	    CALLED(test_rights),
		CALLED(test_desk),    CALLED(test_desk_narrow),	    CALLED(test_guesses),
		CALLED(test_group),   CALLED(test_count_and_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
