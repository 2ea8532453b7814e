#include "rehearsal.h"

#include <errno.h>
#include <security/pam_appl.h>
#include <security/pam_misc.h>
#include <unistd.h>

int rehearsal_run(const char *user, const char **ret_why)
{
	static const struct pam_conv conversation = {.conv = misc_conv};
	const char *tty = ttyname(STDIN_FILENO);
	pam_handle_t *pamh = NULL;
	int code;

	/* libpam would take the service "other" instead, which proves nothing. */
	if (access("/etc/pam.d/" REHEARSAL_SERVICE, R_OK) < 0)
		return -errno;
	code = pam_start(REHEARSAL_SERVICE, user, &conversation, &pamh);
	if (code == PAM_SUCCESS && tty)
		code = pam_set_item(pamh, PAM_TTY, tty);
	if (code == PAM_SUCCESS)
		code = pam_authenticate(pamh, PAM_DISALLOW_NULL_AUTHTOK);
	if (code == PAM_SUCCESS)
		code = pam_acct_mgmt(pamh, PAM_DISALLOW_NULL_AUTHTOK);
	*ret_why = pam_strerror(pamh, code);
	if (pamh)
		pam_end(pamh, code);
	return code == PAM_SUCCESS ? 0 : -EACCES;
}
