#include "otpstate.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* The counter's flags: a byte for each, above the bits of signature counters. */
#define DRIFT_SHIFT 8
#define TRIES_SHIFT 16

#define DAY 86400 /* seconds */

unsigned int otpstate_delay(unsigned int tries)
{
	if (tries < OTPSTATE_FREE_TRIES)
		return 0;
	tries -= OTPSTATE_FREE_TRIES;
	return tries >= 5 ? OTPSTATE_DELAY_MAX : 1u << tries;
}

static struct otpstate unpack(const struct counter *counter)
{
	struct otpstate state = {.counter = *counter, .state.next = counter->value};
	uint8_t drift = counter->flags >> DRIFT_SHIFT & 0xff;

	memcpy(&state.state.drift, &drift, 1);
	state.tries = counter->flags >> TRIES_SHIFT & 0xff;
	return state;
}

#define ID_PREFIX 8

/* What the counters know a seed by. No key's credential begins like that. */
struct id {
	uint8_t bytes[ID_PREFIX + OTP_SEED_MAX];
	size_t length;
};

static void id_wipe(struct id *id)
{
	explicit_bzero(id, sizeof(*id));
}

static int id_of(const struct otp *otp, struct id *ret_id)
{
	struct id id = {.bytes = "otp seed", .length = ID_PREFIX + otp->seed_length};

	if (otp->seed_length > OTP_SEED_MAX)
		return -EINVAL;
	id.bytes[3] = otp->kind == OTP_TOTP ? 't' : 'h';
	memcpy(id.bytes + ID_PREFIX, otp->seed, otp->seed_length);
	*ret_id = id;
	id_wipe(&id);
	return 0;
}

int otpstate_lock(int fd, const struct otp *otp, int64_t deadline, struct otpstate *ret_state)
{
	_cleanup_(id_wipe) struct id id = {};
	struct counter counter;
	int r = id_of(otp, &id);

	if (r == 0)
		r = counter_lock(fd, id.bytes, id.length, deadline, &counter);
	if (r == 0)
		*ret_state = unpack(&counter);
	return r;
}

int otpstate_peek(int fd, const struct otp *otp, struct otpstate *ret_state)
{
	_cleanup_(id_wipe) struct id id = {};
	struct counter counter;
	int r = id_of(otp, &id);

	if (r == 0)
		r = counter_peek(fd, id.bytes, id.length, &counter);
	if (r == 0)
		*ret_state = unpack(&counter);
	return r;
}

int otpstate_claim(int fd, const struct otp *otp, int64_t deadline)
{
	_cleanup_(id_wipe) struct id id = {};
	int r = id_of(otp, &id);

	return r < 0 ? r : counter_claim(fd, id.bytes, id.length, deadline);
}

bool otpstate_wanted(const struct otpstate *state)
{
	return counter_wanted(&state->counter);
}

int otpstate_lock_nobody(int fd, const uint8_t name[static OTPSTATE_NAME], int64_t now,
			 int64_t deadline, struct otpstate *ret_state)
{
	const unsigned int place = ((unsigned int)name[0] << 8 | name[1]) % OTPSTATE_NOBODIES;
	const uint8_t id[] = {
		'o', 't', 'p', ' ', 'n', 'o', 'n', 'e', (uint8_t)(place >> 8), (uint8_t)place};
	/* Whose tries these are, and of which day, which begins at another time for each. */
	const int64_t begins = ((int64_t)name[4] << 8 | name[5]) * DAY / 65536;
	const uint32_t mark = (uint32_t)name[2] << 24 | (uint32_t)name[3] << 16 |
			      (uint32_t)((now + begins) / DAY & 0xffff);
	struct counter counter;
	int r;

	r = counter_lock(fd, id, sizeof(id), deadline, &counter);
	if (r < 0)
		return r;
	*ret_state = unpack(&counter);
	if (ret_state->state.next != mark)
		ret_state->tries = 0;
	ret_state->state.next = mark;
	return 0;
}

int otpstate_store(struct otpstate *state)
{
	const unsigned int tries = state->tries > UINT8_MAX ? UINT8_MAX : state->tries;
	const uint8_t drift = (uint8_t)state->state.drift;

	return counter_store(&state->counter, state->state.next,
			     (uint32_t)drift << DRIFT_SHIFT | (uint32_t)tries << TRIES_SHIFT);
}
