#include "enable_ways.h"

#include "check_login.h"
#include "command.h"
#include "logins.h"
#include "stack.h"

#include "cleanup.h"
#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int tell(void *user, const struct login *login)
{
	size_t *bad = user;

	if (login->state != LOGIN_ONE && login->state != LOGIN_UNCLEAR)
		return 0;
	++*bad;
	fprintf(stderr, "%s\n", login->service);
	check_login_show(stderr, login);
	return 0;
}

int enable_check_ways(bool foreseen)
{
	/* An account without a password was refused before. */
	static struct settings settings;
	_cleanup_loginrules_ struct loginrules rules = {};
	struct config_error error;
	struct logins logins = {};
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t bad = 0;
	int r = -errno;

	if (settings_load_rules(SEKISHO_CONFIG, 0, &settings, &rules, NULL, &error) == 0) {
		logins.settings = &settings;
		logins.rules = &rules;
	}
	if (root >= 0) {
		logins.root = root;
		r = foreseen ? stack_keeper()->foresee(&logins) : 0;
	}
	if (r == 0)
		r = logins_walk(&logins, tell, &bad);
	logins_unforesee(&logins);
	if (r < 0)
		return command_fail("enable", _("/etc/pam.d cannot be read: %s"), strerror(-r));
	if (bad == 0)
		return COMMAND_OK;
	return command_fail("enable",
			    _("with Sekisho on, %zu services would let somebody in with less than "
			      "two factors, or can't be judged: take the lines that are named out "
			      "of /etc/pam.d, or let the service include %s; see 'sekisho check "
			      "login'"),
			    bad, stack_keeper()->included);
}
