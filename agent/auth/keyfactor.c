#include "keyfactor.h"

#include "escape.h"
#include "keysearch.h"
#include "keysign.h"

#include <errno.h>
#include <string.h>

#define FINGER_TRIES	   3
#define LEFT_WORTH_TELLING 3

static const char *keyfactor_method_name(enum keyfactor_method method)
{
	static const char *const names[] = {
		[KEYFACTOR_TOUCH] = "touch",
		[KEYFACTOR_FINGER] = "finger",
		[KEYFACTOR_PIN] = "pin",
	};

	return names[method];
}

bool keyfactor_needs_verification(const struct keyfactor *factor, const struct roster_entry *entry)
{
	if (factor->strict || factor->settings->verification == SETTINGS_REQUIRED)
		return true;
	if (entry)
		return !entry->uv_optional;
	for (size_t i = 0; i < factor->n_usable; i++)
		if (!factor->usable[i].uv_optional)
			return true;
	return false;
}

static enum keyfactor_method method_of(const struct keyfactor *factor, const struct key *key)
{
	if (!keyfactor_needs_verification(factor, keysign_entry(factor, key)))
		return KEYFACTOR_TOUCH;
	if ((key->info.flags & TOKEN_HAS_UV) && key->info.uv_retries > 0)
		return KEYFACTOR_FINGER;
	return KEYFACTOR_PIN;
}

/* Characters of a PIN, 0 if it is no UTF-8. */
static size_t count_characters(const struct secret *pin)
{
	size_t count = 0;

	for (size_t at = 0; at < pin->length; count++) {
		unsigned int point;
		size_t length = utf8_sequence(pin->bytes + at, pin->length - at, &point);

		if (length == 0)
			return 0;
		at += length;
	}
	return count;
}

/* Characters that the site and the key demand; @key NULL: any key that is there. */
static uint32_t min_pin(const struct keyfactor *factor, const struct key *key)
{
	uint32_t min = factor->settings->min_pin;

	for (size_t i = 0; i < KEYS_MAX; i++) {
		const struct key *other = &factor->keys->key[i];

		if (other->state == KEY_READY && (!key || key == other) &&
		    other->info.min_pin > min)
			min = other->info.min_pin;
	}
	return min;
}

/* @key NULL: it will be given to no key. */
static enum failure ask_pin(struct keyfactor *factor, const struct key *key, struct secret *pin)
{
	struct message_values *values = &factor->values;
	enum message message = MESSAGE_PIN;
	const struct roster_entry *entry = key ? keysign_entry(factor, key) : NULL;
	size_t holders = 0;
	int r;

	for (size_t i = 0; i < KEYS_MAX; i++)
		holders += factor->keys->key[i].presence == KEY_HOLDS;
	if (entry && entry->label[0] && holders > 1) {
		message = MESSAGE_PIN_OF_KEY;
		values->key = entry->label;
	}
	if (key && key->info.retries_known && key->info.pin_retries <= LEFT_WORTH_TELLING) {
		values->left = key->info.pin_retries;
		message = values->left == 1 ? MESSAGE_PIN_LAST : MESSAGE_PIN_LEFT;
	}
	r = person_ask(factor->person, message, false, values,
		       wire_now() + (int64_t)factor->settings->pin_wait * 1000, pin);
	factor->answered = wire_now();
	if (r == -ETIMEDOUT)
		return FAILURE_UNANSWERED;
	if (r == -ECANCELED)
		return FAILURE_CANCELLED;
	if (r < 0)
		return FAILURE_PROTOCOL;
	if (pin->length == 0)
		return FAILURE_PIN_EMPTY;
	if (pin->length >= TOKEN_PIN_MAX)
		return FAILURE_PIN_LONG;
	if (count_characters(pin) == 0)
		return FAILURE_PIN_WRONG;
	values->length = min_pin(factor, key);
	return count_characters(pin) < values->length ? FAILURE_PIN_SHORT : FAILURE_NONE;
}

/* To this key alone: on another one the PIN may be a wrong try. */
static enum failure sign_by_pin(struct keyfactor *factor, const struct key *key,
				const struct secret *pin)
{
	bool chosen[KEYS_MAX] = {};
	enum token_status status;

	if (key->state != KEY_READY)
		return FAILURE_KEY_GONE;
	chosen[key - factor->keys->key] = true;
	return keysign_run(factor, chosen, KEYFACTOR_PIN, pin, &status);
}

/* Whether others refuse to tell as well: then any of them may be the person's. */
static bool among_several(const struct keyfactor *factor, const struct key *key)
{
	size_t count = 0;

	for (size_t i = 0; i < KEYS_MAX; i++)
		count += factor->keys->key[i].state == KEY_READY &&
			 factor->keys->key[i].presence == KEY_UNSURE;
	return key->presence == KEY_UNSURE && count > 1;
}

