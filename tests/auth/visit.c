#include "terminal.h"

#include "agent/auth/login.h"
#include "agent/auth/record.h"
#include "agent/auth/spool.h"
#include "cleanup.h"
#include "wire.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void terminal_hold_spool(struct terminal *terminal)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	_cleanup_close_ int dirfd = -1;
	uint64_t dropped;
	char path[128];

	snprintf(path, sizeof(path), "%s/state", terminal->folder);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dirfd >= 0);
	assert_int_equal(spool_dropped(dirfd, RECORD_SPOOL, 0, &dropped), 0);
	terminal->spool = openat(dirfd, RECORD_SPOOL, O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(terminal->spool, F_OFD_SETLK, &whole), 0);
}

void terminal_release_spool(struct terminal *terminal)
{
	close(terminal->spool);
}

static void greet(const struct visit *visit, int fd)
{
	struct auth_hello hello = {.flags = visit->flags};

	snprintf(hello.user, sizeof(hello.user), "%s", visit->user);
	snprintf(hello.service, sizeof(hello.service), "%s",
		 visit->service ? visit->service : "login");
	snprintf(hello.locale, sizeof(hello.locale), "%s", visit->locale ? visit->locale : "");
	snprintf(hello.rhost, sizeof(hello.rhost), "%s", visit->rhost ? visit->rhost : "");
	snprintf(hello.tty, sizeof(hello.tty), "%s", visit->tty ? visit->tty : "");
	assert_int_equal(wire_send(fd, &auth_hello_layout, &hello, wire_now() + PATIENCE_MS), 0);
}

struct attempt terminal_begin(struct terminal *terminal, const struct visit *visit)
{
	struct attempt attempt = {.started = wire_now()};
	int pair[2];

	/* The peer's identity is taken when the pair is made. */
	if (visit->uid)
		assert_int_equal(seteuid(visit->uid), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	if (visit->uid)
		assert_int_equal(seteuid(0), 0);
	attempt.fd = pair[0];
	attempt.pid = terminal_session(terminal, pair[1], false);
	/* A session that has ended at once is told by its verdict, or by none. */
	greet(visit, attempt.fd);
	close(pair[1]);
	return attempt;
}

static void add_words(struct outcome *outcome, const char *text)
{
	size_t length = strlen(outcome->text);

	snprintf(outcome->text + length, sizeof(outcome->text) - length, "%s\n", text);
}

/* One message. False at the end. */
static bool step(struct terminal *terminal, const struct visit *visit, int fd,
		 struct outcome *outcome)
{
	struct auth_answer answer = {};
	struct auth_verdict verdict;
	struct auth_prompt prompt;
	struct auth_notice notice;
	struct wire_packet packet;
	const char *words;
	uint16_t type;

	if (wire_receive_packet(fd, &packet, wire_now() + PATIENCE_MS) < 0)
		return false;
	assert_int_equal(wire_type(&packet, &type), 0);
	switch (type) {
	case PROTOCOL_AUTH_NOTICE:
		assert_int_equal(wire_decode(&auth_notice_layout, &packet, &notice), 0);
		add_words(outcome, notice.text);
		if (visit->at_notice)
			visit->at_notice(terminal, notice.text);
		return true;
	case PROTOCOL_AUTH_PROMPT:
		assert_int_equal(wire_decode(&auth_prompt_layout, &packet, &prompt), 0);
		add_words(outcome, prompt.text);
		outcome->prompts++;
		if (visit->before_answer)
			visit->before_answer(terminal, prompt.text);
		outcome->shown += prompt.echo;
		outcome->seconds += prompt.seconds;
		if (visit->dawdles)
			return true;
		words = visit->answers ? visit->answers[outcome->prompts - 1]
			: prompt.echo  ? visit->confirm
				       : visit->pin;
		if (!words)
			return false;
		snprintf(answer.text, sizeof(answer.text), "%s", words);
		wire_send(fd, &auth_answer_layout, &answer, wire_now() + PATIENCE_MS);
		return true;
	default:
		assert_int_equal(wire_decode(&auth_verdict_layout, &packet, &verdict), 0);
		outcome->verdict = (int)verdict.verdict;
		add_words(outcome, verdict.text);
		memcpy(outcome->event, verdict.event, sizeof(outcome->event));
		if (visit->at_verdict)
			visit->at_verdict(terminal);
		return false;
	}
}

void terminal_answer(struct terminal *terminal, const struct visit *visit,
		     const struct attempt *attempt)
{
	struct outcome outcome = {};

	while (outcome.prompts == 0)
		assert_true(step(terminal, visit, attempt->fd, &outcome));
}

struct outcome terminal_talk(struct terminal *terminal, const struct visit *visit,
			     const struct attempt *attempt)
{
	struct outcome outcome = {.verdict = -1};

	while (step(terminal, visit, attempt->fd, &outcome))
		continue;
	outcome.ms = wire_now() - attempt->started;
	return outcome;
}

struct outcome terminal_end(struct terminal *terminal, const struct visit *visit,
			    struct attempt *attempt)
{
	struct outcome outcome = terminal_talk(terminal, visit, attempt);

