/* Which of the keys that are plugged in is the person's. */
#ifndef SEKISHO_KEYSEARCH_H
#define SEKISHO_KEYSEARCH_H

#include "keyfactor.h"

/* Waits until one key is ready, telling the person what for. */
enum failure keysearch_wait(struct keyfactor *factor, int64_t deadline);

/* Waits, silently and for two seconds at most, until every key that is there has said what it is.
 * @wanted: where there is none, for one that is just being plugged in, too. */
enum failure keysearch_settle(struct keyfactor *factor, bool wanted);

/* Whether all of .usable are on keys that stayed plugged in since they signed last, in which case
 * those, once they are ready, are KEY_HOLDS and @chosen. Nothing is asked. */
bool keysearch_recall(struct keyfactor *factor, bool chosen[static KEYS_MAX]);

/* Asks every key that was not asked yet, as soon as it is ready and without a blink, whether it
 * holds one of @entries, as many at once as one question holds. Keys that are still being opened
 * are waited for briefly; none is, once as many of .usable were found as there are. */
enum failure keysearch_ask(struct keyfactor *factor, const struct roster_entry *entries,
			   size_t count);

/* Has the keys of the same presence as @like (NULL: all) tell what a PIN or a finger needs:
 * .info. One that does not is useless then. */
enum failure keysearch_inform(struct keyfactor *factor, const struct key *like);

/* Tells, once, that a key is held by another program. */
enum failure keysearch_tell_busy(struct keyfactor *factor);

/* Why no key is ready any more. */
enum failure keysearch_lost(const struct keys *keys);

/* The first key of a presence, NULL if there is none. */
struct key *keysearch_first(struct keyfactor *factor, enum key_presence presence);

/* Keys of two people, or more, are there: which of them is meant, nobody can tell. Never where all
 * of .usable are one person's. */
bool keysearch_several_people(const struct keyfactor *factor);

/* Forgets what keys_ask found, for another list. */
void keysearch_forget(struct keyfactor *factor);

/* What a result of keys_wait() other than 0 and -ETIMEDOUT means. */
enum failure keysearch_failure(int r);

/* Puts the entries into a request. */
int keysearch_list(const struct roster_entry *entries, size_t count, struct token_list *list);

#endif
