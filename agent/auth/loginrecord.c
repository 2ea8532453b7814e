#include "loginrecord.h"

#include "cleanup.h"
#include "loginsecond.h"
#include "loginstate.h"
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FOLLOW_MS 300000 /* for the other factors, after ours */

static void describe_person(const struct login *login, struct event *event)
{
	event_set(event, "user", login->hello.user);
	event_set(event, "service", login->hello.service);
	event_set(event, "tty", login->hello.tty);
	event_set(event, "rhost", login->hello.rhost);
	event_set(event, "ruser", login->hello.ruser);
	event_set_number(event, "caller", login->caller.uid);
}

void loginrecord_describe(struct login *login, const char *reason, enum verdict verdict)
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
	substitute_describe(&login->substitute, event);
	if (login->second.asked)
		secondperson_describe(&login->second, event);
	event_set_number(event, "ms", (uint64_t)(wire_now() - login->started));
}

/* One time limit for all events of a log-in: a grant that could not be recorded is refused then,
 * and the word of the refusal is only set going. */
enum failure loginrecord_write(struct login *login, enum spool_class class,
			       const struct event *event)
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
void loginrecord_suspect(struct login *login)
{
	const struct keyfactor *factor = loginsecond_last_factor(login);
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_KEY_SUSPECT) < 0)
		return;
	event_set(&event, "user", loginsecond_last_user(login));
	event_set(&event, "login", login->event.id);
	keyfactor_describe_key(factor, &event);
	event_set_number(&event, "counter", factor->proof.counter);
	loginrecord_write(login, SPOOL_GRANT, &event);
}

/* Guessing, or somebody who has forgotten: worth an event of its own where it begins a wait. */
void loginrecord_locked(struct login *login)
{
	const struct lockout *lockout = loginsecond_last_lockout(login);
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_LOGIN_LOCKED) < 0)
		return;
	describe_person(login, &event);
	event_set(&event, "user", loginsecond_last_user(login));
	event_set(&event, "login", login->event.id);
	event_set(&event, "reason", failure_rows[lockout->why].name);
	event_set_number(&event, "tries", lockout->count);
	event_set_number(&event, "seconds", (uint64_t)(lockout->wait_ms + 999) / 1000);
	loginrecord_write(login, SPOOL_REFUSAL, &event);
}

enum failure loginrecord_second(struct login *login)
{
	const bool witnessed = !login->substitute.chosen;
	_cleanup_event_ struct event event = {};

	if (!login->second.verified)
		return witnessed ? FAILURE_NONE : FAILURE_BROKEN;
	if (event_begin(&event, witnessed ? EVENT_LOGIN_WITNESSED : EVENT_SUBSTITUTE_USED) < 0)
		return FAILURE_RECORD;
	describe_person(login, &event);
	event_set(&event, "login", login->event.id);
	if (witnessed) {
		event_set(&event, "witness", login->second.name);
		secondperson_describe_key(&login->second, &event);
	} else {
		substitute_describe_use(&login->substitute, &event);
	}
	return loginrecord_write(login, SPOOL_GRANT, &event);
}

/* Another person works at a shared account now. */
enum failure loginrecord_operator(struct login *login, enum spool_class class)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_OPERATOR_CHANGED) < 0)
		return FAILURE_BROKEN;
	describe_person(login, &event);
	keyfactor_describe_key(&login->factor, &event);
	takeover_describe(&login->takeover, &event);
	return loginrecord_write(login, class, &event);
}

/* After the verdict: nobody waits for this. */
void loginrecord_damage(const struct login *login)
{
	if (login->lockout.damaged || login->second.lockout.damaged)
		record_damage(login->places->record, login->state_dirfd, LOCKPLACE_FILE);
}

/* Whom it is now, once the program went on. */
static void follow_notes(struct login *login, int r)
{
	if (r < 0) {
		takeover_withdraw(&login->takeover);
		return;
	}
	leavenote_open(&login->note);
	takeover_open(&login->takeover);
}

/* What became of it: the password is asked for by another module, after us or before. The door is
 * open or shut by now, so what can't be recorded is no reason for anything; the room in the spool
 * that grants need is left alone. */
void loginrecord_follow(struct login *login, int r)
{
	_cleanup_event_ struct event event = {};
	char id[PROTOCOL_ID_MAX] = {};

	memcpy(id, login->event.id, sizeof(login->event.id));
	if (r == 0)
		r = person_follow(&login->person, id, wire_now() + FOLLOW_MS);
	if (!login->takeover.asked)
		follow_notes(login, r);
	if (event_begin(&event, r == 0 ? EVENT_LOGIN_OPENED : EVENT_LOGIN_UNFINISHED) < 0)
		return;
	describe_person(login, &event);
	keyfactor_describe_operator(&login->factor, &event);
	event_set(&event, "login", login->event.id);
	if (r < 0)
		event_set(&event, "reason", r == -ETIMEDOUT ? "timeout" : "left");
	r = record_event(login->places->record, login->state_dirfd, SPOOL_REFUSAL, &event,
			 wire_now() + RECORD_TOTAL_MS);
	if (r < 0)
		fprintf(stderr, "%s of %s is not recorded: %s\n", event_rows[event.kind].name,
			login->event.id, strerror(-r));
	login->record_until = wire_now() + RECORD_TOTAL_MS;
	if (event.kind == EVENT_LOGIN_OPENED && !login->takeover.asked &&
	    takeover_changes(&login->takeover))
		loginrecord_operator(login, SPOOL_REFUSAL);
}
