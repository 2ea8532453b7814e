/* Has keys sign a challenge, and judges what they signed. */
#ifndef SEKISHO_KEYSIGN_H
#define SEKISHO_KEYSIGN_H

#include "keyfactor.h"

/* Has the keys of @chosen sign; the first touched wins, the others stop blinking. @pin for
 * KEYFACTOR_PIN, else NULL. @ret_status: how the last one ended. FAILURE_NONE: factor->entry and
 * factor->proof are set and the entry's counter is locked. */
enum failure keysign_run(struct keyfactor *factor, const bool chosen[static KEYS_MAX],
			 enum keyfactor_method method, const struct secret *pin,
			 enum token_status *ret_status);

/* The credential the key is known to hold, NULL if that is not known. */
const struct roster_entry *keysign_entry(const struct keyfactor *factor, const struct key *key);

#endif
