/* guessing one-time codes is slow, and tells nothing of the names that have one. */
#include "codes_fixture.h"

#include "agent/auth/tally.h"
#include "cleanup.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Words, prompts and time are the same for a wrong code of a known, a keyed and an unknown name. */
static void test_no_oracle(void **state)
{
	static const char *const users[] = {"taro", "keyed", "unknown"};
	struct terminal *terminal = *state;
	char said[WORDS_MAX] = "";
	int64_t least[ARRAY_SIZE(users)] = {INT64_MAX, INT64_MAX, INT64_MAX};
	int64_t spread = INT64_MAX;
	size_t rounds;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "keyed", PIN);
	terminal_unplug(terminal, 0);
	/* The machine may have had other things to do: what each takes at least is alike, in those
	 * rounds that cost no waiting yet. */
	for (rounds = 0; rounds < OTPSTATE_FREE_TRIES && spread > 500; rounds++) {
		for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
			struct outcome outcome = visit(terminal, users[i], "000000");

			assert_verdict(&outcome, VERDICT_WRONG);
			assert_true(outcome.ms >= 1000);
			least[i] = outcome.ms < least[i] ? outcome.ms : least[i];
			if (said[0])
				assert_string_equal(outcome.text, said);
			memcpy(said, outcome.text, sizeof(said));
		}
		spread = 0;
		for (size_t i = 0; i < ARRAY_SIZE(users); i++)
			spread = llabs(least[i] - least[0]) > spread ? llabs(least[i] - least[0])
								     : spread;
	}
	if (spread > 500)
		fail_msg("%lld ms between them", (long long)spread);
	assert_events(terminal, "\"reason\":\"otp-not-enrolled\"", 2 * rounds);
	assert_events(terminal, "\"reason\":\"otp-wrong\"", rounds);
}

/* Wrong codes make the next one wait, whoever the name is; a right one ends that. */
static void test_guessing(void **state)
{
	static const char *const users[] = {"taro", "unknown"};
	struct terminal *terminal = *state;
	struct outcome outcome;

	/* The name's own limit stays out of it. */
	terminal_configure(terminal, BOTH "WrongAnswers=100\n");
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		int64_t longest = 0;

		for (int tries = 0; tries < 5; tries++) {
			outcome = visit(terminal, users[i], "000000");
			assert_verdict(&outcome, VERDICT_WRONG);
			longest = outcome.ms;
		}
		assert_in_range(longest, 2000, PATIENCE_MS);
	}
	assert_int_equal(codes_place(terminal, &taro, NULL).tries, 5);
	codes_place(terminal, &taro, &(struct otpstate){.tries = 3});
	outcome = visit(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(codes_place(terminal, &taro, NULL).tries, 0);
	/* So many that not even the right one counts. */
	codes_place(terminal, &taro, &(struct otpstate){.tries = OTPSTATE_TRIES});
	outcome = visit(terminal, "taro", codes_now());
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_non_null(strstr(outcome.text, "[S-2123]"));
	assert_event(terminal, "\"reason\":\"otp-blocked\"");
}

/* Whose place it shares: a name that nobody tried is told no sooner and no later than a known one.
 */
static void test_fresh_name(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char name[32];

	/* More names than there are places, and all their tries used up. */
	for (unsigned int i = 0; i < OTPSTATE_NOBODIES; i++) {
		uint8_t bytes[OTPSTATE_NAME] = {(uint8_t)(i >> 8), (uint8_t)i, 'x', 'x'};
		struct otpstate place;
		int dirfd, fd = -1;

		dirfd = folder_state(terminal);
		assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
		assert_int_equal(
			otpstate_lock_nobody(fd, bytes, time(NULL), wire_now() + 1000, &place), 0);
		place.tries = OTPSTATE_TRIES;
		assert_int_equal(otpstate_store(&place), 0);
		close(fd);
		close(dirfd);
	}
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "fresh%u", i);
		outcome = visit(terminal, name, "000000");
		assert_verdict(&outcome, VERDICT_WRONG);
		assert_non_null(strstr(outcome.text, "[S-2121]"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_oracle),
		TEST(test_guessing),
		TEST(test_fresh_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
