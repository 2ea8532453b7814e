/* What the tests of a log-in share: a terminal in a folder, with keys, a roster, an engine that
 * takes events, and the module's side of the conversation. */
#ifndef TEST_TERMINAL_H
#define TEST_TERMINAL_H

#include "agent/auth/rosterfile.h"
#include "protocol.h"
#include "tests/authenticator/softkey_io.h"
#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#define PIN	  "1234"
#define RP	  "sekisho.internal"
#define KEYS_HERE 4
#define WORDS_MAX 8192

/* How long a test waits for what must come: where it comes, that costs nothing, and a machine that
 * has other things to do, or stands still for seconds, is no failure. */
#define PATIENCE_MS 60000

/* The same of the person's terminal; and where something is to be waited for in vain. */
#define PATIENT "[Auth]\nKeyWaitSeconds=30\nTouchSeconds=30\nPinSeconds=30\n"
#define HASTY	"[Auth]\nKeyWaitSeconds=2\nTouchSeconds=5\nPinSeconds=5\n"

struct terminal {
	char build[512]; /* where the programs are */
	char folder[64];
	struct softkey keys[KEYS_HERE];
	struct roster_entry entries[64];
	size_t n_entries;
	struct roster_period periods[8]; /* sorted by user */
	size_t n_periods;
	pid_t engine;
	int engine_error; /* what it answers to all events: 0, or an errno */
	unsigned int engine_ms; /* how long it thinks */
	const char *token; /* program below tests/; NULL: softtoken */
	const char *logind; /* library below tests/, told of by the environment; NULL: none */
	int spool; /* while it is held */
};

/* PATIENT. */
int terminal_setup(void **state);
int terminal_teardown(void **state);

/* The person sits at it, whatever session the tests run in: at those that begin later. */
void terminal_sit(struct terminal *terminal);

/* Starts key number @index, which appears as dev/hidrawINDEX. */
void terminal_plug(struct terminal *terminal, size_t index, const char *const options[]);
#define PLUG(terminal, index, ...)                                                                 \
	terminal_plug(terminal, index, (const char *const[]){"--pin", PIN, ##__VA_ARGS__, NULL})
void terminal_unplug(struct terminal *terminal, size_t index);
void terminal_command(const struct terminal *terminal, size_t index, const char *line);
long terminal_status(const struct terminal *terminal, size_t index, const char *name);

/* Waits until it is @value; fails the test after ten seconds. */
void terminal_await(const struct terminal *terminal, size_t index, const char *name, long value);

/* Registers key @index for @user (PIN @pin, NULL: without) and writes the roster. The entry may be
 * changed; then terminal_roster() writes again. */
struct roster_entry *terminal_enrol(struct terminal *terminal, size_t index, const char *user,
				    const char *pin);
void terminal_roster(const struct terminal *terminal);

/* The collector's list, signed at a moment; NULL: no such key, or person, stands on it. */
void terminal_revoke(const struct terminal *terminal, time_t signed_at,
		     const struct roster_entry *key, const char *person);

void terminal_configure(const struct terminal *terminal, const char *text);

/* The engine takes events, or is not there. */
void terminal_engine(struct terminal *terminal, bool there);

/* The spool, made where there is none, gets nowhere until it is released, as in .at_verdict: an
 * engine that refuses an event is judged by its answer, however slow it is beside a disk. */
void terminal_hold_spool(struct terminal *terminal);
void terminal_release_spool(struct terminal *terminal);

/* All events the engine took, a line each: KIND LATE FIELDS. Before one that it thinks about, a
 * line "asked". */
void terminal_events(const struct terminal *terminal, char text[static WORDS_MAX]);

/* What the sessions wrote to standard error. */
void terminal_errors(const struct terminal *terminal, char text[static WORDS_MAX]);

#define CASE(function) cmocka_unit_test_setup_teardown(function, terminal_setup, terminal_teardown)

/* What the person and the program do. */
struct visit {
	const char *user;
	const char *service; /* "login" if NULL */
	const char *pin; /* NULL: the program has no answer and closes at the prompt */
	const char *confirm; /* answer to a question that may be shown; NULL: as sshd, it closes */
	const char *const *answers; /* instead of both: to each question in turn; NULL at the end */
	const char *locale;
	const char *tty;
	const char *rhost;
	uid_t uid; /* of the program */
	uint32_t flags;
	bool passes; /* the program accepts the other factors too */
	bool dawdles; /* at a question the person does nothing, for ever */
	/* Called before each answer, with what was asked. */
	void (*before_answer)(struct terminal *terminal, const char *prompt);
	/* Called at each notice. */
	void (*at_notice)(struct terminal *terminal, const char *text);
	/* Called at the verdict, before the session ends. */
	void (*at_verdict)(struct terminal *terminal);
};

struct outcome {
	int verdict; /* -1: the connection ended without one */
	unsigned int prompts;
	unsigned int shown; /* of them, questions whose answer may be shown */
	unsigned int seconds; /* more that was given for them */
	int exit_status; /* of sekisho-session */
	int64_t ms;
	char event[PROTOCOL_ID_MAX];
	char text[WORDS_MAX]; /* everything said, a line each */
};

struct outcome terminal_visit(struct terminal *terminal, const struct visit *visit);

/* The same in two halves. */
struct attempt {
	int fd;
	pid_t pid;
	int64_t started;
};
struct attempt terminal_begin(struct terminal *terminal, const struct visit *visit);
/* Answers the first question, and leaves the rest to terminal_end(). */
void terminal_answer(struct terminal *terminal, const struct visit *visit,
		     const struct attempt *attempt);
struct outcome terminal_end(struct terminal *terminal, const struct visit *visit,
			    struct attempt *attempt);
/* What terminal_end() does first; the connection and the process stay. */
struct outcome terminal_talk(struct terminal *terminal, const struct visit *visit,
			     const struct attempt *attempt);

/* Runs sekisho-session on a connection (-1: none); the status it ends with. */
pid_t terminal_session(const struct terminal *terminal, int fd, bool flush);
int terminal_exit(pid_t pid);

/* The verdict, and an end as it should be. */
void assert_verdict(const struct outcome *outcome, enum verdict verdict);
void assert_exit(const struct outcome *outcome);
void assert_session_ended(int exit_status);

/* The engine took an event in whose line this stands. */
void assert_event(const struct terminal *terminal, const char *wanted);
/* It stands in them this many times. */
void assert_events(const struct terminal *terminal, const char *wanted, size_t count);

/* The arguments that tell sekisho-session where this terminal's things are; NULL at the end. */
#define ARGUMENTS_MAX 32
struct arguments {
	char text[ARGUMENTS_MAX][640];
	char *words[ARGUMENTS_MAX + 1];
	size_t count;
};
void terminal_arguments(const struct terminal *terminal, struct arguments *ret_arguments);

/* Speaks to a connection that is there already. */
struct outcome terminal_speak(struct terminal *terminal, const struct visit *visit, int fd);

/* Runs sekisho-session --flush; its exit status. */
int terminal_flush(struct terminal *terminal);

#endif
