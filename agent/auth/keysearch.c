#include "keysearch.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define GRACE_MS     400 /* for slower keys, once one is ready, or known to be the person's */
#define SETTLE_MS    2000 /* for a key that is plugged in to say what it is */
#define PREFLIGHT_MS 2000

enum failure keysearch_failure(int r)
{
	if (r == -ECANCELED)
		return FAILURE_CANCELLED;
	return r == -EBADMSG ? FAILURE_PROTOCOL : FAILURE_BROKEN;
}

static bool any_busy(const struct keys *keys)
{
	for (size_t i = 0; i < KEYS_MAX; i++)
		if (keys->key[i].state == KEY_ASKED && keys->key[i].busy)
			return true;
	return false;
}

enum failure keysearch_tell_busy(struct keyfactor *factor)
{
	if (!factor->keys->busy)
		return FAILURE_NONE;
	factor->keys->busy = false;
	return person_tell(factor->person, MESSAGE_KEY_BUSY, &factor->values) < 0
		       ? FAILURE_CANCELLED
		       : FAILURE_NONE;
}

enum failure keysearch_lost(const struct keys *keys)
{
	for (size_t i = 0; i < KEYS_MAX; i++)
		if (keys->key[i].state == KEY_USELESS && keys->key[i].reply.status == TOKEN_BUSY)
			return FAILURE_KEY_BUSY;
	return FAILURE_KEY_GONE;
}

enum failure keysearch_wait(struct keyfactor *factor, int64_t deadline)
{
	struct keys *keys = factor->keys;
	bool told = false;
	int r;

	for (;;) {
		if (keys_count(keys, KEY_READY) > 0)
			return FAILURE_NONE;
		if (keys_count(keys, KEY_ASKED) == 0 && !told) {
			factor->values.seconds = factor->settings->key_wait;
			if (person_tell(factor->person, MESSAGE_INSERT, &factor->values) < 0)
				return FAILURE_CANCELLED;
			told = true;
		}
		if (keysearch_tell_busy(factor) != FAILURE_NONE)
			return FAILURE_CANCELLED;
		r = keys_wait(keys, factor->person, deadline);
		if (r < 0 && r != -ETIMEDOUT)
			return keysearch_failure(r);
		if (wire_now() >= deadline && keys_count(keys, KEY_READY) == 0)
			return any_busy(keys) ? FAILURE_KEY_BUSY : FAILURE_NO_KEY;
	}
}

enum failure keysearch_settle(struct keyfactor *factor, bool wanted)
{
	const int64_t deadline = wire_now() + SETTLE_MS;
	struct keys *keys = factor->keys;
	int r;

	while (wire_now() < deadline &&
	       (keys_count(keys, KEY_ASKED) > 0 || (wanted && keys_count(keys, KEY_READY) == 0))) {
		r = keys_wait(keys, factor->person, deadline);
		if (r < 0 && r != -ETIMEDOUT)
			return keysearch_failure(r);
	}
	return FAILURE_NONE;
}

int keysearch_list(const struct roster_entry *entries, size_t count, struct token_list *list)
{
	list->length = 0;
	for (size_t i = 0; i < count; i++) {
		int r = token_list_add(list, entries[i].credential, entries[i].credential_length);

		if (r < 0)
			return r;
	}
	return 0;
}

static void judge(struct key *key, const struct roster_entry *entries)
{
	const struct token_reply *reply = &key->reply;

	switch (keys_status(key, TOKEN_PREFLIGHT)) {
	case TOKEN_OK:
		key->presence = KEY_UNSURE;
		for (size_t i = key->from; i < key->from + key->count; i++) {
			if (entries[i].credential_length != reply->credential.length ||
			    memcmp(entries[i].credential, reply->credential.data,
				   reply->credential.length) != 0)
				continue;
			key->presence = KEY_HOLDS;
			key->credential = i;
			return;
		}
		if (reply->credential.length == 0 && key->count == 1) {
			key->presence = KEY_HOLDS;
			key->credential = key->from;
		}
		return;
	case TOKEN_NO_CREDENTIAL:
		key->presence = KEY_LACKS;
		return;
	case TOKEN_GONE:
	case TOKEN_SILENT:
	case TOKEN_NOT_FIDO2:
	case TOKEN_BUSY:
		/* Pulled out, out of order or held: nobody's wrong key. */
		keys_cancel(key);
		return;
	default:
		/* It wants a touch or a PIN before it says anything, or does not know the
		 * question. */
		key->presence = KEY_UNSURE;
		return;
	}
}

