#include "otp.h"

#include "cleanup.h"

#include <errno.h>
#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>

/* Everything that is added to a counter below stays within 32 bits. */
#define COUNTER_LAST (UINT32_MAX - OTP_ENROL_AHEAD - OTP_DRIFT_MAX - 2)

struct wanted {
	const char *code;
	size_t length;
};

/* For liboath: 0 is a match. Takes the same time for every wrong code. */
static int compare(void *handle, const char *computed)
{
	const struct wanted *wanted = handle;

	if (strnlen(computed, wanted->length + 1) != wanted->length)
		return -1;
	return CRYPTO_memcmp(wanted->code, computed, wanted->length) != 0;
}

static bool is_usable(const struct otp *otp, const struct otp_state *state)
{
	if (otp->seed_length < OTP_SEED_MIN || otp->seed_length > OTP_SEED_MAX ||
	    otp->digits < OTP_DIGITS_MIN || otp->digits > OTP_DIGITS_MAX ||
	    state->next > COUNTER_LAST)
		return false;
	if (otp->kind == OTP_HOTP)
		return otp->hash == OTP_SHA1;
	return otp->kind == OTP_TOTP && otp->hash <= OTP_SHA512 && state->drift >= -OTP_DRIFT_MAX &&
	       state->drift <= OTP_DRIFT_MAX;
}

static bool is_code(const struct otp *otp, const char *code)
{
	return strlen(code) == otp->digits && strspn(code, "0123456789") == otp->digits;
}

/* The counter of @first to @last whose code this is: 1; 0 if there is none; -EIO. */
static int find_counter(const struct otp *otp, const char *code, uint32_t first, uint32_t last,
			uint32_t *ret_counter)
{
	struct wanted wanted = {code, otp->digits};
	int r = oath_hotp_validate_callback((const char *)otp->seed, otp->seed_length, first,
					    last - first, otp->digits, compare, &wanted);

	if (r == OATH_INVALID_OTP)
		return 0;
	if (r < 0 || (uint32_t)r > last - first)
		return -EIO;
	*ret_counter = first + (uint32_t)r;
	return 1;
}

/* The same for steps: those around @step. */
static int find_step(const struct otp *otp, const char *code, uint32_t step, unsigned int window,
		     uint32_t *ret_step)
{
	static const int hashes[] = {
		[OTP_SHA1] = 0,
		[OTP_SHA256] = OATH_TOTP_HMAC_SHA256,
		[OTP_SHA512] = OATH_TOTP_HMAC_SHA512,
	};
	struct wanted wanted = {code, otp->digits};
	uint64_t found = 0;
	int position = 0;
	int r;

	r = oath_totp_validate4_callback((const char *)otp->seed, otp->seed_length,
					 (time_t)step * OTP_STEP, OTP_STEP, 0, otp->digits, window,
					 &position, &found, hashes[otp->hash], compare, &wanted);
	if (r == OATH_INVALID_OTP)
		return 0;
	if (r < 0 || found + window < step || found > (uint64_t)step + window)
		return -EIO;
	*ret_step = (uint32_t)found;
	return 1;
}

/* The token's step by our clock. False for a clock that can't be right. */
static bool step_of(const struct otp_state *state, int64_t now, uint32_t *ret_step)
{
	if (now < 0 || now / OTP_STEP > COUNTER_LAST - OTP_DRIFT_MAX ||
	    now / OTP_STEP + state->drift < OTP_WINDOW)
		return false;
	*ret_step = (uint32_t)(now / OTP_STEP + state->drift);
	return true;
}

static enum otp_verdict judge_step(const struct otp *otp, const struct otp_state *state,
				   const char *code, int64_t now, uint32_t *ret_used)
{
	uint32_t step;
	int r;

	/* An accepted code tells the time as well as a clock does: ours was set back since. */
	if (!step_of(state, now, &step) || (uint64_t)step + OTP_WINDOW + 1 < state->next)
		return OTP_CLOCK;
	r = find_step(otp, code, step, OTP_WINDOW, ret_used);
	if (r < 0)
		return OTP_BROKEN;
	if (r == 0)
		return OTP_WRONG;
	return *ret_used < state->next ? OTP_REPLAYED : OTP_ACCEPTED;
}

static enum otp_verdict judge_counter(const struct otp *otp, const struct otp_state *state,
				      const char *code, uint32_t *ret_used)
{
	const uint32_t back = state->next < OTP_AHEAD ? state->next : OTP_AHEAD;
	int r;

	r = find_counter(otp, code, state->next, state->next + OTP_AHEAD, ret_used);
	if (r < 0)
		return OTP_BROKEN;
	if (r > 0)
		return OTP_ACCEPTED;
	/* Only to tell why: it is refused either way. */
	if (back == 0)
		return OTP_WRONG;
	r = find_counter(otp, code, state->next - back, state->next - 1, ret_used);
	return r > 0 ? OTP_REPLAYED : OTP_WRONG;
}

