#include "login.h"

#include "lockwords.h"
#include "loginfactors.h"
#include "loginpolicy.h"
#include "loginproof.h"
#include "loginrecord.h"
#include "loginsecond.h"
#include "loginstate.h"
#include "membership.h"
#include "record.h"
#include "remote.h"
#include "speech.h"
#include "vouch.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HELLO_MS 5000
#define FLOOR_MS 1000 /* a wrong answer is told no sooner: to the tries a script can make */

static void speak(const struct login *login)
{
	bool japanese = login->settings.language == SETTINGS_JAPANESE;

	if (!login->configured || login->settings.language == SETTINGS_AUTO)
		japanese = speech_japanese(&login->hello, login->caller.pid);
	/* Where it can't be had, English is better than no log-in. */
	message_language(login->places->locale, japanese);
}

static enum failure configure(struct login *login)
{
	struct config_error error;
	int r;

	r = settings_load_rules(login->places->config, login->places->owner, &login->settings,
				&login->rules, NULL, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", error.text);
		return FAILURE_CONFIGURATION;
	}
	login->configured = true;
	return FAILURE_NONE;
}

/* What holds for this person at this service, from here on. */
static void apply_policy(struct login *login)
{
	_cleanup_membership_ struct membership membership = {.user = login->hello.user};
	struct loginpolicy policy;

	loginpolicy_decide(&login->settings, &login->rules, login->hello.user, login->hello.service,
			   membership_of, &membership, &policy);
	loginpolicy_apply(&policy, &login->settings);
	login->allowed = policy.allowed;
}

/* What is all that a log-in of this kind does is done before it is told. */
static enum failure change_operator(struct login *login)
{
	enum failure failure;

	if (!login->takeover.asked)
		return FAILURE_NONE;
	failure = takeover_open(&login->takeover);
	if (failure == FAILURE_NONE)
		failure = loginrecord_operator(login, SPOOL_GRANT);
	if (failure == FAILURE_NONE)
		leavenote_open(&login->note);
	return failure;
}

/* The one place that opens a door: everything has been verified, counted and recorded. */
static int grant(const struct login *login)
{
	struct auth_verdict verdict = {.verdict = VERDICT_GRANTED};

	memcpy(verdict.event, login->event.id, sizeof(login->event.id));
	return person_admit(&login->person, &verdict);
}

/* When a refusal may be told: to guess, and to ask whether the wait is over, takes its time. */
static int64_t floor_of(const struct login *login, enum failure failure)
{
	if (failure == FAILURE_LOCKED || failure == FAILURE_TERMINAL_LOCKED)
		return login->started + FLOOR_MS;
	if (failure_rows[failure].verdict == VERDICT_WRONG &&
	    loginsecond_last_factor(login)->answered)
		return loginsecond_last_factor(login)->answered + FLOOR_MS;
	return 0;
}

