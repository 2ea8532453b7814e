#include "factors.h"

#include "keysearch.h"
#include "remote.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* The answer may be shown, as the one to who comes from afar: no program takes the question for
 * the one for a password. */
static enum failure ask(struct keyfactor *key, bool remote, struct secret *typed)
{
	const bool by_key = settings_accept(key->settings, "key");
	struct message_values values = key->values;
	char host[HOST_NAME_MAX + 1] = "";
	enum message message = MESSAGE_CODE;
	int r;

	if (gethostname(host, sizeof(host)) < 0)
		return FAILURE_BROKEN;
	values.terminal = host;
	if (by_key)
		message = remote ? MESSAGE_CODE_OR_YES : MESSAGE_CODE_OR_KEY;
	r = person_ask(key->person, message, true, &values,
		       wire_now() + (int64_t)key->settings->pin_wait * 1000, typed);
	key->answered = wire_now();
	if (r == -ETIMEDOUT)
		return FAILURE_OTP_UNANSWERED;
	if (r == -ECANCELED)
		return FAILURE_CANCELLED;
	return r < 0 ? FAILURE_PROTOCOL : FAILURE_NONE;
}

/* The person chose the key; what is not there now is not waited for as long again. */
static enum failure by_key_after_all(struct keyfactor *key)
{
	enum failure failure = keysearch_settle(key, true);

	if (failure != FAILURE_NONE)
		return failure;
	return keys_count(key->keys, KEY_READY) > 0 ? keyfactor_run(key) : FAILURE_NO_KEY;
}

enum failure factors_run(struct keyfactor *key, struct otpfactor *otp,
			 const struct auth_hello *hello)
{
	const bool by_key = settings_accept(key->settings, "key");
	const bool remote = remote_is(hello);
	_cleanup_secret_ struct secret typed = {};
	enum failure failure;

	if (!settings_accept(key->settings, "otp"))
		return keyfactor_run(key);
	if (by_key && !remote) {
		failure = keysearch_settle(key, false);
		if (failure != FAILURE_NONE)
			return failure;
		key->otherwise = true;
		failure =
			keys_count(key->keys, KEY_READY) > 0 ? keyfactor_run(key) : FAILURE_NO_KEY;
		key->otherwise = false;
		if (failure != FAILURE_NO_KEY)
			return failure;
	}
	failure = ask(key, remote, &typed);
	if (failure != FAILURE_NONE)
		return failure;
	if (by_key && strcmp(typed.bytes, "yes") == 0)
		return by_key_after_all(key);
	return otpfactor_judge(otp, &typed);
}
