/* A PIN, a code or another short secret: fixed size, wiped when it goes out of scope.
 *
 * Declare as `_cleanup_secret_ struct secret pin = {};`. Never copy by assignment. */
#ifndef SEKISHO_SECRET_H
#define SEKISHO_SECRET_H

#include <stddef.h>

#define SECRET_MAX 512 /* bytes, without the closing zero */

struct secret {
	size_t length; /* bytes in use */
	char bytes[SECRET_MAX + 1]; /* zero-terminated at [length] */
};

/* Copies @length bytes in. -EMSGSIZE (and an empty secret) if they don't fit. */
int secret_set(struct secret *secret, const void *bytes, size_t length);

void secret_wipe(struct secret *secret);

#define _cleanup_secret_ __attribute__((cleanup(secret_wipe)))

#endif
