/* sekisho key: who has which keys. */
#include "key.h"

#include "cleanup.h"
#include "command.h"
#include "gettext.h"
#include "intojournal.h"
#include "loginuid.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static int add(const struct key_options *options, const char *argument)
{
	return argument ? key_add(options, argument) : command_usage("key");
}

static int show(const struct key_options *options, const char *argument)
{
	return argument ? key_show(options, argument) : command_usage("key");
}

static int revoke_key(const struct key_options *options, const char *argument)
{
	return argument ? key_revoke(options, argument) : command_usage("key");
}

static const struct {
	const char *name;
	int (*run)(const struct key_options *options, const char *argument);
	bool changes; /* root alone */
} verbs[] = {
	{"add", add, true},
	{"list", key_list, false},
	{"show", show, false},
	{"revoke", revoke_key, true},
};

static const struct option long_options[] = {
	{"label", required_argument, NULL, 'l'},
	{"category", required_argument, NULL, 'c'},
	{"from", required_argument, NULL, 'f'},
	{"to", required_argument, NULL, 't'},
	{"touch-only", no_argument, NULL, 'T'},
	{"roster", required_argument, NULL, 1},
	{"config", required_argument, NULL, 2},
	{"devices", required_argument, NULL, 3},
	{"token", required_argument, NULL, 4},
	{"record", required_argument, NULL, 5},
	{"child-user", required_argument, NULL, 6},
	{"state", required_argument, NULL, 7},
	{"operators", required_argument, NULL, 8},
	{"revoked", required_argument, NULL, 9},
	{"no-administrator-left", no_argument, NULL, 'N'},
	{NULL, 0, NULL, 0},
};

static int parse(int argc, char **argv, struct key_options *options)
{
	const struct {
		int option;
		const char **value;
	} texts[] = {
		{'l', &options->label},	       {'c', &options->category},
		{'f', &options->from},	       {'t', &options->to},
		{1, &options->roster},	       {2, &options->places.config},
		{3, &options->devices},	       {4, &options->token},
		{5, &options->record},	       {6, &options->user},
		{7, &options->places.state},   {8, &options->places.operators},
		{9, &options->places.revoked},
	};
	int option;

	while ((option = command_option(argc, argv, "", long_options)) != -1) {
		size_t i;

		if (option == 'T') {
			options->touch_only = true;
			continue;
		}
		if (option == 'N') {
			options->nobody_left = true;
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(texts); i++)
			if (texts[i].option == option)
				break;
		if (i == ARRAY_SIZE(texts))
			return -EINVAL;
		*texts[i].value = optarg;
	}
	return 0;
}

int key_find(const struct rosterfile *roster, const char *id, size_t *ret_index)
{
	size_t length = strlen(id);
	size_t found = 0;

	if (length < 4 || length >= ROSTER_NAME_SIZE)
		return command_fail("key", _("a key is named by the first 4 to 16 digits of the "
					     "name that 'sekisho key list' shows"));
	for (size_t i = 0; i < roster->count; i++) {
		char name[ROSTER_NAME_SIZE];

		roster_name(&roster->entries[i], name);
		if (strncmp(name, id, length) != 0)
			continue;
		*ret_index = i;
		found++;
	}
	if (found == 1)
		return COMMAND_OK;
	command_fail("key", found == 0 ? _("no key of that name; see 'sekisho key list'")
				       : _("several keys begin so; give more digits"));
	return COMMAND_NO;
}

void key_record(const struct key_options *options, enum event_kind kind,
		const struct roster_entry *entry)
{
	_cleanup_event_ struct event event = {};
	char name[ROSTER_NAME_SIZE];
	int r = event_begin(&event, kind);

	if (r == 0) {
		roster_name(entry, name);
		event_set(&event, "user", entry->user);
		event_set(&event, "credential", name);
		event_set(&event, "label", entry->label);
		event_set(&event, "attestation", entry->attestation);
		event_set_number(&event, "caller", loginuid_or_uid());
	}
	intojournal_send(options->record, &event, r);
}

/* Under the lock, so that the file is what was read of it. */
static int anybody_left(const struct key_options *options, struct rosterfile *before,
			const struct rosterfile *after)
{
	struct config_error error;

	if (rosterfile_load(options->roster, 0, before, &error) < 0)
		return command_fail("key", "%s", error.text);
	return administrators_left_check("key", &options->places, before, after);
}

int key_revoke(const struct key_options *options, const char *id)
{
	_cleanup_rosterfile_ struct rosterfile roster = {}, before = {};
	_cleanup_close_ int lock = -1;
	struct roster_entry *entry;
	struct config_error error;
	size_t index = 0;
	int r;

	r = rosterfile_lock(options->roster, &lock);
	if (r < 0)
		return command_fail("key", "%s: %s", options->roster, strerror(-r));
	r = rosterfile_load(options->roster, 0, &roster, &error);
	if (r < 0)
		return command_fail("key", "%s", error.text);
	r = key_find(&roster, id, &index);
	if (r != COMMAND_OK)
		return r;
	entry = &roster.entries[index];
	if (entry->revoked)
		return command_fail("key", _("this key is revoked already"));
	entry->revoked = roster_today();
	r = options->nobody_left ? COMMAND_OK : anybody_left(options, &before, &roster);
	if (r != COMMAND_OK)
		return r;
	r = rosterfile_save(options->roster, &roster);
	if (r < 0)
		return command_fail("key", "%s: %s", options->roster, strerror(-r));
	printf(_("Revoked for %s. It opens no door any more.\n"), entry->user);
	key_record(options, EVENT_KEY_REVOKED, entry);
	return COMMAND_OK;
}

int command_key(int argc, char **argv)
{
	struct key_options options = KEY_OPTIONS;
	const char *argument;

	if (parse(argc, argv, &options) < 0 || optind >= argc || argc - optind > 2)
		return command_usage("key");
	argument = optind + 1 < argc ? argv[optind + 1] : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, argv[optind]) != 0)
			continue;
		if (verbs[i].changes && geteuid() != 0)
			return command_fail("key", _("only root may do this; try sudo"));
		return verbs[i].run(&options, argument);
	}
	return command_usage("key");
}
