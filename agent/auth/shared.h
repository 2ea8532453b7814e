/* An account that several people open, each with a key of his or her own: whose keys come into
 * question at a log-in to it. */
#ifndef SEKISHO_SHARED_H
#define SEKISHO_SHARED_H

#include "operators.h"
#include "standing.h"

#define SHARED_KEYS_MAX 256 /* of all operators of one account */

struct shared_places {
	const char *operators, *roster;
	const char *revoked; /* the collector's list */
	uid_t owner; /* whose, besides root's, the first two may be */
};

struct shared {
	bool is; /* the account is a shared one */
	struct roster_entry *entries; /* the operators' keys, usable ones first; .user: whose */
	enum failure *reasons; /* beside each: why it opens nothing today, or FAILURE_NONE */
	size_t n_usable, n_unusable;
};

/* Looks @account up in the file of operators, and its operators in the roster; @standing: what that
 * says of the account itself, whose day holds for all. Not shared, or nobody's name: .is is false.
 * FAILURE_NONE, FAILURE_ROSTER, which is told on standard error, or FAILURE_BROKEN. */
enum failure shared_find(const struct shared_places *places, const struct settings *settings,
			 const char *account, const struct standing *standing,
			 struct shared *ret_shared);
void shared_release(struct shared *shared);

/* What the roster says of @person, one of the operators, as far as it binds at @account at the
 * @moment, a log-in's being roster_now(): whichever of the two is witnessed is, and the hours are
 * the account's too. FAILURE_NONE or FAILURE_ROSTER. */
enum failure shared_person(const struct shared_places *places, const struct settings *settings,
			   const struct standing *account, const char *person,
			   struct roster_moment moment, struct standing *ret_person);

/* Gives @factor the keys to ask for; as standing_offer(), of which @standing is the place for a
 * made-up one. The person is always verified: the key alone is what others may have picked up. */
enum failure shared_offer(const struct shared *shared, struct standing *standing, int state_dirfd,
			  const char *account, struct keyfactor *factor);

/* Takes the keys of @person, "" for nobody, out. Before shared_offer(). */
void shared_leave_out(struct shared *shared, const char *person);

/* Why the key, one of .entries, opens nothing today; FAILURE_NONE: it does. */
enum failure shared_reason(const struct shared *shared, const struct roster_entry *entry);

/* What a code that was typed comes to, given what it was judged as: it would tell of nobody, so it
 * never opens a shared account. */
enum failure shared_code(const struct shared *shared, enum failure judged);

#endif
