/* What is asked about a log-in beforehand: where, when, and by which files. */
#ifndef SEKISHO_LOGINASK_H
#define SEKISHO_LOGINASK_H

#include "colleagues.h"
#include "loginview.h"

#include "protocol.h"

struct loginask {
	const char *config, *roster, *operators, *state, *root, *revoked, *substitutes;
	char service[PROTOCOL_SERVICE_MAX];
	struct roster_moment moment;
	bool dated; /* .moment was given, and is not now */
	/* By loginask_load() */
	struct settings usual;
	struct loginrules rules;
	struct settings_places places;
	bool empty_passwords; /* an account has none, as far as is seen */
	struct colleagues colleagues; /* on the day of .moment */
	enum loginview_known telephone; /* as in loginview.h, where the service has it */
	enum failure telephone_why;
};

/* Reads sekisho.conf. -errno with @ret_error, as settings_load_rules(). */
int loginask_load(struct loginask *ask, struct config_error *ret_error);
void loginask_release(struct loginask *ask);

/* Looks one person up, all but what the service's configuration says; to be given back by
 * loginask_forget(). The strings of @ask and @user have to outlive it. @code: what was found of the
 * person's one-time code by enrolled_codes(), or NULL. */
void loginask_look(struct loginask *ask, const char *user, const int *code, FILE *out,
		   struct loginview *ret_view);
void loginask_forget(struct loginview *view);

/* Calls @tell once, with the service's configuration; @named: it has one of its own. -errno, or
 * what
 * @tell returns. */
int loginask_at_service(const struct loginask *ask,
			int (*tell)(void *user, const struct login *login, bool named), void *user);

#endif
