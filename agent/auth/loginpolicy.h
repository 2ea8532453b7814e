/* What holds for one person at one service of this terminal. The strictest wins: of all sections
 * that match, what each of them accepts, and whom each of them lets in. Pure: who is a member of
 * which group comes in. */
#ifndef SEKISHO_LOGINPOLICY_H
#define SEKISHO_LOGINPOLICY_H

#include "settings.h"

enum loginpolicy_match {
	LOGINPOLICY_NO,
	LOGINPOLICY_YES,
	/* Nobody can tell whether the person is a member: counts where that makes it stricter. */
	LOGINPOLICY_DOUBT,
};

/* Whether the person is a member of @group. */
typedef enum loginpolicy_match loginpolicy_member_fn(void *user, const char *group);

struct loginpolicy {
	struct pairs pairs; /* none at all: nobody gets in so */
	bool allowed; /* at this terminal and service, whatever the factors are */
	bool usual; /* no section that matches has Factors=: those of [Auth] hold */
	enum loginpolicy_match matched[LOGINRULES_MAX]; /* each rule */
	bool refuses[LOGINRULES_MAX]; /* one that matches, and does not let the person in */
};

void loginpolicy_decide(const struct settings *settings, const struct loginrules *rules,
			const char *user, const char *service, loginpolicy_member_fn *member,
			void *member_user, struct loginpolicy *ret_policy);

/* Whether nobody is granted anything at the service but by key+pin, so that Sekisho's word is two
 * factors there without a password's. @settings: as they were read. */
bool loginpolicy_alone(const struct settings *settings, const struct loginrules *rules,
		       const char *service);

/* Makes @settings those of the log-in. */
void loginpolicy_apply(const struct loginpolicy *policy, struct settings *settings);

#endif
