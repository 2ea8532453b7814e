/* Which second factor a person is asked for, of those that the site accepts. Nobody's name makes a
 * difference to that: only where the log-in comes from, and what is plugged in. */
#ifndef SEKISHO_FACTORS_H
#define SEKISHO_FACTORS_H

#include "keyfactor.h"
#include "otpfactor.h"

/* FAILURE_NONE: the key proved itself as after keyfactor_run(), or, with @otp->typed, the code was
 * accepted. @key->settings says which ones are accepted. */
enum failure factors_run(struct keyfactor *key, struct otpfactor *otp,
			 const struct auth_hello *hello);

#endif
