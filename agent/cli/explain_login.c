#include "explain_login.h"

#include "absent.h"
#include "command.h"
#include "loginask.h"
#include "loginday.h"
#include "loginlist.h"
#include "rehearsal.h"
#include "stack.h"

#include "cleanup.h"
#include "columns.h"
#include "escape.h"
#include "file.h"
#include "gettext.h"
#include "paths.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define PAM_FILE_MAX   65536
#define PAM_FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static const struct option names[] = {
	{"config", required_argument, NULL, 1},	   {"roster", required_argument, NULL, 2},
	{"operators", required_argument, NULL, 3}, {"substitutes", required_argument, NULL, 4},
	{"state", required_argument, NULL, 5},	   {"root", required_argument, NULL, 6},
	{"revoked", required_argument, NULL, 7},   {"on", required_argument, NULL, 'o'},
	{"everybody", no_argument, NULL, 'e'},	   {},
};

/* As pam_start(3) does. */
static int take_service(const char *name, struct loginask *ask)
{
	if (strlen(name) >= sizeof(ask->service) || strchr(name, '/') || name[0] == '\0')
		return -EINVAL;
	for (size_t i = 0; name[i]; i++)
		ask->service[i] = (char)tolower((unsigned char)name[i]);
	return 0;
}

/* @ret_user: NULL for everybody. */
static int parse_arguments(int argc, char **argv, struct loginask *ask, const char **ret_user)
{
	const char **const places[] = {
		NULL,	     &ask->config, &ask->roster, &ask->operators, &ask->substitutes,
		&ask->state, &ask->root,   &ask->revoked};
	bool everybody = false;
	int option;

	while ((option = command_option(argc, argv, "", names)) != -1) {
		if (option == 'e')
			everybody = true;
		else if (option == 'o')
			ask->dated = true;
		else if (option > 0 && option < (int)ARRAY_SIZE(places))
			*places[option] = optarg;
		else
			return command_usage("explain");
		if (option == 'o' && loginday_parse(optarg, &ask->moment) < 0)
			return command_fail("explain",
					    _("\"%s\" is no day; write 2027-04-01, or \"2027-04-01 "
					      "08:30\""),
					    optarg);
	}
	if (optind + 2 - everybody != argc || take_service(argv[argc - 1], ask) < 0)
		return command_usage("explain");
	*ret_user = everybody ? NULL : argv[optind];
	return COMMAND_OK;
}

/* What is others' business is told to root alone. */
static bool may_ask(const char *user)
{
	const struct passwd *person;

	if (geteuid() == 0)
		return true;
	if (!user)
		return false;
	person = getpwuid(getuid());
	return person && strcmp(person->pw_name, user) == 0;
}

/* Whether a service of the machine asks Sekisho at all; where that can't be seen, it may. */
static bool is_asked_by_any(const char *root)
{
	_cleanup_close_ int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int folder = openat(base, "etc/pam.d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = folder < 0 ? NULL : fdopendir(folder);
	const struct dirent *entry;
	bool asked = false;

	if (!stream)
		return true;
	steal_fd(&folder);
	while (!asked && (entry = readdir(stream))) {
		_cleanup_close_ int fd = openat(dirfd(stream), entry->d_name, PAM_FILE_FLAGS);
		_cleanup_free_ char *text = NULL;
		size_t length;

		/* That one only tries a log-in before they are switched on. */
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, REHEARSAL_SERVICE) == 0)
			continue;
		asked = fd < 0 || file_read_all(fd, PAM_FILE_MAX, &text, &length) < 0 ||
			stack_names(text);
	}
	closedir(stream);
	return asked;
}

static int tell_service(void *user, const struct login *login, bool named)
{
	loginview_tell_service(user, login, named);
	return 0;
}

static int answer(struct loginask *ask, const char *name)
{
	static struct loginview view;
	char user[1024], service[512];
	enum loginview_known known;
	int r;

	loginask_look(ask, name, NULL, stdout, &view);
	escape_text(name, strlen(name), user, sizeof(user));
	escape_text(ask->service, strlen(ask->service), service, sizeof(service));
	printf(_("%s at the service %s\n"), user, service);
	r = loginask_at_service(ask, tell_service, &view);
	if (r < 0)
		return command_fail("explain", _("/etc/pam.d cannot be read: %s"), strerror(-r));
	if (!view.asked)
		return COMMAND_NO;
	loginview_tell_why(&view);
	known = loginview_tell_refusals(&view);
	loginask_forget(&view);
	if (view.open)
		return COMMAND_NO;
	if (known == LOGINVIEW_UNSEEN)
		return COMMAND_ERROR;
	return known == LOGINVIEW_YES ? COMMAND_OK : COMMAND_NO;
}

/* Without sekisho.conf nobody gets in where Sekisho is asked. */
static int fail_config(const struct loginask *ask, int r, const struct config_error *error)
{
	absent_fail("explain", ask->config, r, error);
	if (is_asked_by_any(ask->root))
		columns_print_item(stderr, "%s\n",
				   _("Every log-in is refused until that is put right."));
	return COMMAND_NO;
}

int explain_login(int argc, char **argv)
{
	static struct loginask ask = {.config = SEKISHO_CONFIG,
				      .roster = SEKISHO_ROSTER,
				      .operators = SEKISHO_OPERATORS,
				      .state = SEKISHO_AUTH_STATE,
				      .root = "/",
				      .revoked = SEKISHO_REVOCATIONS "/list",
				      .substitutes = SEKISHO_SUBSTITUTES};
	struct config_error error;
	const char *user = NULL;
	int r;

	ask.moment = roster_now();
	r = parse_arguments(argc, argv, &ask, &user);
	if (r != COMMAND_OK)
		return r;
	if (!may_ask(user))
		return command_fail("explain", _("only root may ask about other people"));
	r = loginask_load(&ask, &error);
	if (r < 0)
		return fail_config(&ask, r, &error);
	r = user ? answer(&ask, user) : loginlist_show(&ask);
	loginask_release(&ask);
	return r;
}
