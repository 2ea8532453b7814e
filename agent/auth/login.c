#include "login.h"

#include "caller.h"
#include "cleanup.h"
#include "factors.h"
#include "leavenote.h"
#include "lockwords.h"
#include "record.h"
#include "remote.h"
#include "settings.h"
#include "standing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HELLO_MS  5000
#define FOLLOW_MS 300000 /* for the other factors, after ours */
#define FLOOR_MS  1000 /* a wrong answer is told no sooner: to the tries a script can make */

struct login {
	const struct login_places *places;
	struct person person;
	struct auth_hello hello;
	uint32_t uid; /* of the program that asks */
	int32_t pid; /* the same */
	enum factors_way way;
	int64_t started;
	int state_dirfd;
	bool configured; /* .settings were read */
	struct settings settings;
	struct standing standing;
	struct keys *keys;
	struct tally tally;
	struct lockout lockout;
	struct keyfactor factor;
	struct otpfactor otp;
	struct leavenote note;
	struct event event; /* its id is the log-in's name from the beginning */
	int64_t record_until; /* nothing is waited for any longer; 0: nothing recorded yet */
};

/* What the roster says of the user. Who has no usable key is asked for a made-up one: the
 * conversation goes on as with anybody. */
static enum failure look_up(struct login *login)
{
	enum failure failure;

	failure = standing_find(login->places->roster, login->places->owner, &login->settings,
				login->hello.user, &login->standing);
	if (failure != FAILURE_NONE || !settings_accept(&login->settings, "key"))
		return failure;
	return standing_offer(&login->standing, login->state_dirfd, login->hello.user,
			      &login->factor);
}

static void speak(const struct login *login)
{
	bool japanese = login->settings.language == SETTINGS_JAPANESE;

	if (!login->configured || login->settings.language == SETTINGS_AUTO)
		japanese = message_japanese(login->hello.locale, login->hello.tty,
					    login->hello.service);
	/* Where it can't be had, English is better than no log-in. */
	message_language(login->places->locale, japanese);
}

static enum failure configure(struct login *login)
{
	struct config_error error;
	int r;

	r = settings_load(login->places->config, login->places->owner, &login->settings, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", error.text);
		return FAILURE_CONFIGURATION;
	}
	login->configured = true;
	return FAILURE_NONE;
}

/* Before anything is asked of anybody, and before anybody is looked up. */
static enum failure check_lockout(struct login *login)
{
	enum failure failure;

	/* Whoever guesses at a server's prompt is not at a door of this terminal either. */
	failure = lockout_open(login->state_dirfd, &login->settings,
			       login->way == FACTORS_ONE_PROMPT || remote_is_said(&login->hello),
			       caller_loginuid(login->pid), login->hello.user, &login->lockout);
	return failure == FAILURE_NONE ? lockout_check(&login->lockout) : failure;
}

/* First, for the children begin to speak to the keys while we read. */
static enum failure prepare_key(struct login *login)
{
	if (!login->keys->directory &&
	    keys_open(login->places->devices, login->places->token, NULL, login->keys) < 0)
		return FAILURE_TOKEN_PROGRAM;
	keys_begin(login->keys);
	proof_prepare();
	return FAILURE_NONE;
}

/* The factor with everything that must be there before a person is asked for anything. */
static enum failure ask(struct login *login)
{
	struct keyfactor *factor = &login->factor;
	enum failure failure = FAILURE_NONE;

	if (login->way != FACTORS_ONE_PROMPT && settings_accept(&login->settings, "key"))
		failure = prepare_key(login);
	if (failure == FAILURE_NONE)
		failure = look_up(login);
	if (failure == FAILURE_NONE)
		failure = tally_open(login->state_dirfd, &login->tally);
	if (failure != FAILURE_NONE)
		return failure;
	factor->settings = &login->settings;
	factor->person = &login->person;
	factor->keys = login->keys;
	factor->tally = &login->tally;
	factor->lockout = &login->lockout;
	login->otp = (struct otpfactor){
		.directory = login->places->state,
		.state_dirfd = login->state_dirfd,
		.counters = login->tally.fd,
		.user = login->hello.user,
		.rights = roster_period_validity(login->standing.person.periods,
						 login->standing.person.n_periods, roster_today()),
		.person = &login->person,
		.lockout = &login->lockout,
	};
	failure = factors_run(factor, &login->otp, login->way);
	if (login->otp.typed)
		return failure;
	if (failure == FAILURE_OTHER_KEY && factor->entry_unusable)
		return standing_of(&login->standing, &login->settings, factor->entry);
	/* Every key that could be meant was turned down for one reason. */
	if (failure == FAILURE_OTHER_KEY && factor->nobody && factor->n_unusable == 1)
		return standing_of(&login->standing, &login->settings, factor->unusable);
	if (failure == FAILURE_OTHER_KEY && factor->nobody && factor->n_unusable == 0)
		return FAILURE_NOT_ENROLLED;
	if (failure == FAILURE_NONE)
		failure = tally_settle(&login->tally, factor->entry, factor->proof.counter);
	return failure;
}