/* Not pulled out, nor another one in its place. */
static bool is_still(const struct key *key, uint64_t arrival)
{
	return key->state == KEY_READY && key->arrival == arrival;
}

/* The token does not take a PIN now: said before one is asked for. */
static enum failure pin_possible(struct keyfactor *factor, const struct key *key)
{
	const uint64_t arrival = key->arrival;
	enum failure failure = keysearch_inform(factor, key);

	if (failure != FAILURE_NONE)
		return failure;
	if (!is_still(key, arrival))
		return keysearch_lost(factor->keys);
	if (!(key->info.flags & TOKEN_HAS_PIN))
		return FAILURE_PIN_NOT_SET;
	if (key->info.flags & TOKEN_NEW_PIN)
		return FAILURE_PIN_MUST_CHANGE;
	if (key->info.retries_known && key->info.pin_retries == 0)
		return FAILURE_PIN_BLOCKED;
	return FAILURE_NONE;
}

static enum failure by_pin(struct keyfactor *factor, struct key *key)
{
	const uint64_t arrival = key->arrival;
	_cleanup_secret_ struct secret pin = {};
	enum failure failure;

	factor->method = KEYFACTOR_PIN;
	if (among_several(factor, key))
		return FAILURE_SEVERAL_KEYS;
	factor->entry = keysign_entry(factor, key);
	memcpy(factor->node, key->name, sizeof(factor->node));
	failure = pin_possible(factor, key);
	if (failure == FAILURE_NONE)
		failure = ask_pin(factor, key, &pin);
	if (failure != FAILURE_NONE)
		return failure;
	/* While the person typed, another key may have come in the place of this one. */
	keys_wait(factor->keys, factor->person, wire_now());
	return is_still(key, arrival) ? sign_by_pin(factor, key, &pin) : FAILURE_KEY_GONE;
}

/* Touch or finger, on every key that may be the one; falls back to the PIN where there is one. */
static enum failure by_hand(struct keyfactor *factor, struct key *key, enum keyfactor_method method)
{
	const uint64_t arrival = key->arrival;
	enum token_status status = TOKEN_OK;
	enum failure failure = FAILURE_OTHER_KEY;

	for (unsigned int tries = 0; tries < FINGER_TRIES; tries++) {
		bool chosen[KEYS_MAX] = {};

		for (size_t i = 0; i < KEYS_MAX; i++) {
			struct key *other = &factor->keys->key[i];

			chosen[i] = other->state == KEY_READY && other->presence == key->presence &&
				    method_of(factor, other) == method;
		}
		failure = keysign_run(factor, chosen, method, NULL, &status);
		if (failure == FAILURE_NONE)
			return failure;
		if (status != TOKEN_UV_WRONG || (key->info.flags & TOKEN_HAS_PIN))
			break;
	}
	if (!is_still(key, arrival) || !(key->info.flags & TOKEN_HAS_PIN))
		return failure;
	if (status == TOKEN_UV_WRONG || status == TOKEN_UV_BLOCKED) {
		if (person_tell(factor->person, MESSAGE_FINGER_FAILED, &factor->values) < 0)
			return FAILURE_CANCELLED;
		return by_pin(factor, key);
	}
	return status == TOKEN_PIN_REQUIRED ? by_pin(factor, key) : failure;
}

/* Why no usable credential is on any key. */
static enum failure explain(struct keyfactor *factor)
{
	const struct key *key;

	if (factor->n_unusable > 0) {
		keysearch_forget(factor);
		if (keysearch_ask(factor, factor->unusable, factor->n_unusable) != FAILURE_NONE)
			return FAILURE_CANCELLED;
		key = keysearch_first(factor, KEY_HOLDS);
		if (key) {
			factor->entry = &factor->unusable[key->credential];
			factor->entry_unusable = true;
			memcpy(factor->node, key->name, sizeof(factor->node));
		}
	}
	return FAILURE_OTHER_KEY;
}

/* Nobody's key is there: the conversation of a person whom we don't know. What is typed goes to no
 * key, unless the right one was plugged in meanwhile. */
static enum failure by_nothing(struct keyfactor *factor)
{
	_cleanup_secret_ struct secret pin = {};
	enum failure failure;
	struct key *key;