/* Of the entries from number .from on, as many as one question holds. */
static int question(struct keyfactor *factor, struct key *key, const struct roster_entry *entries,
		    size_t count)
{
	_cleanup_token_request_ struct token_request request = {
		.verb = TOKEN_PREFLIGHT,
		.timeout_ms = PREFLIGHT_MS,
		.inform = keyfactor_needs_verification(factor, NULL),
		.challenge.length = TOKEN_CHALLENGE,
	};
	size_t at = key->from;

	memcpy(request.rp_id, factor->settings->rp_id, sizeof(request.rp_id));
	if (getrandom(request.challenge.data, TOKEN_CHALLENGE, 0) != TOKEN_CHALLENGE)
		return -EIO;
	while (at < count && at - key->from < TOKEN_LIST_MAX &&
	       token_list_add(&request.list, entries[at].credential,
			      entries[at].credential_length) == 0)
		at++;
	if (at == key->from)
		return -EMSGSIZE;
	key->count = at - key->from;
	key->questioned = keys_ask(key, &request) == 0;
	return 0;
}

/* Judges what the key answered, and asks it for what it was not asked for yet. */
static int advance(struct keyfactor *factor, struct key *key, const struct roster_entry *entries,
		   size_t count)
{
	if (key->state == KEY_ASKED)
		return 0;
	if (key->questioned) {
		key->questioned = false;
		judge(key, entries);
		if (key->presence == KEY_LACKS && key->from + key->count < count) {
			key->presence = KEY_UNASKED;
			key->from += key->count;
		}
	}
	return key->state == KEY_READY && key->presence == KEY_UNASKED
		       ? question(factor, key, entries, count)
		       : 0;
}

/* The key that signed with the entry last, ready or being opened; KEYS_MAX: none. */
static size_t last_with(const struct keyfactor *factor, const struct roster_entry *entry)
{
	for (size_t i = 0; i < KEYS_MAX; i++) {
		const struct key *key = &factor->keys->key[i];

		if ((key->state == KEY_READY || key->state == KEY_ASKED) &&
		    tally_was_with(factor->tally, entry, keys_instance(factor->keys, key)))
			return i;
	}
	return KEYS_MAX;
}

bool keysearch_recall(struct keyfactor *factor, bool chosen[static KEYS_MAX])
{
	struct keys *keys = factor->keys;

	for (size_t i = 0; i < factor->n_usable; i++) {
		const size_t at = last_with(factor, &factor->usable[i]);

		if (at == KEYS_MAX)
			return false;
		chosen[at] = true;
		keys->key[at].credential = i;
	}
	for (size_t i = 0; i < KEYS_MAX; i++) {
		struct key *key = &keys->key[i];
		const uint64_t arrival = key->arrival;

		while (chosen[i] && key->state == KEY_ASKED && key->arrival == arrival)
			if (keys_wait(keys, factor->person, keys->first + GRACE_MS) < 0)
				return false;
		if (chosen[i] && (key->state != KEY_READY || key->arrival != arrival))
			return false;
	}
	for (size_t i = 0; i < KEYS_MAX; i++)
		if (chosen[i])
			keys->key[i].presence = KEY_HOLDS;
	return true;
}

