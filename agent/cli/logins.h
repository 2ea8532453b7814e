/* The services of PAM on this machine, and the ways into each. */
#ifndef SEKISHO_LOGINS_H
#define SEKISHO_LOGINS_H

#include "pamways.h"

#include "agent/auth/loginpolicy.h"

#include <stdbool.h>

#define LOGINS_MAX	   512
#define LOGIN_NAME_MAX	   64
#define LOGIN_PROFILE_MAX  4096
#define LOGINS_INSTEAD_MAX 8

enum login_state {
	LOGIN_TWO, /* no way in with less than two factors, but root's own */
	LOGIN_ONE,
	LOGIN_UNCLEAR, /* its configuration isn't understood: counts as open */
	LOGIN_NO_DOOR, /* nobody gets in by it; logins.c says why */
	LOGIN_STATES
};

struct login {
	const char *service;
	enum login_state state;
	const struct pamstack *stack;
	const struct pamways *ways; /* root's own among them */
	/* Of LOGIN_UNCLEAR; NULL: too many ways to look at. */
	const struct pamstack_trouble *trouble;
	bool key_passes; /* account management lets in who authenticated elsewhere */
	bool alone; /* Sekisho takes key+pin there, and nothing else */
};

/* Where to look, and how. */
struct logins {
	int root; /* a descriptor of "/" */
	bool empty_passwords; /* an account has no password at all */
	/* What sekisho.conf says; NULL: it can't be read, and Sekisho's word counts as one factor.
	 */
	const struct settings *settings;
	const struct loginrules *rules;
	/* What pam-auth-update will put first into common-auth and common-account; "": nothing. */
	char auth_first[LOGIN_PROFILE_MAX], account_first[LOGIN_PROFILE_MAX];
	/* What authselect will write in the place of files, which need not be there. */
	struct {
		const char *path;
		char *text; /* allocated */
	} instead[LOGINS_INSTEAD_MAX];
	size_t n_instead;
};

/* Frees what .instead has. */
void logins_unforesee(struct logins *logins);

/* Takes the lines of a profile of pam-auth-update into @logins, to see its stack beforehand.
 * -EINVAL if it has none of either type. */
int logins_foresee(struct logins *logins, const char *profile);

/* Calls @tell for each service by name. 0, -E2BIG for too many, -errno; what @tell returns ends it
 * if it is below zero. */
int logins_walk(const struct logins *logins, int (*tell)(void *user, const struct login *login),
		void *user);

/* The same for one service. *ret_named: it has a file of its own; else libpam takes other's. */
int logins_look(const struct logins *logins, const char *service, bool *ret_named,
		int (*tell)(void *user, const struct login *login), void *user);

#endif
