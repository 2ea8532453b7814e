#include "otpstate.h"

#include <errno.h>
#include <string.h>

/* The counter's flags: a byte for each, above the bits of signature counters. */
#define DRIFT_SHIFT 8
#define TRIES_SHIFT 16

unsigned int otpstate_delay(unsigned int tries)
{
	if (tries < OTPSTATE_FREE_TRIES)
		return 0;
	tries -= OTPSTATE_FREE_TRIES;
	return tries >= 5 ? OTPSTATE_DELAY_MAX : 1u << tries;
}

static int lock(int fd, const uint8_t *id, size_t length, int64_t deadline,
		struct otpstate *ret_state)
{
	struct otpstate state = {};
	uint8_t drift;
	int r;

	r = counter_lock(fd, id, length, deadline, &state.counter);
	if (r < 0)
		return r;
	drift = state.counter.flags >> DRIFT_SHIFT & 0xff;
	memcpy(&state.state.drift, &drift, 1);
	state.state.next = state.counter.value;
	state.tries = state.counter.flags >> TRIES_SHIFT & 0xff;
	*ret_state = state;
	return 0;
}

int otpstate_lock(int fd, const struct otp *otp, int64_t deadline, struct otpstate *ret_state)
{
	/* No key's credential begins like that. */
	uint8_t id[8 + OTP_SEED_MAX] = "otp seed";
	int r;

	if (otp->seed_length > OTP_SEED_MAX)
		return -EINVAL;
	id[3] = otp->kind == OTP_TOTP ? 't' : 'h';
	memcpy(id + 8, otp->seed, otp->seed_length);
	r = lock(fd, id, 8 + otp->seed_length, deadline, ret_state);
	explicit_bzero(id, sizeof(id));
	return r;
}

int otpstate_lock_nobody(int fd, uint8_t which, int64_t deadline, struct otpstate *ret_state)
{
	const uint8_t id[] = {'o', 't', 'p', ' ', 'n', 'o', 'n', 'e', which};

	return lock(fd, id, sizeof(id), deadline, ret_state);
}

int otpstate_store(struct otpstate *state)
{
	const unsigned int tries = state->tries > UINT8_MAX ? UINT8_MAX : state->tries;
	const uint8_t drift = (uint8_t)state->state.drift;

	return counter_store(&state->counter, state->state.next,
			     (uint32_t)drift << DRIFT_SHIFT | (uint32_t)tries << TRIES_SHIFT);
}