	if (visit->passes && outcome.verdict == VERDICT_GRANTED) {
		struct auth_passed passed = {};

		memcpy(passed.event, outcome.event, sizeof(passed.event));
		assert_int_equal(wire_send(attempt->fd, &auth_passed_layout, &passed,
					   wire_now() + PATIENCE_MS),
				 0);
	}
	close(attempt->fd);
	outcome.exit_status = terminal_exit(attempt->pid);
	return outcome;
}

struct outcome terminal_speak(struct terminal *terminal, const struct visit *visit, int fd)
{
	struct outcome outcome = {.verdict = -1};
	int64_t started = wire_now();

	greet(visit, fd);
	while (step(terminal, visit, fd, &outcome))
		continue;
	outcome.ms = wire_now() - started;
	return outcome;
}

struct outcome terminal_visit(struct terminal *terminal, const struct visit *visit)
{
	struct attempt attempt = terminal_begin(terminal, visit);

	return terminal_end(terminal, visit, &attempt);
}

void assert_verdict(const struct outcome *outcome, enum verdict verdict)
{
	if (outcome->verdict != (int)verdict)
		print_error("verdict %d, wanted %s; said:\n%s\n", outcome->verdict,
			    verdict_name(verdict), outcome->text);
	assert_int_equal(outcome->verdict, (int)verdict);
	assert_exit(outcome);
}

void assert_session_ended(int exit_status)
{
	/* Where this machine is busy, the engine needs its time and the spool has the event too. */
	if (exit_status != LOGIN_SPOOLED)
		assert_int_equal(exit_status, 0);
}

void assert_exit(const struct outcome *outcome)
{
	assert_session_ended(outcome->exit_status);
}

static size_t count_events(const struct terminal *terminal, const char *wanted)
{
	char text[WORDS_MAX];
	size_t found = 0;

	terminal_events(terminal, text);
	for (const char *at = text; (at = strstr(at, wanted)); at++)
		found++;
	return found;
}

/* The log-in need not have waited for the engine. */
static size_t await_events(const struct terminal *terminal, const char *wanted, size_t count)
{
	const int64_t deadline = wire_now() + PATIENCE_MS;
	size_t found;

	while ((found = count_events(terminal, wanted)) < count && wire_now() < deadline)
		usleep(50000);
	if (found >= count)
		return found;
	print_error("%zu of %zu times %s\n", found, count, wanted);
	return found;
}

void terminal_sit(struct terminal *terminal)
{
	terminal->logind = "tests/sessions.so";
	assert_int_equal(setenv("TEST_SESSION", "1", 1), 0);
	assert_int_equal(setenv("TEST_SESSIONS", "1", 1), 0);
	assert_int_equal(setenv("TEST_OWNER", "1", 1), 0);
	assert_int_equal(setenv("TEST_UID", "1", 1), 0);
}

void assert_event(const struct terminal *terminal, const char *wanted)
{
	assert_true(await_events(terminal, wanted, 1) > 0);
}

void assert_events(const struct terminal *terminal, const char *wanted, size_t count)
{
	assert_int_equal(await_events(terminal, wanted, count), count);
}
