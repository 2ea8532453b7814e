/* the morning without a key. A colleague vouches at the same terminal, once, on this day. */
#include "second_fixture.h"

#include "agent/auth/counter.h"
#include "agent/auth/substituteplace.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTINGS PATIENT "Substitute=login\n"

static int setup(void **state)
{
	int r = terminal_setup(state);

	if (r == 0)
		forget_key(*state, SETTINGS);
	return r;
}

#define VOUCHED(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

static struct outcome visit_as(struct terminal *terminal, const char *user, const char *service,
			       const char *voucher, const char *pin)
{
	const char *const answers[] = {"substitute", voucher, pin, NULL};

	return terminal_visit(
		terminal, &(struct visit){.user = user, .service = service, .answers = answers});
}

static struct outcome visit(struct terminal *terminal, const char *voucher, const char *pin)
{
	return visit_as(terminal, "taro", "login", voucher, pin);
}

static int open_counters(const struct terminal *terminal)
{
	char path[128];
	_cleanup_close_ int dirfd = -1;
	int fd = -1;

	snprintf(path, sizeof(path), "%s/state", terminal->folder);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	return fd;
}

static void test_vouched(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {
		.user = "taro",
		.answers = (const char *const[]){"substitute", "hanako", COLLEAGUE_PIN, NULL},
		.passes = true};
	struct outcome outcome = terminal_visit(terminal, &person);
	char events[WORDS_MAX];

	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 3);
	assert_int_equal(outcome.shown, 2);
	assert_non_null(strstr(outcome.text, "[S-2020] login: plug in your security key"));
	assert_non_null(strstr(outcome.text, "type substitute: "));
	assert_non_null(strstr(outcome.text, "[S-2024] login: taro asks for a substitute"));
	assert_non_null(
		strstr(outcome.text, "[S-2030] login: a substitute log-in is good for today."));
	assert_event(terminal, "substitute.used 0 ");
	assert_event(terminal, "\"voucher\":\"hanako\"");
	assert_event(terminal, "\"count\":\"1\"");
	assert_event(terminal, "\"factor\":\"substitute\"");
	assert_event(terminal, "\"second\":\"hanako\"");
	assert_event(terminal, "login.opened 0 ");
	terminal_events(terminal, events);
	assert_true(strstr(events, "substitute.used") < strstr(events, "login.granted"));
}

/* Each log-in needs the colleague again, and each counts, over restarts of everything. */
static void test_counted(void **state)
{
	struct terminal *terminal = *state;
	const uint32_t today = roster_today();
	_cleanup_close_ int fd = -1;
	struct substituteplace place;
	struct outcome outcome;

	for (int i = 0; i < 2; i++) {
		outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
		assert_verdict(&outcome, VERDICT_GRANTED);
	}
	assert_event(terminal, "\"count\":\"2\"");
	outcome = visit(terminal, NULL, NULL);
	assert_int_equal(outcome.verdict, -1);
	outcome = terminal_visit(terminal,
				 &(struct visit){.user = "taro", .confirm = "yes", .pin = PIN});
	assert_verdict(&outcome, VERDICT_WRONG);
	fd = open_counters(terminal);
	assert_int_equal(substituteplace_peek(fd, "taro", &place), 0);
	if (roster_today() == today)
		assert_true(place.day == today && place.count == 2);
	assert_int_equal(substituteplace_peek(fd, NULL, &place), 0);
	assert_int_equal(substituteplace_peek(fd, "hanako", &place), -ENOENT);
	assert_events(terminal, "login.granted", 2);
}

/* There was one on a later day: the clock was set back. */
static void test_clock_back(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	uint32_t count = 0;

	for (int i = 0; i < 2; i++) {
		_cleanup_close_ int fd = open_counters(terminal);

		/* First another person's, then the person's own. */
		assert_int_equal(
			substituteplace_use(fd, i == 0 ? "jiro" : "taro", 29980101, 0, &count),
			FAILURE_NONE);
		/* Before the log-in waits for it. */
		close(steal_fd(&fd));
		outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
		assert_refused(terminal, &outcome, "substitute-clock");
		assert_non_null(strstr(outcome.text, "[S-2143]"));
	}
}

/* Whoever may not vouch, is not known, is the same: one conversation. */
static void test_who_may_not(void **state)
{
	static const struct {
		const char *name, *reason;
	} rows[] = {
		{"jiro", "second-right"},
		{"taro", "second-same"},
		{"nobody-of-that-name", "second-unknown"},
		{"", "second-unknown"},
	};
	struct terminal *terminal = *state;
	char said[WORDS_MAX] = "";

	PLUG(terminal, 2);
	terminal_enrol(terminal, 2, "jiro", PIN);
	terminal_configure(terminal, SETTINGS "WrongAnswers=100\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct outcome outcome = visit(terminal, rows[i].name, PIN);

		assert_refused(terminal, &outcome, rows[i].reason);
		assert_int_equal(outcome.prompts, 3);
		if (i > 0)
			assert_string_equal(outcome.text, said);
		memcpy(said, outcome.text, sizeof(said));
	}
	for (size_t i = 1; i < 3; i++)
		assert_int_equal(terminal_status(terminal, i, "pin-retries"), 8);
}

/* A right to stand by is none to vouch. */
static void test_other_right(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal->periods[0].terms.rights = ROSTER_MAY_WITNESS;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "second-right");
}

/* Nobody is vouched for who could not come with a key: unknown names, revoked keys, rights that are
 * over, who has to be witnessed. A stranger to the right can't tell them apart. */
