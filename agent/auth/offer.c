#include "offer.h"

enum factors_offer factors_offer(const struct settings *settings, enum factors_way way)
{
	const struct pairs *pairs = &settings->pairs;

	if (way == FACTORS_ONE_PROMPT)
		return pairs->otp ? FACTORS_JOINED_CODE : FACTORS_NOTHING;
	if (!pairs->otp)
		return !pairs->key	     ? FACTORS_NOTHING
		       : way == FACTORS_AFAR ? FACTORS_CONFIRMED_KEY
					     : FACTORS_KEY;
	if (!pairs->key)
		return FACTORS_CODE;
	return way == FACTORS_AFAR || pairs->otp_first ? FACTORS_CODE_OR_KEY : FACTORS_KEY_OR_CODE;
}

/* Where a key with its PIN is the pair, nobody may have asked for a password: then a colleague's
 * key would be all. */
bool factors_substitute(const struct settings *settings, enum factors_way way)
{
	return settings->pairs.key && !settings->pairs.verified && way == FACTORS_HERE;
}