/* Until when keys are waited for, 0: for none any more. */
static int64_t patience(const struct keyfactor *factor, const struct roster_entry *entries,
			int64_t held)
{
	const struct keys *keys = factor->keys;
	size_t questioned = 0, opened = 0, holders = 0;

	for (size_t i = 0; i < KEYS_MAX; i++) {
		const struct key *key = &keys->key[i];

		questioned += key->state == KEY_ASKED && key->questioned;
		opened += key->state == KEY_ASKED && !key->questioned;
		holders += key->state == KEY_READY && key->presence == KEY_HOLDS;
	}
	/* One person's keys are all found: what others are does not matter. */
	if (entries == factor->usable && !factor->shared && holders == factor->n_usable)
		return 0;
	/* Who holds the right key does not wait for another one that is out of order; without it, a
	 * key that is late with its answer is dropped by its own deadline. */
	if (questioned > 0)
		return holders > 0 ? held + GRACE_MS : WIRE_NO_DEADLINE;
	return opened > 0 ? keys->first + GRACE_MS : 0;
}

enum failure keysearch_ask(struct keyfactor *factor, const struct roster_entry *entries,
			   size_t count)
{
	struct keys *keys = factor->keys;
	int64_t held = 0;

	for (;;) {
		int64_t until;
		int r;

		for (size_t i = 0; i < KEYS_MAX; i++)
			if (advance(factor, &keys->key[i], entries, count) < 0)
				return FAILURE_BROKEN;
		if (held == 0 && keysearch_first(factor, KEY_HOLDS))
			held = wire_now();
		until = patience(factor, entries, held);
		if (wire_now() >= until)
			return FAILURE_NONE;
		if (keysearch_tell_busy(factor) != FAILURE_NONE)
			return FAILURE_CANCELLED;
		r = keys_wait(keys, factor->person, until);
		if (r < 0 && r != -ETIMEDOUT)
			return keysearch_failure(r);
	}
}

enum failure keysearch_inform(struct keyfactor *factor, const struct key *like)
{
	const enum key_presence presence = like ? like->presence : KEY_UNASKED;
	struct keys *keys = factor->keys;
	uint64_t asked[KEYS_MAX] = {}; /* which key it was */
	size_t left = 0;

	for (size_t i = 0; i < KEYS_MAX; i++) {
		struct key *key = &keys->key[i];

		if (key->state != KEY_READY || key->questioned || key->info.informed ||
		    (like && key->presence != presence))
			continue;
		if (keys_inform(key) < 0)
			continue;
		asked[i] = key->arrival;
		left++;
	}
	while (left > 0) {
		int r;

		if (keysearch_tell_busy(factor) != FAILURE_NONE)
			return FAILURE_CANCELLED;
		r = keys_wait(keys, factor->person, WIRE_NO_DEADLINE);
		if (r < 0 && r != -ETIMEDOUT)
			return keysearch_failure(r);
		for (size_t i = 0; i < KEYS_MAX; i++) {
			struct key *key = &keys->key[i];

			bool same = key->arrival == asked[i];

			if (asked[i] == 0 || (same && key->state == KEY_ASKED))
				continue;
			asked[i] = 0;
			left--;
			/* Without it nobody may be asked for its PIN. */
			if (same && key->state == KEY_READY &&
			    keys_status(key, TOKEN_INFO) != TOKEN_OK)
				keys_cancel(key);
		}
	}
	return FAILURE_NONE;
}

bool keysearch_several_people(const struct keyfactor *factor)
{
	const struct roster_entry *first = NULL;

	for (size_t i = 0; i < KEYS_MAX; i++) {
		const struct key *key = &factor->keys->key[i];
		const struct roster_entry *entry;

		if (key->state != KEY_READY || key->presence != KEY_HOLDS || factor->nobody)
			continue;
		entry = &factor->usable[key->credential];
		if (first && strcmp(first->user, entry->user) != 0)
			return true;
		first = entry;
	}
	return false;
}

struct key *keysearch_first(struct keyfactor *factor, enum key_presence presence)
{
	for (size_t i = 0; i < KEYS_MAX; i++) {
		struct key *key = &factor->keys->key[i];

		if (key->state == KEY_READY && key->presence == presence)
			return key;
	}
	return NULL;
}

void keysearch_forget(struct keyfactor *factor)
{
	for (size_t i = 0; i < KEYS_MAX; i++) {
		struct key *key = &factor->keys->key[i];

		key->presence = KEY_UNASKED;
		key->questioned = false;
		key->from = 0;
	}
}
