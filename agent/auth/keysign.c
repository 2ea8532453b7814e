#include "keysign.h"

#include "cleanup.h"
#include "keysearch.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

const struct roster_entry *keysign_entry(const struct keyfactor *factor, const struct key *key)
{
	return key->presence == KEY_HOLDS && !factor->nobody ? &factor->usable[key->credential]
							     : NULL;
}

static enum failure failure_of(enum token_status status)
{
	static const struct {
		enum token_status status;
		enum failure failure;
	} rows[] = {
		{TOKEN_PIN_WRONG, FAILURE_PIN_WRONG},
		{TOKEN_PIN_AUTH_BLOCKED, FAILURE_PIN_AUTH_BLOCKED},
		{TOKEN_PIN_BLOCKED, FAILURE_PIN_BLOCKED},
		{TOKEN_PIN_NOT_SET, FAILURE_PIN_NOT_SET},
		{TOKEN_PIN_POLICY, FAILURE_PIN_MUST_CHANGE},
		{TOKEN_UV_WRONG, FAILURE_FINGER_WRONG},
		{TOKEN_UV_BLOCKED, FAILURE_FINGER_BLOCKED},
		{TOKEN_NO_CREDENTIAL, FAILURE_OTHER_KEY},
		{TOKEN_UNTOUCHED, FAILURE_UNTOUCHED},
		{TOKEN_SILENT, FAILURE_UNTOUCHED},
		{TOKEN_DENIED, FAILURE_DENIED},
		{TOKEN_GONE, FAILURE_KEY_GONE},
		{TOKEN_NOT_FIDO2, FAILURE_KEY_GONE},
		{TOKEN_BUSY, FAILURE_KEY_BUSY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].status == status)
			return rows[i].failure;
	return FAILURE_TOKEN_FAULT;
}

/* Sends one key its own fresh challenge. */
static enum failure begin(struct keyfactor *factor, size_t index, enum keyfactor_method method,
			  const struct secret *pin)
{
	_cleanup_token_request_ struct token_request request = {.verb = TOKEN_ASSERT};
	struct key *key = &factor->keys->key[index];
	struct proof_demand *demand = &factor->demand[index];
	const struct roster_entry *entry = keysign_entry(factor, key);
	int64_t deadline = wire_now() + (int64_t)factor->settings->touch_wait * 1000;
	enum failure failure = FAILURE_NONE;

	*demand = (struct proof_demand){
		.rp_id = factor->settings->rp_id,
		.challenge = factor->challenge[index],
		.entries = entry ? entry : factor->usable,
		.count = entry ? 1 : factor->n_usable,
		.verification = factor->strict || method != KEYFACTOR_TOUCH ||
				factor->settings->verification == SETTINGS_REQUIRED,
	};
	/* The table has no room for what is made up. */
	if (!factor->nobody)
		failure = tally_lock(factor->tally, demand->entries, demand->count, factor->person,
				     deadline);
	if (failure != FAILURE_NONE) {
		factor->entry = entry;
		return failure;
	}
	if (getrandom(factor->challenge[index], TOKEN_CHALLENGE, 0) != TOKEN_CHALLENGE)
		return FAILURE_BROKEN;
	memcpy(request.rp_id, factor->settings->rp_id, sizeof(request.rp_id));
	memcpy(request.challenge.data, factor->challenge[index], TOKEN_CHALLENGE);
	request.challenge.length = TOKEN_CHALLENGE;
	request.timeout_ms = factor->settings->touch_wait * 1000;
	request.uv = method == KEYFACTOR_FINGER;
	if (method == KEYFACTOR_PIN)
		memcpy(request.pin, pin->bytes, pin->length);
	if (keysearch_list(demand->entries, demand->count, &request.list) < 0)
		return FAILURE_ROSTER;
	key->instance = keys_instance(factor->keys, key);
	return keys_ask(key, &request) < 0 ? FAILURE_KEY_GONE : FAILURE_NONE;
}

/* Takes the answer of a key that is no longer asked. */
static enum failure finish(struct keyfactor *factor, size_t index, enum token_status *ret_status)
{
	struct key *key = &factor->keys->key[index];
	const struct proof_demand *demand = &factor->demand[index];
	enum failure failure;

	*ret_status = keys_status(key, TOKEN_ASSERT);
	memcpy(factor->node, key->name, sizeof(factor->node));
	factor->instance = key->instance;
	factor->entry = demand->count == 1 && !factor->nobody ? demand->entries : NULL;
	if (*ret_status != TOKEN_OK) {
		factor->values.left = key->reply.retries_known ? key->reply.pin_retries : 0;
		/* The try that used up the last one tells itself as wrong. */
		if (*ret_status == TOKEN_PIN_WRONG && key->reply.retries_known &&
		    key->reply.pin_retries == 0)
			return FAILURE_PIN_BLOCKED;
		return failure_of(*ret_status);
	}
	if (factor->nobody)
		return FAILURE_OTHER_KEY;
	failure = proof_verify(demand, &key->reply, &factor->proof);
	if (failure == FAILURE_NONE)
		factor->entry = &demand->entries[factor->proof.index];
	return failure;
}

/* Another one in its place is asked by nobody here. */
static bool is_asked(const struct key *key, uint64_t arrival)
{
	return key->state == KEY_ASKED && key->arrival == arrival;
}

enum failure keysign_run(struct keyfactor *factor, const bool chosen[static KEYS_MAX],
			 enum keyfactor_method method, const struct secret *pin,
			 enum token_status *ret_status)
{
	struct keys *keys = factor->keys;
	enum failure failure;
	uint64_t pending[KEYS_MAX] = {}; /* which key it is */
	size_t left = 0;
	int r;

	*ret_status = TOKEN_GONE;
	factor->method = method;
	failure = lockout_judge(factor->lockout);
	if (failure != FAILURE_NONE)
		return failure;
	failure = FAILURE_KEY_GONE;
	for (size_t i = 0; i < KEYS_MAX; i++) {
		if (!chosen[i])
			continue;
		pending[i] = keys->key[i].arrival;
		failure = begin(factor, i, method, pin);
		if (failure != FAILURE_NONE)
			goto out;
		left++;
	}
	/* With a PIN the prompt asked for the touch, where it still stands there. */
	if ((method != KEYFACTOR_PIN || factor->person->forgets) &&
	    person_tell(factor->person, method == KEYFACTOR_FINGER ? MESSAGE_FINGER : MESSAGE_TOUCH,
			&factor->values) < 0)
		failure = FAILURE_CANCELLED;
	while (left > 0 && failure == FAILURE_NONE) {
		r = keys_wait(keys, factor->person, WIRE_NO_DEADLINE);
		if (r < 0 && r != -ETIMEDOUT) {
			failure = keysearch_failure(r);
			goto out;
		}
		failure = keysearch_tell_busy(factor);
		if (failure != FAILURE_NONE)
			goto out;
		for (size_t i = 0; i < KEYS_MAX; i++) {
			if (pending[i] == 0 || is_asked(&keys->key[i], pending[i]))
				continue;
			pending[i] = 0;
			left--;
			failure = finish(factor, i, ret_status);
			/* Signed, well or badly: no other key is waited for. */
			if (*ret_status == TOKEN_OK)
				goto out;
		}
		if (left > 0)
			failure = FAILURE_NONE;
	}
out:
	for (size_t i = 0; i < KEYS_MAX; i++)
		if (is_asked(&keys->key[i], pending[i]))
			keys_cancel(&keys->key[i]);
	return failure;
}