static void describe_person(const struct login *login, struct event *event)
{
	event_set(event, "user", login->hello.user);
	event_set(event, "service", login->hello.service);
	event_set(event, "tty", login->hello.tty);
	event_set(event, "rhost", login->hello.rhost);
	event_set(event, "ruser", login->hello.ruser);
	event_set_number(event, "caller", login->uid);
}

static void describe(struct login *login, const char *reason, enum verdict verdict)
{
	const struct keyfactor *factor = &login->factor;
	struct event *event = &login->event;

	describe_person(login, event);
	event_set(event, "verdict", verdict_name(verdict));
	event_set(event, "reason", reason);
	if (login->otp.typed)
		otpfactor_describe(&login->otp, event);
	else
		keyfactor_describe(factor, event);
	if (factor->proof.present) {
		event_set(event, "verified", factor->proof.verified ? "yes" : "no");
		event_set_number(event, "counter", factor->proof.counter);
	}
	event_set_number(event, "ms", (uint64_t)(wire_now() - login->started));
}

/* One time limit for all events of a log-in: a grant that could not be recorded is refused then,
 * and the word of the refusal is only set going. */
static enum failure record(struct login *login, enum spool_class class, const struct event *event)
{
	int r;

	if (login->record_until == 0)
		login->record_until = wire_now() + RECORD_TOTAL_MS;
	r = record_event(login->places->record, login->state_dirfd, class, event,
			 login->record_until);
	if (r == 0)
		return FAILURE_NONE;
	fprintf(stderr, "%s %s is in no record: %s\n", event_rows[event->kind].name, event->id,
		r == -ETIMEDOUT ? "no disk took it in time; it may come late" : strerror(-r));
	return r == -ETIMEDOUT ? FAILURE_RECORD_LATE : FAILURE_RECORD;
}

/* A copied key is worth an event of its own: the log-in's says only that it was refused. */
static void record_suspect(struct login *login)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_KEY_SUSPECT) < 0)
		return;
	event_set(&event, "user", login->hello.user);
	event_set(&event, "login", login->event.id);
	keyfactor_describe_key(&login->factor, &event);
	event_set_number(&event, "counter", login->factor.proof.counter);
	record(login, SPOOL_GRANT, &event);
}

/* Guessing, or somebody who has forgotten: worth an event of its own where it begins a wait. */
static void record_locked(struct login *login)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_LOGIN_LOCKED) < 0)
		return;
	describe_person(login, &event);
	event_set(&event, "login", login->event.id);
	event_set(&event, "reason", failure_rows[login->lockout.why].name);
	event_set_number(&event, "tries", login->lockout.count);
	event_set_number(&event, "seconds", (uint64_t)(login->lockout.wait_ms + 999) / 1000);
	record(login, SPOOL_REFUSAL, &event);
}

/* After the verdict: nobody waits for this. */
static void tell_damage(const struct login *login)
{
	if (login->lockout.damaged)
		record_damage(login->places->record, login->state_dirfd, LOCKPLACE_FILE);
}

/* The one place that opens a door: everything has been verified, counted and recorded. */
static int grant(const struct login *login)
{
	struct auth_verdict verdict = {.verdict = VERDICT_GRANTED};

	memcpy(verdict.event, login->event.id, sizeof(login->event.id));
	return person_admit(&login->person, &verdict);
}

/* What became of it: the password is asked for by another module, after us or before. The door is
 * open or shut by now, so what can't be recorded is no reason for anything; the room in the spool
 * that grants need is left alone. */
static void follow(const struct login *login, int r)
{
	_cleanup_event_ struct event event = {};
	char id[PROTOCOL_ID_MAX] = {};

	memcpy(id, login->event.id, sizeof(login->event.id));
	if (r == 0)
		r = person_follow(&login->person, id, wire_now() + FOLLOW_MS);
	if (r == 0)
		leavenote_open(&login->note);
	if (event_begin(&event, r == 0 ? EVENT_LOGIN_OPENED : EVENT_LOGIN_UNFINISHED) < 0)
		return;
	describe_person(login, &event);
	event_set(&event, "login", login->event.id);
	if (r < 0)
		event_set(&event, "reason", r == -ETIMEDOUT ? "timeout" : "left");
	r = record_event(login->places->record, login->state_dirfd, SPOOL_REFUSAL, &event,
			 wire_now() + RECORD_TOTAL_MS);
	if (r < 0)
		fprintf(stderr, "%s of %s is not recorded: %s\n", event_rows[event.kind].name,
			login->event.id, strerror(-r));
}

