#include "explain_login.h"

#include "absent.h"
#include "administrator.h"
#include "command.h"
#include "loginview.h"
#include "rehearsal.h"
#include "stack.h"

#include "agent/auth/membership.h"
#include "agent/auth/remote.h"
#include "cleanup.h"
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

struct options {
	const char *config, *roster, *operators, *state, *root, *revoked, *substitutes;
	const char *user;
	char service[PROTOCOL_SERVICE_MAX];
};

static int parse_arguments(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"config", required_argument, NULL, 'c'},
		{"roster", required_argument, NULL, 'r'},
		{"state", required_argument, NULL, 's'},
		{"root", required_argument, NULL, '/'},
		{"revoked", required_argument, NULL, 'R'},
		{"operators", required_argument, NULL, 'o'},
		{"substitutes", required_argument, NULL, 'S'},
		{},
	};
	int option;

	while ((option = command_option(argc, argv, "", names)) != -1) {
		if (option == 'c')
			options->config = optarg;
		else if (option == 'r')
			options->roster = optarg;
		else if (option == 'o')
			options->operators = optarg;
		else if (option == 'S')
			options->substitutes = optarg;
		else if (option == 's')
			options->state = optarg;
		else if (option == '/')
			options->root = optarg;
		else if (option == 'R')
			options->revoked = optarg;
		else
			return command_usage("explain");
	}
	if (optind + 2 != argc || strlen(argv[optind + 1]) >= sizeof(options->service) ||
	    strchr(argv[optind + 1], '/') || argv[optind + 1][0] == '\0')
		return command_usage("explain");
	options->user = argv[optind];
	/* As pam_start(3) does. */
	for (size_t i = 0; argv[optind + 1][i]; i++)
		options->service[i] = (char)tolower((unsigned char)argv[optind + 1][i]);
	return COMMAND_OK;
}

/* What is others' business is told to root alone. */
static bool may_ask(const char *user)
{
	const struct passwd *person;

	if (geteuid() == 0)
		return true;
	person = getpwuid(getuid());
	return person && strcmp(person->pw_name, user) == 0;
}

/* Of a service whose people are elsewhere whatever it says of them, as sshd's. */
static bool is_said_to_be_remote(const char *service)
{
	struct auth_hello hello = {};

	snprintf(hello.service, sizeof(hello.service), "%s", service);
	return remote_is_said(&hello);
}

/* As login.c does it. */
static void decide(struct loginview *view)
{
	_cleanup_membership_ struct membership membership = {.user = view->user};

	loginpolicy_decide(&view->settings, &view->rules, view->user, view->service, membership_of,
			   &membership, &view->policy);
	loginpolicy_apply(&view->policy, &view->settings);
	view->exempt = settings_exempt(&view->settings, view->user, view->service);
	view->afar = is_said_to_be_remote(view->service);
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

struct telling {
	struct loginview *view;
	const bool *named;
};

static int tell(void *user, const struct login *login)
{
	const struct telling *telling = user;

	loginview_tell_service(telling->view, login, *telling->named);
	return 0;
}

static int tell_service(const struct options *options, const struct settings *usual,
			struct loginview *view)
{
	_cleanup_close_ int root = open(options->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct logins logins = {.root = root, .settings = usual, .rules = &view->rules};
	char name[ADMINISTRATOR_NAME_MAX];
	bool named = false;
	struct telling telling = {view, &named};

	if (root < 0)
		return -errno;
	/* Who may not read shadow(5) takes it that each account has a password. */
	logins.empty_passwords = administrator_find_open_account(name, sizeof(name)) == 0;
	return logins_look(&logins, options->service, &named, tell, &telling);
}

static int answer(const struct options *options, const struct settings *usual,
		  struct loginview *view)
{
	char user[1024], service[512];
	enum loginview_known known;
	int r;

	escape_text(view->user, strlen(view->user), user, sizeof(user));
	escape_text(view->service, strlen(view->service), service, sizeof(service));
	printf(_("%s at the service %s\n"), user, service);
	r = tell_service(options, usual, view);
	if (r < 0)
		return command_fail("explain", _("/etc/pam.d cannot be read: %s"), strerror(-r));
	if (!view->asked)
		return COMMAND_NO;
	loginview_tell_why(view);
	known = loginview_tell_refusals(view);
	if (view->open)
		return COMMAND_NO;
	if (known == LOGINVIEW_UNSEEN)
		return COMMAND_ERROR;
	return known == LOGINVIEW_YES ? COMMAND_OK : COMMAND_NO;
}

int explain_login(int argc, char **argv)
{
	struct options options = {SEKISHO_CONFIG,
				  SEKISHO_ROSTER,
				  SEKISHO_OPERATORS,
				  SEKISHO_AUTH_STATE,
				  "/",
				  SEKISHO_REVOCATIONS "/list",
				  SEKISHO_SUBSTITUTES,
				  "",
				  ""};
	static struct loginview view;
	static struct settings usual;
	struct config_error error;
	int r;

	r = parse_arguments(argc, argv, &options);
	if (r != COMMAND_OK)
		return r;
	if (!may_ask(options.user))
		return command_fail("explain", _("only root may ask about other people"));
	view = (struct loginview){.user = options.user, .service = options.service};
	r = settings_load_rules(options.config, 0, &view.settings, &view.rules, &view.places,
				&error);
	if (r < 0) {
		absent_fail("explain", options.config, r, &error);
		if (is_asked_by_any(options.root))
			fprintf(stderr, "%s\n",
				_("Every log-in is refused until that is put right."));
		return COMMAND_NO;
	}
	usual = view.settings;
	view.account = getpwnam(options.user) != NULL;
	decide(&view);
	view.roster = standing_find(options.roster, 0, options.revoked, &view.settings,
				    options.user, &view.standing);
	view.places_of_people =
		(struct shared_places){options.operators, options.roster, options.revoked, 0};
	if (view.roster == FAILURE_NONE)
		view.roster = shared_find(&view.places_of_people, &view.settings, options.user,
					  &view.standing, &view.shared);
	loginview_look_at_state(&view, options.state, options.substitutes);
	r = answer(&options, &usual, &view);
	loginrules_release(&view.rules);
	shared_release(&view.shared);
	return r;
}
