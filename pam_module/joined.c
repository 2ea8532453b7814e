#include "joined.h"

#include "cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Digits as keyboards of programs give them: nothing is guessed, so that there is one way to read
 * an answer. */
static bool ends_in_digits(const struct secret *typed, size_t digits)
{
	const char *code = typed->bytes + typed->length - digits;

	return strspn(code, "0123456789") == digits;
}

int joined_split(pam_handle_t *pamh, unsigned int digits, struct secret *typed)
{
	_cleanup_secret_ struct secret password = {};
	_cleanup_secret_ struct secret code = {};
	size_t before;
	int r;

	if (digits < JOINED_MIN || digits > JOINED_MAX)
		return -EBADMSG;
	/* An empty password would be one that an account without any accepts. */
	if (typed->length <= digits || !ends_in_digits(typed, digits)) {
		secret_wipe(typed);
		return 0;
	}
	before = typed->length - digits;
	r = secret_set(&password, typed->bytes, before);
	if (r == 0)
		r = secret_set(&code, typed->bytes + before, digits);
	/* libpam keeps a copy of its own, which it wipes. */
	if (r == 0 && pam_set_item(pamh, PAM_AUTHTOK, password.bytes) != PAM_SUCCESS)
		r = -ENOMEM;
	secret_wipe(typed);
	return r < 0 ? r : secret_set(typed, code.bytes, digits);
}