enum otp_verdict otp_judge(const struct otp *otp, const struct otp_state *state, const char *code,
			   int64_t now, struct otp_state *ret_state)
{
	enum otp_verdict verdict;
	uint32_t used = 0;

	if (!is_usable(otp, state) || oath_init() != OATH_OK)
		return OTP_BROKEN;
	if (!is_code(otp, code))
		return OTP_WRONG;
	if (otp->kind == OTP_TOTP)
		verdict = judge_step(otp, state, code, now, &used);
	else
		verdict = judge_counter(otp, state, code, &used);
	if (verdict == OTP_ACCEPTED)
		*ret_state = (struct otp_state){.next = used + 1, .drift = state->drift};
	return verdict;
}

/* Whether the codes are those of @at and the one after it: 1, 0, -EIO. */
static int is_pair(const struct otp *otp, const char *first, const char *second, uint32_t at)
{
	uint32_t found;
	int r;

	if (otp->kind == OTP_HOTP) {
		r = find_counter(otp, first, at, at, &found);
		return r > 0 ? find_counter(otp, second, at + 1, at + 1, &found) : r;
	}
	r = find_step(otp, first, at, 0, &found);
	return r > 0 ? find_step(otp, second, at + 1, 0, &found) : r;
}

static enum otp_verdict find_pair(const struct otp *otp, const struct otp_state *state,
				  const char *first, const char *second, int64_t now,
				  uint32_t ahead, struct otp_state *ret_state)
{
	const struct otp_state straight = {.next = state->next};
	uint32_t from = state->next;
	uint32_t to = state->next + ahead;
	uint32_t step = 0;

	if (!is_usable(otp, state) || oath_init() != OATH_OK)
		return OTP_BROKEN;
	if (!is_code(otp, first) || !is_code(otp, second))
		return OTP_WRONG;
	if (otp->kind == OTP_TOTP) {
		if (!step_of(&straight, now, &step))
			return OTP_CLOCK;
		to = step + OTP_DRIFT_MAX - 1;
		if (step > OTP_DRIFT_MAX && from < step - OTP_DRIFT_MAX - 1)
			from = step - OTP_DRIFT_MAX - 1;
		/* Farther on than any token that was accepted by this clock. */
		if (from > step + OTP_DRIFT_MAX + OTP_WINDOW + 1)
			return OTP_CLOCK;
	}
	for (uint32_t at = from; at <= to; at++) {
		int r = is_pair(otp, first, second, at);

		if (r < 0)
			return OTP_BROKEN;
		if (r == 0)
			continue;
		*ret_state = (struct otp_state){.next = at + 2};
		if (otp->kind == OTP_TOTP)
			ret_state->drift = (int8_t)((int64_t)at + 1 - step);
		return OTP_ACCEPTED;
	}
	return OTP_WRONG;
}

enum otp_verdict otp_resync(const struct otp *otp, const struct otp_state *state, const char *first,
			    const char *second, int64_t now, struct otp_state *ret_state)
{
	return find_pair(otp, state, first, second, now, OTP_RESYNC_AHEAD, ret_state);
}

enum otp_verdict otp_enrol(const struct otp *otp, const struct otp_state *state, const char *first,
			   const char *second, int64_t now, struct otp_state *ret_state)
{
	return find_pair(otp, state, first, second, now, OTP_ENROL_AHEAD, ret_state);
}

int otp_read(const char *typed, size_t length, char code[static OTP_CODE_SIZE])
{
	size_t digits = 0;

	for (size_t at = 0; at < length; at++) {
		const unsigned char *byte = (const unsigned char *)typed + at;
		char digit = typed[at];

		if (digit == ' ')
			continue;
		/* U+FF10 to U+FF19, as an input method for Japanese leaves them. */
		if (length - at >= 3 && byte[0] == 0xef && byte[1] == 0xbc && byte[2] >= 0x90 &&
		    byte[2] <= 0x99) {
			digit = (char)('0' + byte[2] - 0x90);
			at += 2;
		}
		if (digit < '0' || digit > '9' || digits == OTP_DIGITS_MAX)
			return -EINVAL;
		code[digits++] = digit;
	}
	code[digits] = '\0';
	return digits >= OTP_DIGITS_MIN ? 0 : -EINVAL;
}
