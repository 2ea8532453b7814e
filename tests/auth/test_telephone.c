/* a colleague at another terminal vouches by telephone: what comes of it at the counter,
 * where somebody has forgotten the key. */
#include "telephone_fixture.h"

#include "agent/auth/counter.h"
#include "agent/auth/substituteplace.h"
#include "agent/auth/tally.h"

static void test_vouched(void **state)
{
	struct outcome outcome = visit("hanako");

	(void)state;
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "type substitute / telephone: "));
	assert_non_null(strstr(outcome.text, "terminal counter, user name taro, number "));
	/* For the call alone. */
	assert_int_equal(outcome.seconds, 300);
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
	assert_refused(counter, &outcome, "answer-wrong");
	assert_int_not_equal(told[0], '\0');
	colleague.terminal = "counter";
	colleague.user = "saburo";
	outcome = visit("hanako");
	assert_refused(counter, &outcome, "answer-wrong");
	assert_int_not_equal(told[0], '\0');
	colleague.user = "taro";
	colleague.voucher = "jiro";
	outcome = visit("hanako");
	assert_refused(counter, &outcome, "answer-wrong");
	assert_int_not_equal(told[0], '\0');
	colleague.voucher = "hanako";
	for (int day = -1; day <= 1; day += 2) {
		colleague.clock = day * 86400LL;
		outcome = visit("hanako");
		assert_refused(counter, &outcome, "answer-wrong");
		assert_int_not_equal(told[0], '\0');
	}
	assert_events(counter, "\"reason\":\"answer-wrong\"", 5);
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
		assert_refused(counter, &outcome, "answer-malformed");
	}
	typed = "0000-0000-0000";
	for (int i = 0; i < 2; i++) {
		outcome = visit("hanako");
		assert_refused(counter, &outcome, "answer-wrong");
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
	assert_refused(counter, &outcome, "answer-wrong");
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
	assert_refused(counter, &outcome, "substitute-used");
	use_up("taro", 29980101, 0);
	outcome = visit("hanako");
	assert_refused(counter, &outcome, "substitute-clock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALLED(test_vouched), CALLED(test_once),  CALLED(test_bound),
		CALLED(test_guesses), CALLED(test_group), CALLED(test_count_and_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
