/* What somebody is offered, by what is accepted and where the log-in comes from. */
#ifndef SEKISHO_OFFER_H
#define SEKISHO_OFFER_H

#include "settings.h"

enum factors_way {
	/* Nobody knows, or it was not asked yet: a key as here, but nobody vouches for a person
	 * unseen. */
	FACTORS_NOWHERE,
	FACTORS_HERE, /* the person is at this machine */
	FACTORS_AFAR, /* sees no key of ours, perhaps: none is asked before the person chose it */
	FACTORS_ELSEWHERE, /* at another machine, where nobody can touch a key of ours */
	FACTORS_ONE_PROMPT, /* the program asks once: a code, with the password before it */
};

/* What somebody is offered, in its order. */
enum factors_offer {
	FACTORS_NOTHING, /* nothing is accepted: nobody gets in so */
	FACTORS_KEY,
	FACTORS_KEY_AFAR, /* nothing: the key alone is accepted, and the person is elsewhere */
	FACTORS_CONFIRMED_KEY, /* the key, after a question to who comes from afar */
	FACTORS_KEY_OR_CODE, /* the key that is the person's; where none is there, code or key */
	FACTORS_CODE_OR_KEY, /* one question for both, and for the key the answer is yes */
	FACTORS_CODE,
	FACTORS_JOINED_CODE, /* behind the password, in one answer */
	FACTORS_OFFERS
};

/* Perhaps or for certain. Pure. */
bool factors_afar(enum factors_way way);

/* By what @settings accept. Pure. */
enum factors_offer factors_offer(const struct settings *settings, enum factors_way way);

/* Whether a colleague may vouch there for whoever has forgotten the key, at services that have it
 * so. Pure. */
bool factors_substitute(const struct settings *settings, enum factors_way way);

#endif