	factor->method = KEYFACTOR_PIN;
	/* How long a PIN has to be is told as to who has the right key. */
	failure = keysearch_inform(factor, NULL);
	if (failure == FAILURE_NONE)
		failure = ask_pin(factor, NULL, &pin);
	if (failure == FAILURE_NONE)
		failure = lockout_judge(factor->lockout);
	if (failure != FAILURE_NONE)
		return failure;
	/* What inotify told while the person typed. */
	keys_wait(factor->keys, factor->person, wire_now());
	failure = keysearch_settle(factor, true);
	if (failure == FAILURE_NONE)
		failure = keysearch_ask(factor, factor->usable, factor->n_usable);
	if (failure == FAILURE_CANCELLED || failure == FAILURE_PROTOCOL)
		return failure;
	if (keysearch_several_people(factor))
		return FAILURE_SEVERAL_KEYS;
	key = keysearch_first(factor, KEY_HOLDS);
	if (!key || factor->nobody)
		return explain(factor);
	failure = pin_possible(factor, key);
	if (failure == FAILURE_CANCELLED || failure == FAILURE_PROTOCOL)
		return failure;
	return failure == FAILURE_NONE ? sign_by_pin(factor, key, &pin) : explain(factor);
}

/* A person's keys that stayed where they signed last are to be touched at once. For a touch alone:
 * a PIN would be a wrong try on a wrong key. For one person's account: of another one's key nothing
 * would be known. False: they are not all here, or lack what they had; all are to be asked. */
static bool by_recalled(struct keyfactor *factor, enum failure *ret_failure)
{
	bool chosen[KEYS_MAX] = {};
	enum token_status status;

	if (factor->shared || !keysearch_recall(factor, chosen))
		return false;
	*ret_failure = keysign_run(factor, chosen, KEYFACTOR_TOUCH, NULL, &status);
	if (*ret_failure == FAILURE_NONE)
		return true;
	/* The next time all are asked. */
	for (size_t i = 0; i < factor->n_usable; i++)
		tally_forget(factor->tally, &factor->usable[i]);
	if (status != TOKEN_NO_CREDENTIAL && status != TOKEN_PIN_REQUIRED)
		return true;
	keysearch_forget(factor);
	factor->entry = NULL;
	factor->node[0] = '\0';
	return false;
}

enum failure keyfactor_run(struct keyfactor *factor)
{
	bool by_touch;
	enum failure failure;
	struct key *key;

	failure = keysearch_wait(factor, wire_now() + (int64_t)factor->settings->key_wait * 1000);
	if (failure != FAILURE_NONE)
		return failure;
	by_touch = !factor->otherwise && !keyfactor_needs_verification(factor, NULL);
	if (by_touch && keys_count(factor->keys, KEY_READY) == 1 &&
	    keys_count(factor->keys, KEY_ASKED) == 0) {
		/* The question would cost more time than it saves. */
		for (size_t i = 0; i < KEYS_MAX; i++)
			if (factor->keys->key[i].state == KEY_READY)
				factor->keys->key[i].presence = KEY_UNSURE;
	} else if (by_touch && by_recalled(factor, &failure)) {
		return failure;
	} else {
		failure = keysearch_ask(factor, factor->usable, factor->n_usable);
		if (failure != FAILURE_NONE)
			return failure;
		if (keys_count(factor->keys, KEY_READY) == 0)
			return keysearch_lost(factor->keys);
	}
	if (keysearch_several_people(factor))
		return FAILURE_SEVERAL_KEYS;
	key = keysearch_first(factor, KEY_HOLDS);
	/* Somebody else's may not say either: who has another factor chooses. One that says nothing
	 * is given as many credentials as one question holds. */
	if (!key && !factor->otherwise && factor->n_usable <= TOKEN_LIST_MAX)
		key = keysearch_first(factor, KEY_UNSURE);
	if (!key)
		return factor->otherwise ? FAILURE_NO_KEY : by_nothing(factor);
	/* Whether a finger is there to be read, and how many tries it has left. */
	if (method_of(factor, key) != KEYFACTOR_TOUCH) {
		const uint64_t arrival = key->arrival;

		failure = keysearch_inform(factor, key);
		if (failure != FAILURE_NONE)
			return failure;
		if (!is_still(key, arrival))
			return keysearch_lost(factor->keys);
	}
	if (method_of(factor, key) == KEYFACTOR_PIN)
		return by_pin(factor, key);
	return by_hand(factor, key, method_of(factor, key));
}

void keyfactor_describe_operator(const struct keyfactor *factor, struct event *event)
{
	if (factor->shared && factor->entry)
		event_set(event, "operator", factor->entry->user);
}

void keyfactor_describe_key(const struct keyfactor *factor, struct event *event)
{
	char name[ROSTER_NAME_SIZE];

	if (!factor->entry)
		return;
	roster_name(factor->entry, name);
	event_set(event, "credential", name);
	event_set(event, "label", factor->entry->label);
	keyfactor_describe_operator(factor, event);
}

void keyfactor_describe(const struct keyfactor *factor, struct event *event)
{
	event_set(event, "node", factor->node);
	keyfactor_describe_key(factor, event);
	if (!factor->node[0])
		return;
	event_set(event, "factor", "key");
	event_set(event, "method", keyfactor_method_name(factor->method));
}
