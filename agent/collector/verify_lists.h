/* Which terminals don't have the newest list of what is revoked (revocations.h), by what they
 * recorded. No damage: a terminal that is off has an old one. */
#ifndef SEKISHO_VERIFY_LISTS_H
#define SEKISHO_VERIFY_LISTS_H

#include "verify_show.h"

/* Shows each; a JSON array of them, the caller's, where that is asked for. Nothing where no list
 * was made, or it can't be read, which is told. @ret_newest: its number, or 0. */
json_t *verify_lists_show(const struct verification *verification, const struct audit *audit,
			  int64_t *ret_newest);

#endif
