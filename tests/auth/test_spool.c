/* Nothing is granted that is not recorded: an engine that is away, refuses, is slow or can't store,
 * and a spool that is full or stuck. */
#include "terminal.h"

#include "agent/auth/login.h"
#include "agent/auth/spool.h"
#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct outcome visit(struct terminal *terminal, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = pin});
}

static void enrol(struct terminal *terminal)
{
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
}

static int open_state(const struct terminal *terminal)
{
	char path[128];
	int dirfd;

	snprintf(path, sizeof(path), "%s/state", terminal->folder);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dirfd >= 0);
	return dirfd;
}

static void test_engine_away(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char text[WORDS_MAX];

	enrol(terminal);
	terminal_engine(terminal, false);
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	assert_int_equal(outcome.exit_status, LOGIN_SPOOLED);
	outcome = visit(terminal, "9999");
	assert_int_equal(outcome.verdict, VERDICT_WRONG);
	assert_int_equal(terminal_flush(terminal), LOGIN_SPOOLED);
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	terminal_events(terminal, text);
	assert_non_null(strstr(text, "login.granted 1 "));
	assert_non_null(strstr(text, "login.refused 1 "));
	assert_true(strstr(text, "login.granted") < strstr(text, "login.refused"));
	/* Told once. */
	assert_int_equal(terminal_flush(terminal), 0);
	terminal_events(terminal, text);
	assert_null(strstr(strstr(text, "login.granted 1 ") + 1, "login.granted 1 "));
}

/* Nothing unrecorded is granted; a refusal stays a refusal. */
static void test_spool_full(void **state)
{
	struct terminal *terminal = *state;
	_cleanup_close_ int dirfd = open_state(terminal);
	struct record_request record = {.kind = "login.refused", .id = "x", .fields = "{}"};
	struct outcome outcome;
	char text[WORDS_MAX];
	char line[128];

	enrol(terminal);
	terminal_engine(terminal, false);
	for (size_t i = 0; i < SPOOL_REFUSALS_MAX; i++)
		assert_int_equal(spool_add(dirfd, "spool", SPOOL_REFUSAL, &record), 0);
	assert_int_equal(spool_add(dirfd, "spool", SPOOL_REFUSAL, &record), -ENOSPC);
	/* Failed log-ins have filled their part; a grant still has room. */
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	while (spool_add(dirfd, "spool", SPOOL_GRANT, &record) == 0)
		continue;
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_BROKEN);
	assert_non_null(strstr(outcome.text, "[S-2202]"));
	outcome = visit(terminal, "9999");
	assert_int_equal(outcome.verdict, VERDICT_WRONG);
	/* The service's log has what no record has. */
	snprintf(line, sizeof(line), "login.refused %s is in no record: ", outcome.event);
	terminal_errors(terminal, text);
	assert_non_null(strstr(text, line));
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	/* What found no room is told as a number: ours, what became of the first log-in, the
	 * refused grant and the wrong PIN. */
	assert_event(terminal, "store.fault 0 {\"dropped\":\"4\",\"store\":\"spool\"}");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* An event that the engine will never take, and says so before a spool that is slower: nothing is
 * granted on it, it does not hold up the others, and it is counted until that is told. */
static void test_engine_refuses(void **state)
{
	static const int errors[] = {EBADMSG, EMSGSIZE, ERANGE};
	struct terminal *terminal = *state;
	const struct visit person = {
		.user = "hanako", .pin = PIN, .at_verdict = terminal_release_spool};
	struct record_request record = {.kind = "login.refused", .id = "x", .fields = "{}"};
	_cleanup_close_ int dirfd = open_state(terminal);
	struct outcome outcome;
	uint64_t dropped = 0;

	enrol(terminal);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		terminal->engine_error = errors[i];
		terminal_engine(terminal, true);
		terminal_hold_spool(terminal);
		outcome = terminal_visit(terminal, &person);
		assert_int_equal(outcome.verdict, VERDICT_BROKEN);
		assert_non_null(strstr(outcome.text, "[S-2202]"));
		assert_int_equal(outcome.exit_status,
				 LOGIN_SPOOLED); /* there is something to tell */
		assert_int_equal(spool_add(dirfd, "spool", SPOOL_GRANT, &record), 0);
		assert_int_equal(terminal_flush(terminal), LOGIN_SPOOLED);
	}
	/* Each time the grant, its refusal, and what was spooled. */
	assert_int_equal(spool_dropped(dirfd, "spool", 0, &dropped), 0);
	assert_int_equal(dropped, 9);
	terminal->engine_error = 0;
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "store.fault 0 {\"dropped\":\"9\",\"store\":\"spool\"}");
	assert_int_equal(spool_dropped(dirfd, "spool", 0, &dropped), 0);
	assert_int_equal(dropped, 0);
}

/* The engine's disk is full, or in disorder: no fault of the event, which waits. */
static void test_engine_cannot_store(void **state)
{
	static const int errors[] = {ENOSPC, EEXIST, EIO, 1000000 /* nonsense */};
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		terminal->engine_error = errors[i];
		terminal_engine(terminal, true);
		outcome = visit(terminal, PIN);
		assert_int_equal(outcome.verdict, VERDICT_GRANTED);
		assert_int_equal(terminal_flush(terminal), LOGIN_SPOOLED);
	}
	terminal->engine_error = 0;
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "login.granted 1 ");
}

