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
		size_t ready = keys_count(keys, KEY_READY);
		size_t asked = keys_count(keys, KEY_ASKED);
		int64_t until = deadline;

		if (ready > 0 && (asked == 0 || wire_now() >= keys->first + GRACE_MS))
			return FAILURE_NONE;
		if (ready > 0 && keys->first + GRACE_MS < until)
			until = keys->first + GRACE_MS;
		if (ready == 0 && asked == 0 && !told) {
			factor->values.seconds = factor->settings->key_wait;
			if (person_tell(factor->person, MESSAGE_INSERT, &factor->values) < 0)
				return FAILURE_CANCELLED;
			told = true;
		}
		if (ready == 0 && keysearch_tell_busy(factor) != FAILURE_NONE)
			return FAILURE_CANCELLED;
		r = keys_wait(keys, factor->person, until);
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

static void judge(struct key *key, const struct roster_entry *entries, size_t count)
{
	const struct token_reply *reply = &key->reply;

	switch (keys_status(key, TOKEN_PREFLIGHT)) {
	case TOKEN_OK:
		key->presence = KEY_UNSURE;
		for (size_t i = 0; i < count; i++) {
			if (entries[i].credential_length != reply->credential.length ||
			    memcmp(entries[i].credential, reply->credential.data,
				   reply->credential.length) != 0)
				continue;
			key->presence = KEY_HOLDS;
			key->credential = i;
			return;
		}
		if (reply->credential.length == 0 && count == 1) {
			key->presence = KEY_HOLDS;
			key->credential = 0;
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

/* The first of the entries, as many as one question holds: how many, or -errno. */
static ssize_t prepare(struct keyfactor *factor, const struct roster_entry *entries, size_t count,
		       struct token_request *request)
{
	size_t taken = 0;

	request->verb = TOKEN_PREFLIGHT;
	request->timeout_ms = PREFLIGHT_MS;
	request->pin_follows = keyfactor_needs_verification(factor, NULL);
	memcpy(request->rp_id, factor->settings->rp_id, sizeof(request->rp_id));
	request->challenge.length = TOKEN_CHALLENGE;
	if (getrandom(request->challenge.data, TOKEN_CHALLENGE, 0) != TOKEN_CHALLENGE)
		return -EIO;
	request->list.length = 0;
	while (taken < count && taken < TOKEN_LIST_MAX &&
	       token_list_add(&request->list, entries[taken].credential,
			      entries[taken].credential_length) == 0)
		taken++;
	return taken > 0 ? (ssize_t)taken : -EMSGSIZE;
}

/* Judges those that have answered; returns how many have not. */
static size_t take_answers(struct keys *keys, bool asked[static KEYS_MAX],
			   const struct roster_entry *entries, size_t count)
{
	size_t waiting = 0;

	for (size_t i = 0; i < KEYS_MAX; i++) {
		if (!asked[i])
			continue;
		if (keys->key[i].state == KEY_ASKED) {
			waiting++;
			continue;
		}
		asked[i] = false;
		judge(&keys->key[i], entries, count);
	}
	return waiting;
}

/* One question to the keys of @wanted. */
static enum failure ask_once(struct keyfactor *factor, const bool wanted[static KEYS_MAX],
			     const struct token_request *request,
			     const struct roster_entry *entries, size_t count)
{
	struct keys *keys = factor->keys;
	int64_t deadline = WIRE_NO_DEADLINE;
	bool asked[KEYS_MAX] = {};
	int r;

	for (size_t i = 0; i < KEYS_MAX; i++)
		if (wanted[i] && keys->key[i].state == KEY_READY &&
		    keys->key[i].presence == KEY_UNASKED)
			asked[i] = keys_ask(&keys->key[i], request) == 0;
	while (take_answers(keys, asked, entries, count) > 0) {
		/* Who holds the right key does not wait for another one that is out of order. */
		if (deadline == WIRE_NO_DEADLINE && keysearch_first(factor, KEY_HOLDS))
			deadline = wire_now() + GRACE_MS;
		if (keysearch_tell_busy(factor) != FAILURE_NONE)
			return FAILURE_CANCELLED;
		/* A key that is late is dropped by its own deadline. */
		r = keys_wait(keys, factor->person, deadline);
		if (r < 0 && r != -ETIMEDOUT)
			return keysearch_failure(r);
		if (wire_now() >= deadline)
			break;
	}
	return FAILURE_NONE;
}

/* What the keys said of the entries from number @first on: where those were not the last, one that
 * lacks them is asked for the next ones. */
static bool take_part(struct keys *keys, const bool wanted[static KEYS_MAX],
		      const bool held[static KEYS_MAX], size_t first, bool last)
{
	bool more = false;

	for (size_t i = 0; i < KEYS_MAX; i++) {
		struct key *key = &keys->key[i];

		if (!wanted[i] || held[i])
			continue;
		if (key->presence == KEY_HOLDS)
			key->credential += first;
		if (key->presence == KEY_LACKS && !last) {
			key->presence = KEY_UNASKED;
			more = true;
		}
	}
	return more;
}

enum failure keysearch_ask(struct keyfactor *factor, const struct roster_entry *entries,
			   size_t count)
{
	struct keys *keys = factor->keys;
	bool wanted[KEYS_MAX];
	bool more = true;

	/* One that comes meanwhile was not asked for all of them. */
	for (size_t i = 0; i < KEYS_MAX; i++)
		wanted[i] = keys->key[i].state == KEY_READY && keys->key[i].presence == KEY_UNASKED;
	for (size_t at = 0; more;) {
		_cleanup_token_request_ struct token_request request = {};
		ssize_t taken = prepare(factor, entries + at, count - at, &request);
		bool held[KEYS_MAX];
		enum failure failure;

		if (taken < 0)
			return FAILURE_BROKEN;
		for (size_t i = 0; i < KEYS_MAX; i++)
			held[i] = keys->key[i].presence == KEY_HOLDS;
		failure = ask_once(factor, wanted, &request, entries + at, (size_t)taken);
		if (failure != FAILURE_NONE)
			return failure;
		more = take_part(keys, wanted, held, at, at + (size_t)taken == count);
		at += (size_t)taken;
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
	for (size_t i = 0; i < KEYS_MAX; i++)
		factor->keys->key[i].presence = KEY_UNASKED;
}