/* When a refusal may be told: to guess, and to ask whether the wait is over, takes its time. */
static int64_t floor_of(const struct login *login, enum failure failure)
{
	if (failure == FAILURE_LOCKED || failure == FAILURE_TERMINAL_LOCKED)
		return login->started + FLOOR_MS;
	if (failure_rows[failure].verdict == VERDICT_WRONG && login->factor.answered)
		return login->factor.answered + FLOOR_MS;
	return 0;
}

static void refuse(struct login *login, enum failure failure)
{
	const struct failure_row *row = &failure_rows[failure];
	struct auth_verdict verdict = {.verdict = row->verdict};
	int64_t left;

	leavenote_withdraw(&login->note);
	login->event.kind = EVENT_LOGIN_REFUSED;
	describe(login, row->name, row->verdict);
	if (failure == FAILURE_COUNTER_BACK)
		record_suspect(login);
	record(login, SPOOL_REFUSAL, &login->event);
	if (login->lockout.locked)
		record_locked(login);
	lockwords_format(failure, &login->lockout, &login->factor.values, verdict.text,
			 sizeof(verdict.text));
	memcpy(verdict.event, login->event.id, sizeof(login->event.id));
	left = floor_of(login, failure) - wire_now();
	if (left > 0) {
		const struct timespec pause = {left / 1000, left % 1000 * 1000000};

		nanosleep(&pause, NULL);
	}
	person_dismiss(&login->person, &verdict);
}

/* A root-owned rule says that this user and service are not ours. */
static void exempt(struct login *login)
{
	struct auth_verdict verdict = {.verdict = VERDICT_EXEMPT};
	enum failure failure;

	login->event.kind = EVENT_LOGIN_EXEMPT;
	describe(login, "rule", VERDICT_EXEMPT);
	failure = record(login, SPOOL_GRANT, &login->event);
	if (failure != FAILURE_NONE) {
		refuse(login, failure);
		return;
	}
	memcpy(verdict.event, login->event.id, sizeof(login->event.id));
	person_dismiss(&login->person, &verdict);
}

static void decide(struct login *login)
{
	enum failure failure;

	failure = configure(login);
	speak(login);
	login->factor.values.service = login->hello.service;
	if (failure == FAILURE_NONE)
		failure = caller_check(login->uid, &login->hello, &login->settings);
	if (failure == FAILURE_NONE &&
	    settings_exempt(&login->settings, login->hello.user, login->hello.service)) {
		exempt(login);
		return;
	}
	if (failure == FAILURE_NONE)
		login->way = factors_way(&login->settings, &login->hello, login->pid,
					 login->places->logind);
	if (failure == FAILURE_NONE)
		failure = check_lockout(login);
	/* With codes the question is one for both. */
	if (failure == FAILURE_NONE && login->way == FACTORS_AFAR &&
	    !settings_accept(&login->settings, "otp"))
		failure = remote_confirm(&login->person, &login->factor.values);
	if (failure == FAILURE_NONE)
		failure = lockout_settle(&login->lockout, ask(login));
	lockout_close(&login->lockout);
	/* No key blinks on while the verdict is on its way. */
	keys_quiet(login->keys);
	tally_close(&login->tally);
	if (failure == FAILURE_NONE)
		failure = leavenote_write(&login->note, login->otp.typed ? NULL : &login->factor);
	if (failure == FAILURE_NONE) {
		describe(login, NULL, VERDICT_GRANTED);
		failure = record(login, SPOOL_GRANT, &login->event);
	}
	if (failure == FAILURE_NONE) {
		int r = grant(login);

		keys_close(login->keys);
		tell_damage(login);
		follow(login, r);
	} else {
		refuse(login, failure);
		tell_damage(login);
	}
}

int login_run(const struct login_places *places, int fd, struct keys *keys)
{
	struct login login = {.places = places,
			      .keys = keys,
			      .state_dirfd = -1,
			      .tally.fd = -1,
			      .lockout.fd = -1,
			      .note = {places->notes, places->sysfs, &login.settings, &login.hello,
				       login.event.id, 0, false}};
	size_t waiting;
	int r;

	login.started = wire_now();
	r = wire_peer(fd, &login.uid, &login.pid);
	login.note.pid = login.pid;
	if (r == 0)
		r = person_greet(fd, wire_now() + HELLO_MS, &login.person, &login.hello);
	if (r == 0)
		r = event_begin(&login.event, EVENT_LOGIN_GRANTED);
	if (r < 0) {
		fprintf(stderr, "no log-in: %s\n", strerror(-r));
		keys_close(keys);
		return 1;
	}
	/* Without the directory the counters can't be opened, and the log-in ends as that says. */
	login.state_dirfd = open(places->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	decide(&login);
	keys_close(keys);
	event_release(&login.event);
	waiting = record_settle(login.state_dirfd);
	if (login.state_dirfd >= 0)
		close(login.state_dirfd);
	return waiting > 0 ? LOGIN_SPOOLED : 0;
}