static void refuse(struct login *login, enum failure failure)
{
	const struct failure_row *row = &failure_rows[failure];
	struct auth_verdict verdict = {.verdict = row->verdict};
	int64_t left;

	leavenote_withdraw(&login->note);
	takeover_withdraw(&login->takeover);
	login->event.kind = EVENT_LOGIN_REFUSED;
	loginrecord_describe(login, row->name, row->verdict);
	if (failure == FAILURE_COUNTER_BACK)
		loginrecord_suspect(login);
	loginrecord_write(login, SPOOL_REFUSAL, &login->event);
	if (loginsecond_last_lockout(login)->locked)
		loginrecord_locked(login);
	lockwords_format(failure, loginsecond_last_lockout(login),
			 &loginsecond_last_factor(login)->values, verdict.text,
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
	loginrecord_describe(login, "rule", VERDICT_EXEMPT);
	failure = loginrecord_write(login, SPOOL_GRANT, &login->event);
	if (failure != FAILURE_NONE) {
		refuse(login, failure);
		return;
	}
	memcpy(verdict.event, login->event.id, sizeof(login->event.id));
	person_dismiss(&login->person, &verdict);
}

/* Nothing is granted. */
static void vouch(struct login *login)
{
	char digits[PHONECODE_SHOWN] = "";
	enum failure failure = vouch_run(login, digits);

	if (failure == FAILURE_NONE)
		vouch_tell(login, digits);
	else
		refuse(login, failure);
	loginrecord_damage(login);
}

static void decide(struct login *login)
{
	enum failure failure;

	failure = configure(login);
	speak(login);
	login->factor.values.service = login->hello.service;
	loginsecond_introduce(login);
	if (failure == FAILURE_NONE)
		failure = caller_check(login->caller.uid, &login->hello, &login->settings);
	if (failure == FAILURE_NONE)
		apply_policy(login);
	if (failure == FAILURE_NONE && vouch_is_asked(login)) {
		vouch(login);
		return;
	}
	if (failure == FAILURE_NONE &&
	    settings_exempt(&login->settings, login->hello.user, login->hello.service)) {
		if (login->allowed)
			exempt(login);
		else
			refuse(login, FAILURE_NOT_HERE);
		return;
	}
	if (failure == FAILURE_NONE)
		failure = loginfactors_begin(login);
	if (failure == FAILURE_NONE) {
		login->way = factors_way(&login->settings, &login->hello, &login->caller,
					 login->places->logind);
		login->offer = factors_offer(&login->settings, login->way);
		if (login->offer == FACTORS_NOTHING)
			failure = FAILURE_NO_FACTORS;
		if (login->offer == FACTORS_KEY_AFAR)
			failure = FAILURE_KEY_AFAR;
	}
	if (failure == FAILURE_NONE && login->offer == FACTORS_CONFIRMED_KEY)
		failure = remote_confirm(&login->person, &login->factor.values);
	if (failure == FAILURE_NONE)
		failure = loginfactors_run(login);
	/* To nobody else: before, it would tell which names are known. */
	if (failure == FAILURE_NONE && !login->allowed)
		failure = FAILURE_NOT_HERE;
	if (failure == FAILURE_NONE)
		failure = loginsecond_witness(login);
	loginfactors_end(login);
	if (failure == FAILURE_NONE)
		failure = loginproof_expect(login);
	if (failure == FAILURE_NONE)
		failure = leavenote_write(&login->note, loginproof_own_key(login),
					  login->substitute.last_day);
	if (failure == FAILURE_NONE)
		failure = loginrecord_second(login);
	if (failure == FAILURE_NONE)
		failure = takeover_write(&login->takeover, loginproof_own_key(login));
	if (failure == FAILURE_NONE) {
		loginrecord_describe(login, NULL, VERDICT_GRANTED);
		failure = loginrecord_write(login, SPOOL_GRANT, &login->event);
	}
	if (failure == FAILURE_NONE)
		failure = change_operator(login);
	if (failure == FAILURE_NONE) {
		int r = grant(login);

		keys_close(login->keys);
		loginrecord_damage(login);
		loginrecord_follow(login, r);
	} else {
		refuse(login, failure);
		loginrecord_damage(login);
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
				       login.event.id, 0, false, login.takeover.note.session},
			      .shared_places = {places->operators, places->roster, places->revoked,
						places->owner},
			      .takeover = {.directory = places->operators_now,
					   .logind = places->logind,
					   .hello = &login.hello,
					   .id = login.event.id}};
	uint32_t uid = 0;
	int32_t pid = 0;
	size_t waiting;
	int r;

	login.started = wire_now();
	r = wire_peer(fd, &uid, &pid);
	login.caller = caller_of(uid, pid);
	login.note.pid = login.takeover.pid = pid;
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
	loginrules_release(&login.rules);
	shared_release(&login.shared);
	takeover_end(&login.takeover);
	waiting = record_settle(login.state_dirfd);
	if (login.state_dirfd >= 0)
		close(login.state_dirfd);
	return waiting > 0 ? LOGIN_SPOOLED : 0;
}
