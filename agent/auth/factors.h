/* Which second factor a person is asked for, of those that the site accepts. A name makes no
 * difference to that but by the groups for which sekisho.conf has sections: else only where the
 * log-in comes from, and what is plugged in. */
#ifndef SEKISHO_FACTORS_H
#define SEKISHO_FACTORS_H

#include "caller.h"
#include "keyfactor.h"
#include "offer.h"
#include "otpfactor.h"
#include "substitute.h"

/* @logind: as in remote_place(). */
enum factors_way factors_way(const struct settings *settings, const struct auth_hello *hello,
			     const struct caller *caller, const char *logind);

/* FAILURE_NONE: the key proved itself as after keyfactor_run(), or, with @otp->typed, the code was
 * accepted, or, with @substitute->chosen, a colleague vouched as after substitute_run(). The
 * question before FACTORS_CONFIRMED_KEY was asked. */
enum failure factors_run(struct keyfactor *key, struct otpfactor *otp,
			 struct substitute *substitute, enum factors_offer offer,
			 enum factors_way way);

#endif
