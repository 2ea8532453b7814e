#include "loginproof.h"

#include "loginstate.h"

static bool is_proven(const struct keyfactor *factor)
{
	return factor->proof.present && factor->entry;
}

/* A witness, or who vouched, here or at another terminal. */
static bool is_second_proven(const struct login *login)
{
	return login->second.verified &&
	       (login->substitute.by_telephone ? login->substitute.terminal[0] != '\0'
					       : is_proven(&login->second.factor));
}

enum failure loginproof_expect(const struct login *login)
{
	bool proven;

	if (login->otp.typed)
		proven = login->otp.accepted;
	else if (login->substitute.chosen)
		proven = login->second.asked && login->substitute.count > 0;
	else
		proven = is_proven(&login->factor);
	if (login->second.asked && !is_second_proven(login))
		proven = false;
	return proven ? FAILURE_NONE : FAILURE_BROKEN;
}

const struct keyfactor *loginproof_own_key(const struct login *login)
{
	return login->otp.typed || login->substitute.chosen ? NULL : &login->factor;
}
