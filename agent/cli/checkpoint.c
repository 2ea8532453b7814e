/* sekisho checkpoint: has the journal sealed now, such as before the machine sleeps or an image of
 * it is taken. */
#include "ask.h"
#include "command.h"

#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

static int fail(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return command_fail("checkpoint", _("only root may have the journal sealed; try "
						    "sudo"));
	case -ENOKEY:
		command_fail("checkpoint",
			     _("nothing was sealed: this terminal has no seal that works; 'sekisho "
			       "status' and sekisho-collector(8) tell more"));
		return COMMAND_NO;
	case -EINVAL:
		return command_fail("checkpoint", _("the agent is of an earlier version: "
						    "'systemctl restart sekishod'"));
	case -ENOSPC:
	case -EDQUOT:
	case -EIO:
	case -EROFS:
		return command_fail("checkpoint",
				    _("nothing was sealed: the journal or the seal can't be "
				      "written (%s); see 'sekisho status'"),
				    strerror(-error));
	default:
		return ask_fail("checkpoint", error);
	}
}

static void show(const json_t *answer, bool json)
{
	if (json) {
		json_dumpf(answer, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		putchar('\n');
		return;
	}
	printf(_("sealed up to event %lld with key %s: %s\n"),
	       (long long)json_integer_value(json_object_get(answer, "sealed")),
	       ask_text(answer, "key"), ask_text(answer, "hash"));
}

int command_checkpoint(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"sleep", no_argument, NULL, 's'},
		{"socket", required_argument, NULL, 'c'},
		{},
	};
	const char *socket = SEKISHO_CONTROL_SOCKET, *argument = "";
	bool json = false;
	json_t *lines;
	int option, r;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'j')
			json = true;
		else if (option == 's')
			argument = "sleep";
		else if (option == 'c')
			socket = optarg;
		else
			return command_usage("checkpoint");
	}
	if (optind != argc)
		return command_usage("checkpoint");
	r = ask_verb(socket, "checkpoint", argument, &lines);
	/* Without a seal there is nothing to seal before the machine sleeps; the agent has heard of
	 * it. */
	if (r == -ENOKEY && *argument)
		return COMMAND_OK;
	if (r < 0)
		return fail(r);
	show(json_array_get(lines, 0), json);
	json_decref(lines);
	return COMMAND_OK;
}
