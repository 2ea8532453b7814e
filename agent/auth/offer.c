#include "offer.h"

bool factors_afar(enum factors_way way)
{
	return way == FACTORS_AFAR || way == FACTORS_ELSEWHERE;
}

/* A question that only a touch could answer is not asked where nobody is to touch. */
static enum factors_offer by_key(enum factors_way way)
{
	if (way == FACTORS_ELSEWHERE)
		return FACTORS_KEY_AFAR;
	return way == FACTORS_AFAR ? FACTORS_CONFIRMED_KEY : FACTORS_KEY;
}

enum factors_offer factors_offer(const struct settings *settings, enum factors_way way)
{
	const struct pairs *pairs = &settings->pairs;

	if (way == FACTORS_ONE_PROMPT)
		return pairs->otp ? FACTORS_JOINED_CODE : FACTORS_NOTHING;
	if (!pairs->key)
		return pairs->otp ? FACTORS_CODE : FACTORS_NOTHING;
	if (!pairs->otp)
		return by_key(way);
	return factors_afar(way) || pairs->otp_first ? FACTORS_CODE_OR_KEY : FACTORS_KEY_OR_CODE;
}

/* Where a key with its PIN is the pair, nobody may have asked for a password: then a colleague's
 * key would be all. */
bool factors_substitute(const struct settings *settings, enum factors_way way)
{
	return settings->pairs.key && !settings->pairs.verified && way == FACTORS_HERE;
}
