/* What one log-in has come to know. Of login.c, loginfactors.c, loginproof.c, loginrecord.c,
 * loginsecond.c, vouch.c and nobody else. */
#ifndef SEKISHO_LOGINSTATE_H
#define SEKISHO_LOGINSTATE_H

#include "caller.h"
#include "event.h"
#include "factors.h"
#include "leavenote.h"
#include "login.h"
#include "phonegroup.h"
#include "settings.h"
#include "shared.h"
#include "standing.h"
#include "takeover.h"

struct login {
	const struct login_places *places;
	struct person person;
	struct auth_hello hello;
	struct caller caller;
	enum factors_way way;
	enum factors_offer offer;
	bool allowed; /* at this terminal and service: told once all factors were right */
	int64_t started;
	int state_dirfd;
	bool configured; /* .settings were read */
	struct settings settings;
	struct loginrules rules;
	struct standing standing;
	struct shared_places shared_places;
	struct shared shared;
	struct standing operator_standing; /* where .shared is: of whose key it was */
	struct keys *keys;
	struct tally tally;
	struct lockout lockout;
	struct keyfactor factor;
	struct otpfactor otp;
	struct secondperson second;
	struct substitute substitute;
	struct {
		char user[ROSTER_USER_MAX], terminal[PHONEGROUP_NAME];
	} vouched; /* for whom, where that is all that is asked */
	struct leavenote note;
	struct takeover takeover;
	struct event event; /* its id is the log-in's name from the beginning */
	int64_t record_until; /* nothing is waited for any longer; 0: nothing recorded yet */
};

#endif
