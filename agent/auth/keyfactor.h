/* The key factor: waits for a key, asks for its PIN, has it sign, judges the answer. */
#ifndef SEKISHO_KEYFACTOR_H
#define SEKISHO_KEYFACTOR_H

#include "keys.h"
#include "lockout.h"
#include "proof.h"
#include "settings.h"
#include "tally.h"

enum keyfactor_method {
	KEYFACTOR_TOUCH,
	KEYFACTOR_FINGER, /* the token's own means */
	KEYFACTOR_PIN,
};

struct keyfactor {
	/* The caller's. */
	const struct settings *settings;
	const struct person *person;
	struct message_values values;
	struct keys *keys;
	struct tally *tally;
	struct lockout *lockout;
	const struct roster_entry *usable; /* today; never none */
	size_t n_usable;
	bool shared; /* they are several people's: .user of each says whose */
	bool nobody; /* .usable is made up: it goes every way a real one goes, but the last step */
	const struct roster_entry *unusable; /* revoked, too early, too late, model not taken */
	size_t n_unusable;
	bool strict; /* PIN or finger, whatever the settings and the roster say */
	bool otherwise; /* another factor is asked for, where no key here is the person's */

	/* The outcome, as far as it got. */
	enum keyfactor_method method;
	const struct roster_entry *entry; /* that signed, or that a refusal is about */
	bool entry_unusable; /* .entry is one of .unusable */
	struct proof proof;
	char node[sizeof(((struct key *)0)->name)];
	uint32_t instance; /* keys_instance() of the key that signed */
	int64_t answered; /* when the person answered, 0: was not asked */

	uint8_t challenge[KEYS_MAX][TOKEN_CHALLENGE];
	struct proof_demand demand[KEYS_MAX];
};

/* Whether the key's PIN or its own means are wanted with this credential; NULL: with one of those
 * that are usable. */
bool keyfactor_needs_verification(const struct keyfactor *factor, const struct roster_entry *entry);

/* FAILURE_NONE: .entry proved itself with .proof; its counter is locked and not yet settled. */
enum failure keyfactor_run(struct keyfactor *factor);

/* What the event of a log-in, or of the key alone, tells of it. */
void keyfactor_describe(const struct keyfactor *factor, struct event *event);
void keyfactor_describe_key(const struct keyfactor *factor, struct event *event);

/* Whose key it was, where the account's name does not tell. */
void keyfactor_describe_operator(const struct keyfactor *factor, struct event *event);

#endif
