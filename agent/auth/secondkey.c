#include "secondkey.h"

#include "keysearch.h"
#include "secondperson.h"

#include <string.h>

static bool same_credential(const struct roster_entry *one, const struct roster_entry *other)
{
	return one->credential_length == other->credential_length &&
	       memcmp(one->credential, other->credential, one->credential_length) == 0;
}

void secondkey_drop_shared(struct secondperson *second)
{
	const struct roster_person *first = &second->first->person;
	struct standing *standing = &second->standing;
	size_t kept = 0;

	for (size_t i = 0; i < standing->n_usable; i++) {
		bool shared = false;

		for (size_t j = 0; j < first->n_entries; j++)
			shared |= same_credential(&standing->entries[i], &first->entries[j]);
		if (!shared)
			standing->entries[kept++] = standing->entries[i];
	}
	standing->n_usable = kept;
	standing->n_unusable = 0;
}

/* The device that signed may hold a key of the first one's as well, under another credential. Where
 * it does not tell, it must not be the one that signed for the first. */
static enum failure check_device(struct secondperson *second)
{
	const struct roster_person *first = &second->first->person;
	const char *node = second->factor.node;

	if (first->n_entries == 0)
		return FAILURE_NONE;
	keysearch_forget(&second->factor);
	if (keysearch_ask(&second->factor, first->entries, first->n_entries) != FAILURE_NONE)
		return FAILURE_CANCELLED;
	for (size_t i = 0; i < KEYS_MAX; i++) {
		const struct key *key = &second->keys->key[i];

		if (key->state != KEY_READY || strcmp(key->name, node) != 0)
			continue;
		if (key->presence == KEY_LACKS)
			return FAILURE_NONE;
		if (key->presence == KEY_UNSURE && strcmp(second->first_factor->node, node) != 0)
			return FAILURE_NONE;
		return FAILURE_SECOND_SHARED;
	}
	return FAILURE_KEY_GONE;
}

enum failure secondkey_verify(struct secondperson *second)
{
	struct keyfactor *factor = &second->factor;
	enum failure failure;

	factor->settings = second->settings;
	factor->person = second->person;
	factor->keys = second->keys;
	factor->tally = &second->tally;
	factor->lockout = &second->lockout;
	factor->strict = true;
	factor->values.service = second->service;
	failure = standing_offer(&second->standing, second->state_dirfd, second->name, factor);
	if (failure == FAILURE_NONE)
		failure = tally_open(second->state_dirfd, &second->tally);
	if (failure != FAILURE_NONE)
		return failure;
	/* The key that comes for this may just be plugged in. */
	keysearch_forget(factor);
	failure = keysearch_settle(factor, false);
	if (failure == FAILURE_NONE)
		failure = keyfactor_run(factor);
	if (failure == FAILURE_NONE)
		failure = tally_settle(&second->tally, factor->entry, factor->proof.counter,
				       factor->instance);
	if (failure == FAILURE_NONE)
		failure = check_device(second);
	tally_close(&second->tally);
	return failure;
}