static void test_for_whom(void **state)
{
	struct terminal *terminal = *state;
	struct roster_entry *entry = NULL;
	struct outcome outcome;

	outcome = visit_as(terminal, "nobody-of-that-name", "login", "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "substitute-user");
	for (size_t i = 0; i < terminal->n_entries; i++)
		if (strcmp(terminal->entries[i].user, "taro") == 0)
			entry = &terminal->entries[i];
	assert_non_null(entry);
	entry->revoked = 20260401;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "substitute-user");
	entry->revoked = 0;
	terminal->periods[1] = (struct roster_period){.user = "taro", .to = 20260401};
	terminal->n_periods = 2;
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "substitute-user");
	terminal->periods[1] = (struct roster_period){.user = "taro", .terms.witnessed = true};
	terminal_roster(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "substitute-user");
	outcome = visit_as(terminal, "nobody-of-that-name", "login", "hanako", "9999");
	assert_refused(terminal, &outcome, "pin-wrong");
}

static void suspect(const struct terminal *terminal, const struct roster_entry *entry)
{
	_cleanup_close_ int fd = open_counters(terminal);
	struct counter counter = {};

	assert_int_equal(counter_lock(fd, entry->credential, entry->credential_length,
				      wire_now() + 10000, &counter),
			 0);
	assert_int_equal(counter_store(&counter, counter.value, COUNTER_SUSPECT), 0);
}

/* A key that may have been copied is none that was forgotten; one that may not have been is. */
static void test_suspect(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	for (size_t i = 0; i < terminal->n_entries; i++)
		if (strcmp(terminal->entries[i].user, "taro") == 0)
			suspect(terminal, &terminal->entries[i]);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "substitute-user");
	PLUG(terminal, 2);
	terminal_enrol(terminal, 2, "taro", PIN);
	terminal_unplug(terminal, 2);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* The question is the same whoever is asked. */
static void test_same_question(void **state)
{
	static const char *const users[] = {"taro", "nobody-of-that-name", "root"};
	struct terminal *terminal = *state;
	char said[WORDS_MAX] = "";

	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		struct outcome outcome =
			terminal_visit(terminal, &(struct visit){.user = users[i]});

		assert_int_equal(outcome.prompts, 1);
		if (i > 0)
			assert_string_equal(outcome.text, said);
		memcpy(said, outcome.text, sizeof(said));
	}
	/* Who has the key in is not asked it. */
	struct outcome outcome =
		terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = COLLEAGUE_PIN});
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(outcome.prompts, 1);
	assert_events(terminal, "substitute.used", 0);
}

/* Where the service is not named, or the person is not here, the word is nothing. */
static void test_where(void **state)
{
	static const char *const afar[] = {"yes", "substitute", "hanako", COLLEAGUE_PIN, NULL};
	struct terminal *terminal = *state;
	struct outcome outcome;

	outcome = visit_as(terminal, "taro", "sudo", "hanako", COLLEAGUE_PIN);
	assert_int_not_equal(outcome.verdict, VERDICT_GRANTED);
	terminal_configure(terminal, PATIENT "Substitute=sshd\n");
	outcome = terminal_visit(terminal, &(struct visit){.user = "taro",
							   .service = "sshd",
							   .rhost = "192.0.2.1",
							   .answers = afar});
	assert_int_not_equal(outcome.verdict, VERDICT_GRANTED);
	terminal_configure(terminal, PATIENT);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_int_not_equal(outcome.verdict, VERDICT_GRANTED);
	terminal_configure(terminal, PATIENT "Substitute=login\nFactors=otp\n");
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"configuration\"");
	terminal_configure(terminal, SETTINGS "Factors=key, otp\nSinglePrompt=login\n");
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_int_not_equal(outcome.verdict, VERDICT_GRANTED);
	assert_events(terminal, "login.granted", 0);
}

/* Beside one-time codes it is one more answer to the same question. */
static void test_beside_codes(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_configure(terminal, SETTINGS "Factors=key, otp\n");
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_non_null(strstr(outcome.text, "[S-2021]"));
	outcome =
		terminal_visit(terminal, &(struct visit){.user = "taro", .confirm = "Substitute"});
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-malformed\"");
	terminal_configure(terminal, SETTINGS);
	outcome =
		terminal_visit(terminal, &(struct visit){.user = "taro", .confirm = "Substitute"});
	assert_verdict(&outcome, VERDICT_CANCELLED);
	assert_events(terminal, "login.granted", 1);
}

/* What can't be counted, or recorded, opens nothing. */
static void test_not_kept(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal->engine_error = EBADMSG;
	terminal_engine(terminal, true);
	terminal_hold_spool(terminal);
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	terminal_release_spool(terminal);
	assert_verdict(&outcome, VERDICT_BROKEN);
}

/* The key that was forgotten after all is in: it is the one that is asked. */
static void test_own_key_after_all(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	PLUG(terminal, 0);
	outcome = terminal_visit(terminal,
				 &(struct visit){.user = "taro", .pin = PIN, .confirm = "yes"});
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_events(terminal, "substitute.used", 0);
}

/* nobody vouches for who stands on the collector's list, and who stands there for nobody. */
static void test_revoked(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_revoke(terminal, time(NULL), NULL, "taro");
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "substitute-user");
	terminal_revoke(terminal, time(NULL), NULL, "hanako");
	outcome = visit(terminal, "hanako", COLLEAGUE_PIN);
	assert_refused(terminal, &outcome, "person-revoked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VOUCHED(test_vouched),		 VOUCHED(test_counted),
		VOUCHED(test_clock_back),	 VOUCHED(test_who_may_not),
		VOUCHED(test_other_right),	 VOUCHED(test_for_whom),
		VOUCHED(test_same_question),	 VOUCHED(test_where),
		VOUCHED(test_beside_codes),	 VOUCHED(test_not_kept),
		VOUCHED(test_own_key_after_all), VOUCHED(test_revoked),
		VOUCHED(test_suspect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
