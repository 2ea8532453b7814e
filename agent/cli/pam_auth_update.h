/* PAM as Debian's pam-auth-update(8) keeps it. */
#ifndef SEKISHO_PAM_AUTH_UPDATE_H
#define SEKISHO_PAM_AUTH_UPDATE_H

#include <stdbool.h>

#define PAM_AUTH_UPDATE		"/usr/sbin/pam-auth-update"
#define PAM_AUTH_UPDATE_PROFILE "/usr/share/pam-configs/sekisho"

struct logins;

/* Of struct stack_keeper. pam-auth-update itself leaves edited files alone: nothing forces it. */
int pam_auth_update_foresee(struct logins *logins);
int pam_auth_update_on(void);
int pam_auth_update_off(bool force);

#endif
