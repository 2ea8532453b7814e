#include "otpfactor.h"

#include "nobody.h"
#include "otpstate.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

_Static_assert(NOBODY_MARK == OTPSTATE_NAME, "what a name is known by");

#define STEP_MS 200 /* between two looks at whether the person is still there */

static enum failure gone(const struct person *person)
{
	int r = person_check(person);

	if (r == -ECANCELED)
		return FAILURE_CANCELLED;
	return r < 0 ? FAILURE_PROTOCOL : FAILURE_NONE;
}

/* @entry NULL: nobody's, the same for a name each time. */
static int lock_once(const struct otpfactor *factor, const struct otp_entry *entry, int64_t until,
		     struct otpstate *place)
{
	uint8_t mark[NOBODY_MARK];
	int r;

	if (entry)
		return otpstate_lock(factor->counters, &entry->otp, until, place);
	r = nobody_mark(factor->state_dirfd, factor->user, mark);
	return r < 0 ? r : otpstate_lock_nobody(factor->counters, mark, time(NULL), until, place);
}

static enum failure lock(const struct otpfactor *factor, const struct otp_entry *entry,
			 struct otpstate *place)
{
	const int64_t deadline = wire_now() + OTPFACTOR_LOCK_MS;
	enum failure failure;
	int r;

	for (;;) {
		r = lock_once(factor, entry, wire_now() + STEP_MS, place);
		if (r == 0)
			return FAILURE_NONE;
		if (r != -ETIMEDOUT)
			return FAILURE_COUNTER_STORE;
		failure = gone(factor->person);
		if (failure != FAILURE_NONE)
			return failure;
		if (wire_now() >= deadline)
			return FAILURE_OTP_BUSY;
	}
}

/* Before the code is looked at: who goes away meanwhile has learned nothing. An administrator who
 * wants the place does not wait behind whoever guesses. */
static enum failure slow_down(const struct otpfactor *factor, const struct otpstate *place)
{
	const int64_t until = wire_now() + (int64_t)otpstate_delay(place->tries) * 1000;
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	enum failure failure = FAILURE_NONE;

	while (failure == FAILURE_NONE && wire_now() < until) {
		if (otpstate_wanted(place))
			return FAILURE_OTP_BUSY;
		nanosleep(&step, NULL);
		failure = gone(factor->person);
	}
	return failure;
}

static bool is_same_seed(const struct otp *one, const struct otp *other)
{
	return one->kind == other->kind && one->seed_length == other->seed_length &&
	       CRYPTO_memcmp(one->seed, other->seed, one->seed_length) == 0;
}

/* As the file has it after the waiting: what was removed meanwhile opens nothing. @entry NULL:
 * nobody's, which is looked for all the same. */
static enum failure look_again(const struct otpfactor *factor, struct otp_entry *entry)
{
	_cleanup_otp_entry_ struct otp_entry now = {};
	struct config_error error;
	int r = otpfile_find(factor->directory, factor->user, &now, &error);

	if (r < 0 && r != -ENOENT) {
		fprintf(stderr, "%s\n", error.text);
		return FAILURE_OTP_STORE;
	}
	if (!entry)
		return FAILURE_NONE;
	if (r < 0 || !is_same_seed(&now.otp, &entry->otp))
		return FAILURE_OTP_NOT_ENROLLED;
	*entry = now;
	return FAILURE_NONE;
}

static enum failure judge(const struct otp_entry *entry, enum roster_validity rights,
			  const char *code, const struct otp_state *state,
			  struct otp_state *ret_state)
{
	if (!entry)
		return FAILURE_OTP_NOT_ENROLLED;
	switch (rights == ROSTER_VALID ? otpfile_validity(entry, roster_today()) : rights) {
	case ROSTER_VALID:
		break;
	case ROSTER_NOT_YET:
		return FAILURE_OTP_NOT_YET;
	case ROSTER_REVOKED:
		return FAILURE_OTP_REVOKED;
	default:
		return FAILURE_OTP_EXPIRED;
	}
	switch (otp_judge(&entry->otp, state, code, time(NULL), ret_state)) {
	case OTP_ACCEPTED:
		return FAILURE_NONE;
	case OTP_WRONG:
		return FAILURE_OTP_WRONG;
	case OTP_REPLAYED:
		return FAILURE_OTP_USED;
	case OTP_CLOCK:
		return FAILURE_OTP_CLOCK;
	case OTP_BROKEN:
		break;
	}
	return FAILURE_OTP_STORE;
}

static enum failure judge_locked(struct otpfactor *factor, struct otp_entry *entry,
				 const char *code)
{
	struct otp_state after = {};
	struct otpstate place;
	enum failure failure;

	failure = lock(factor, entry, &place);
	if (failure != FAILURE_NONE)
		return failure;
	if (place.tries >= OTPSTATE_TRIES)
		return FAILURE_OTP_BLOCKED;
	failure = slow_down(factor, &place);
	if (failure == FAILURE_NONE)
		failure = look_again(factor, entry);
	if (failure == FAILURE_NONE)
		failure = judge(entry, factor->rights, code, &place.state, &after);
	if (failure == FAILURE_NONE) {
		place.state = after;
		place.tries = 0;
	} else if (failure_rows[failure].counts) {
		place.tries++;
	} else {
		return failure;
	}
	/* What can't be kept is no success, and no free guess either. */
	if (otpstate_store(&place) < 0)
		return FAILURE_COUNTER_STORE;
	factor->accepted = failure == FAILURE_NONE;
	return failure;
}

unsigned int otpfactor_digits(const struct otpfactor *factor)
{
	_cleanup_otp_entry_ struct otp_entry entry = {};
	struct config_error error;

	/* What is wrong with the file is told when the code is judged. */
	return otpfile_find(factor->directory, factor->user, &entry, &error) == 0 ? entry.otp.digits
										  : OTP_DIGITS_MIN;
}

enum failure otpfactor_judge(struct otpfactor *factor, const struct secret *typed)
{
	_cleanup_otp_entry_ struct otp_entry entry = {};
	struct config_error error;
	char code[OTP_CODE_SIZE] = "";
	enum failure failure;
	int r;

	factor->typed = true;
	/* What is no code at all is nobody's guess: sshd makes such answers up. */
	if (otp_read(typed->bytes, typed->length, code) < 0) {
		explicit_bzero(code, sizeof(code));
		return FAILURE_OTP_MALFORMED;
	}
	r = otpfile_find(factor->directory, factor->user, &entry, &error);
	if (r < 0 && r != -ENOENT) {
		fprintf(stderr, "%s\n", error.text);
		explicit_bzero(code, sizeof(code));
		return FAILURE_OTP_STORE;
	}
	factor->enrolled = r == 0;
	factor->kind = entry.otp.kind;
	failure = lockout_judge(factor->lockout);
	if (failure == FAILURE_NONE)
		failure = judge_locked(factor, r == 0 ? &entry : NULL, code);
	explicit_bzero(code, sizeof(code));
	return failure;
}

void otpfactor_describe(const struct otpfactor *factor, struct event *event)
{
	event_set(event, "factor", "otp");
	if (factor->enrolled)
		event_set(event, "method", factor->kind == OTP_HOTP ? "hotp" : "totp");
}
