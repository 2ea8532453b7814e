/* sekisho revocations: the collector's list of what is revoked, as it is here; and takes one that
 * came by a file. The agent judges it: no byte of it is parsed here. */
#include "revocation_list.h"

#include "ask.h"
#include "command.h"

#include "agent/auth/settings.h"
#include "cleanup.h"
#include "file.h"
#include "gettext.h"
#include "paths.h"
#include "revocations.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

#define BROUGHT "brought" /* where the agent looks for it */

struct list_places {
	const char *directory, *socket;
};

static const struct {
	int error;
	const char *words;
} refusals[] = {
	{-EKEYREJECTED, N_("not signed by the collector; fetch it there again")},
	{-EBADMSG, N_("signed by the collector, but not such a list of this version")},
	{-ESTALE, N_("an older list than the one here; fetch the newest one at the collector")},
	{-EINVAL,
	 N_("collector.conf is wrong, names no collector (Name=) or no Authority= that is here")},
};

static int fail(const char *path, int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].error == error)
			return command_fail("revocations", "%s: %s", path, _(refusals[i].words));
	if (error == -ENOENT || error == -ECONNREFUSED || error == -EACCES)
		return ask_fail("revocations", error);
	return command_fail("revocations", _("%s: the list can't be taken: %s"), path,
			    strerror(-error));
}

static int show(const struct list_places *places)
{
	_cleanup_revocations_ struct revocations list = {};
	char path[4096];
	int r;

	snprintf(path, sizeof(path), "%s/list", places->directory);
	r = revocations_load(path, &list);
	if (r == -ENOENT) {
		printf(_("no list of the collector's is here\n"));
		return COMMAND_NO;
	}
	if (r < 0)
		return command_fail("revocations", _("%s: can't be read: %s"), path, strerror(-r));
	printf(_("list %lld of %.10s, %u days old\n"), (long long)list.number, list.time,
	       revocations_age(&list, time(NULL)));
	revocations_print(&list);
	return COMMAND_OK;
}

static int read_letter(const char *path, char **ret_text, size_t *ret_length)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r = fd < 0 ? -errno : file_read_all(fd, SIGNED_FILE_MAX, ret_text, ret_length);

	return r < 0 ? command_fail("revocations", _("%s: can't be read: %s"), path, strerror(-r))
		     : COMMAND_OK;
}

/* It lies there as long as the agent looks at it. */
static int take(const struct list_places *places, const char *path)
{
	_cleanup_close_ int folder =
		open(places->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	json_t *lines = NULL;
	size_t length = 0;
	int r = folder < 0 ? -errno : 0, status = read_letter(path, &text, &length);

	if (status != COMMAND_OK)
		return status;
	if (r == 0)
		r = file_write_atomic(folder, BROUGHT, text, length, 0644);
	if (r < 0)
		return command_fail("revocations", _("%s: can't be written: %s"), places->directory,
				    strerror(-r));
	r = ask_verb(places->socket, "revoked", BROUGHT, &lines);
	unlinkat(folder, BROUGHT, 0);
	if (r < 0)
		return fail(path, r);
	json_decref(lines);
	return show(places);
}

void revocation_list_show(const json_t *status, const char *config)
{
	const json_t *object = json_object_get(status, "revoked");
	const char *text = ask_text(object, "time"), *error = ask_text(object, "error");
	const long long number = json_integer_value(json_object_get(object, "number"));
	_cleanup_free_ struct settings *settings = calloc(1, sizeof(*settings));
	struct revocations list = {};
	struct config_error wrong;
	uint32_t age, most = 0;

	/* What is wrong with it is told where it refuses log-ins. */
	if (settings && settings_load(config, 0, settings, &wrong) == 0)
		most = settings->max_revocation_age;
	if (!object)
		return;
	if (*error) {
		printf(_("revoked:  THE COLLECTOR'S LIST CAN'T BE READ (%s): NOBODY CAN LOG IN; "
			 "see "
			 "sekisho-authd(8)\n"),
		       error);
		return;
	}
	if (number == 0) {
		printf("%s",
		       most ? _("revoked:  NO LIST of the collector's is here: NOBODY CAN LOG IN "
				"(MaxRevocationAgeDays)\n")
			    : _("revoked:  no list of the collector's is here\n"));
		return;
	}
	snprintf(list.time, sizeof(list.time), "%s", text);
	age = revocations_age(&list, time(NULL));
	printf(_("revoked:  %lld keys, %lld people; list %lld of %.10s, %u days old\n"),
	       (long long)json_integer_value(json_object_get(object, "keys")),
	       (long long)json_integer_value(json_object_get(object, "people")), number, text, age);
	if (most && age > most)
		printf(_("          TOO OLD: NOBODY CAN LOG IN (MaxRevocationAgeDays=%u)\n"), most);
	else if (most)
		printf(_("          in %u days it is too old, and nobody can log in\n"),
		       most - age + 1);
}

int command_revocations(int argc, char **argv)
{
	static const struct option options[] = {
		{"directory", required_argument, NULL, 'd'},
		{"socket", required_argument, NULL, 's'},
		{},
	};
	struct list_places places = {SEKISHO_REVOCATIONS, SEKISHO_CONTROL_SOCKET};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'd')
			places.directory = optarg;
		else if (option == 's')
			places.socket = optarg;
		else
			return command_usage("revocations");
	}
	argc -= optind;
	argv += optind;
	if (argc == 0)
		return show(&places);
	if (argc != 2 || strcmp(argv[0], "import") != 0)
		return command_usage("revocations");
	if (geteuid() != 0)
		return command_fail("revocations", _("only root may do this; try sudo"));
	return take(&places, argv[1]);
}
