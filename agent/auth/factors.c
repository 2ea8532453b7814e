#include "factors.h"

#include "keysearch.h"
#include "remote.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static enum failure answered(int r)
{
	if (r == -ETIMEDOUT)
		return FAILURE_OTP_UNANSWERED;
	if (r == -ECANCELED)
		return FAILURE_CANCELLED;
	return r < 0 ? FAILURE_PROTOCOL : FAILURE_NONE;
}

/* The answer may be shown, as the one to who comes from afar: no program takes the question for
 * the one for a password. */
static enum failure ask(struct keyfactor *key, enum factors_offer offer, bool remote,
			const char *words, struct secret *typed)
{
	const bool by_code = key->settings->pairs.otp;
	struct message_values values = key->values;
	char host[HOST_NAME_MAX + 1] = "";
	enum message message = MESSAGE_CODE;
	int r;

	if (gethostname(host, sizeof(host)) < 0)
		return FAILURE_BROKEN;
	values.terminal = host;
	values.words = words;
	if (words[0])
		message = by_code ? MESSAGE_CODE_KEY_OR_WORDS : MESSAGE_KEY_OR_WORDS;
	else if (offer != FACTORS_CODE)
		message = remote ? MESSAGE_CODE_OR_YES : MESSAGE_CODE_OR_KEY;
	r = person_ask(key->person, message, true, &values,
		       wire_now() + (int64_t)key->settings->pin_wait * 1000, typed);
	key->answered = wire_now();
	return answered(r);
}

/* The password stays with the module, which parts the two. */
static enum failure ask_joined(struct keyfactor *key, const struct otpfactor *otp,
			       struct secret *typed)
{
	int r = person_ask_joined(key->person, MESSAGE_PASSWORD_AND_CODE, otpfactor_digits(otp),
				  &key->values,
				  wire_now() + (int64_t)key->settings->pin_wait * 1000, typed);

	key->answered = wire_now();
	return answered(r);
}

/* The person chose the key; what is not there now is not waited for as long again. */
static enum failure by_key_after_all(struct keyfactor *key)
{
	enum failure failure = keysearch_settle(key, true);

	if (failure != FAILURE_NONE)
		return failure;
	return keys_count(key->keys, KEY_READY) > 0 ? keyfactor_run(key) : FAILURE_NO_KEY;
}

enum factors_way factors_way(const struct settings *settings, const struct auth_hello *hello,
			     const struct caller *caller, const char *logind)
{
	if (settings_single_prompt(settings, hello->service))
		return FACTORS_ONE_PROMPT;
	switch (remote_place(hello, caller, logind)) {
	case SESSION_HERE:
		return FACTORS_HERE;
	case SESSION_AFAR:
		return FACTORS_AFAR;
	case SESSION_ELSEWHERE:
		return FACTORS_ELSEWHERE;
	case SESSION_NOWHERE:
		break;
	}
	return FACTORS_NOWHERE;
}

/* FAILURE_NO_KEY: none of those that are there is the person's, and nothing was asked. */
static enum failure by_key_at_hand(struct keyfactor *key)
{
	enum failure failure = keysearch_settle(key, false);

	if (failure != FAILURE_NONE)
		return failure;
	key->otherwise = true;
	failure = keys_count(key->keys, KEY_READY) > 0 ? keyfactor_run(key) : FAILURE_NO_KEY;
	key->otherwise = false;
	return failure;
}

enum failure factors_run(struct keyfactor *key, struct otpfactor *otp,
			 struct substitute *substitute, enum factors_offer offer,
			 enum factors_way way)
{
	const char *words =
		factors_substitute(key->settings, way) ? substitute_words(substitute) : "";
	_cleanup_secret_ struct secret typed = {};
	enum failure failure = FAILURE_NO_KEY;

	switch (offer) {
	case FACTORS_NOTHING:
	case FACTORS_OFFERS:
		return FAILURE_NO_FACTORS;
	case FACTORS_KEY_AFAR:
		return FAILURE_KEY_AFAR;
	case FACTORS_CONFIRMED_KEY:
		return keyfactor_run(key);
	case FACTORS_KEY:
		failure = words[0] ? by_key_at_hand(key) : keyfactor_run(key);
		if (!words[0])
			return failure;
		break;
	case FACTORS_JOINED_CODE:
		failure = ask_joined(key, otp, &typed);
		return failure == FAILURE_NONE ? otpfactor_judge(otp, &typed) : failure;
	case FACTORS_KEY_OR_CODE:
		failure = by_key_at_hand(key);
		break;
	case FACTORS_CODE_OR_KEY:
	case FACTORS_CODE:
		break;
	}
	if (failure != FAILURE_NO_KEY)
		return failure;
	failure = ask(key, offer, factors_afar(way), words, &typed);
	if (failure != FAILURE_NONE)
		return failure;
	if (offer != FACTORS_CODE && strcmp(typed.bytes, "yes") == 0)
		return by_key_after_all(key);
	if (words[0] && substitute_is_meant(substitute, typed.bytes))
		return substitute_run(substitute);
	return key->settings->pairs.otp ? otpfactor_judge(otp, &typed) : FAILURE_NOT_CONFIRMED;
}
