#include "pam_auth_update.h"

#include "logins.h"
#include "program.h"

#include "cleanup.h"
#include "file.h"

#include <fcntl.h>

int pam_auth_update_foresee(struct logins *logins)
{
	_cleanup_free_ char *profile = NULL;
	_cleanup_close_ int fd = -1;
	size_t length;
	int r;

	r = file_open_trusted(AT_FDCWD, PAM_AUTH_UPDATE_PROFILE, 0, &fd);
	if (r < 0)
		return r;
	r = file_read_all(fd, LOGIN_PROFILE_MAX, &profile, &length);
	return r < 0 ? r : logins_foresee(logins, profile);
}

int pam_auth_update_on(void)
{
	static const char *const argv[] = {PAM_AUTH_UPDATE, "--package", "--enable", "sekisho",
					   NULL};

	return program_run(argv);
}

int pam_auth_update_off(bool force)
{
	static const char *const argv[] = {PAM_AUTH_UPDATE, "--package", "--disable", "sekisho",
					   NULL};

	(void)force;
	return program_run(argv);
}