/* A damaged slot is counted before it is given up, and the count stays until the engine has it. */
static void test_count_survives(void **state)
{
	struct terminal *terminal = *state;
	struct record_request record = {.kind = "login.refused", .id = "x", .fields = "{}"};
	_cleanup_close_ int dirfd = open_state(terminal);
	_cleanup_close_ int fd = -1;
	uint64_t dropped = 0;

	terminal_engine(terminal, false);
	assert_int_equal(spool_add(dirfd, "spool", SPOOL_GRANT, &record), 0);
	fd = openat(dirfd, "spool", O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "????", 4, SPOOL_SLOT_SIZE + 60), 4);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(terminal_flush(terminal), LOGIN_SPOOLED);
		assert_int_equal(spool_dropped(dirfd, "spool", 0, &dropped), 0);
		assert_int_equal(dropped, 1);
	}
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "store.fault 0 {\"dropped\":\"1\",\"store\":\"spool\"}");
}

/* A flush into a slow engine holds up no log-in. */
static void test_slow_engine(void **state)
{
	struct terminal *terminal = *state;
	struct record_request record = {.kind = "login.refused", .id = "0", .fields = "{}"};
	_cleanup_close_ int dirfd = open_state(terminal);
	char text[WORDS_MAX];
	pid_t flusher;

	for (; record.id[0] < '3'; record.id[0]++)
		assert_int_equal(spool_add(dirfd, "spool", SPOOL_GRANT, &record), 0);
	terminal->engine_ms = PATIENCE_MS;
	terminal_engine(terminal, true);
	flusher = terminal_session(terminal, -1, true);
	assert_event(terminal, "asked");
	/* While it thinks. */
	assert_int_equal(spool_add(dirfd, "spool", SPOOL_GRANT, &record), 0);
	terminal_events(terminal, text);
	assert_null(strstr(text, "login.refused"));
	terminal->engine_ms = 0;
	terminal_engine(terminal, true);
	assert_int_equal(terminal_exit(flusher), LOGIN_SPOOLED);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_events(terminal, "login.refused 1 ", 4);
}

/* Who adds, beside a log-in, waits for whoever has the lock: an event is not lost by that. */
static void test_spool_locked(void **state)
{
	struct terminal *terminal = *state;
	struct record_request record = {.kind = "login.refused", .id = "x", .fields = "{}"};
	_cleanup_close_ int dirfd = open_state(terminal);
	int status;
	pid_t adder;

	terminal_hold_spool(terminal);
	adder = fork();
	assert_true(adder >= 0);
	if (adder == 0) {
		close(terminal->spool);
		_exit(spool_add(dirfd, "spool", SPOOL_GRANT, &record) == 0 ? 0 : 1);
	}
	usleep(2500000);
	assert_int_equal(waitpid(adder, &status, WNOHANG), 0);
	terminal_release_spool(terminal);
	assert_int_equal(waitpid(adder, &status, 0), adder);
	assert_int_equal(status, 0);
}

/* Neither engine nor spool: the log-in ends, and says why. */
static void test_spool_stuck(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char text[WORDS_MAX];

	enrol(terminal);
	terminal_engine(terminal, false);
	terminal_hold_spool(terminal);
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_BROKEN);
	assert_non_null(strstr(outcome.text, "[S-2206]"));
	terminal_errors(terminal, text);
	assert_non_null(strstr(text, "login.granted "));
	assert_non_null(strstr(text, " is in no record: no disk took it in time"));
	terminal_release_spool(terminal);
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
}

/* An engine on a full disk takes what weighs more: a letter for each that it was sent. */
static int take_grants(void *user, const struct record_request *record)
{
	char *taken = user;

	if (strcmp(record->kind, "login.granted") != 0)
		return -ENOSPC;
	taken[strlen(taken)] = record->id[0];
	return 0;
}

/* Refusals that have no room hold up no grant; they stay, and so does their order. */
static void test_refusals_wait_alone(void **state)
{
	static const char ids[] = "abcd";
	struct terminal *terminal = *state;
	_cleanup_close_ int dirfd = open_state(terminal);
	char taken[sizeof(ids)] = "";
	size_t waiting;

	for (size_t i = 0; i < sizeof(ids) - 1; i++) {
		struct record_request record = {.id = {ids[i]}, .fields = "{}"};

		snprintf(record.kind, sizeof(record.kind), "login.%s",
			 i % 2 ? "granted" : "refused");
		assert_int_equal(
			spool_add(dirfd, "spool", i % 2 ? SPOOL_GRANT : SPOOL_REFUSAL, &record), 0);
	}
	assert_int_equal(spool_flush(dirfd, "spool", take_grants, taken), -ENOSPC);
	assert_string_equal(taken, "bd");
	assert_int_equal(spool_count(dirfd, "spool", &waiting), 0);
	assert_int_equal(waiting, 2);
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_events(terminal, "login.refused 1 ", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_engine_away),		CASE(test_spool_full),
		CASE(test_engine_refuses),	CASE(test_engine_cannot_store),
		CASE(test_count_survives),	CASE(test_slow_engine),
		CASE(test_spool_locked),	CASE(test_spool_stuck),
		CASE(test_refusals_wait_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
