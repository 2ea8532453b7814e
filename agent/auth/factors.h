/* Which second factor a person is asked for, of those that the site accepts. Nobody's name makes a
 * difference to that: only where the log-in comes from, and what is plugged in. */
#ifndef SEKISHO_FACTORS_H
#define SEKISHO_FACTORS_H

#include "keyfactor.h"
#include "otpfactor.h"

enum factors_way {
	FACTORS_HERE, /* the person is at this machine */
	FACTORS_AFAR, /* sees no key of ours: none is asked before the person chose it */
	FACTORS_ONE_PROMPT, /* the program asks once: a code, with the password before it */
};

/* @pid: the program that asks; @logind as in remote_is(). */
enum factors_way factors_way(const struct settings *settings, const struct auth_hello *hello,
			     pid_t pid, const char *logind);

/* FAILURE_NONE: the key proved itself as after keyfactor_run(), or, with @otp->typed, the code was
 * accepted. @key->settings says which ones are accepted. */
enum failure factors_run(struct keyfactor *key, struct otpfactor *otp, enum factors_way way);

#endif
