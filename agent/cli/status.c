/* sekisho status: does the agent do its work? */
#include "ask.h"
#include "command.h"

#include "cleanup.h"
#include "forwarding.h"
#include "gettext.h"
#include "paths.h"
#include "revocation_list.h"
#include "substituted.h"
#include "waiting.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

/* What keeps the agent from judging, by the word it gives. */
static const struct {
	const char *word, *sentence;
} hindrances[] = {
	{"", N_("devices are judged")},
	{"audit", N_("AUDIT MODE: NOTHING IS ENFORCED; what the rules block is let in and told as "
		     "device.audited; see sekisho-devices.conf(5)")},
	{"starting", N_("NOT YET: the agent is starting")},
	{"rules", N_("NO: the device rules are wrong; only keyboards, mice and hubs are let in")},
	{"root-half", N_("NO: sekisho-priv does not answer; only keyboards, mice and hubs are let "
			 "in; see 'journalctl -u sekisho-priv'")},
	{"kernel", N_("NO: the kernel did not take the default deny; see 'sekisho events'")},
};

static const char *sentence_for(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(hindrances); i++)
		if (strcmp(hindrances[i].word, word) == 0)
			return _(hindrances[i].sentence);
	return word;
}

static long long number(const json_t *status, const char *key)
{
	return json_integer_value(json_object_get(status, key));
}

static void show_seal(const json_t *status)
{
	const char *error = ask_text(status, "seal_error");

	if (*ask_text(status, "seal") == '\0' && *error == '\0')
		printf(_("          not sealed: no seal was given to this terminal\n"));
	else if (*error)
		printf(_("          NOT SEALED: %s\n"), error);
	else
		printf(_("          sealed up to event %lld with key %s\n"),
		       number(status, "sealed"), ask_text(status, "seal"));
}

static void show_retention(const json_t *status)
{
	if (number(status, "verified") > 0)
		printf(_("          verified by the collector up to event %lld\n"),
		       number(status, "verified"));
	if (*ask_text(status, "retention_error"))
		printf(_("          OLD EVENTS ARE KEPT: %s\n"),
		       ask_text(status, "retention_error"));
}

static void show(const json_t *status)
{
	const char *rules_error = ask_text(status, "rules_error");
	const char *journal_error = ask_text(status, "journal_error");

	printf(_("agent:    %s, running for %lld s\n"), ask_text(status, "version"),
	       number(status, "seconds"));
	printf(_("judging:  %s\n"), sentence_for(ask_text(status, "hindrance")));
	printf(_("kernel:   %s; %lld of %lld buses closed\n"),
	       json_is_true(json_object_get(status, "default_denied")) ? _("default deny")
								       : _("DEFAULT NOT DENIED"),
	       number(status, "buses_closed"), number(status, "buses"));
	printf(_("devices:  %lld allowed, %lld blocked, %lld failed\n"), number(status, "allowed"),
	       number(status, "blocked"), number(status, "failed"));
	if (number(status, "challenges") > 0)
		printf(_("          a code is asked of %lld new keyboards; 'sekisho why' shows "
			 "it\n"),
		       number(status, "challenges"));
	printf(_("rules:    %lld from %s\n"), number(status, "rules"),
	       ask_text(status, "rules_file"));
	if (*rules_error)
		printf(_("          WRONG, the last good ones stay: %s\n"), rules_error);
	printf(_("journal:  %s, last event %lld (%.16s...)\n"), ask_text(status, "journal"),
	       number(status, "journal_sequence"), ask_text(status, "journal_hash"));
	if (*journal_error)
		printf(_("          CAN'T BE WRITTEN: %s; %lld events wait\n"), journal_error,
		       number(status, "events_waiting"));
	show_seal(status);
	show_retention(status);
	if (number(status, "events_lost") > 0)
		printf(_("          %lld events LOST while it could not be written\n"),
		       number(status, "events_lost"));
	if (number(status, "tampered") > 0)
		printf(_("          something that Sekisho keeps was found changed %lld times; see "
			 "'sekisho events'\n"),
		       number(status, "tampered"));
	if (number(status, "overruns") > 0)
		printf(_("          the kernel dropped messages %lld times; all was looked at "
			 "again\n"),
		       number(status, "overruns"));
}

int command_status(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {}};
	bool json = false, well;
	json_t *lines, *status, *forward, *waiting, *substituted;
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option != 'j')
			return command_usage("status");
		json = true;
	}
	if (optind != argc)
		return command_usage("status");
	lines = ask_agent("status", "status");
	if (!lines)
		return COMMAND_ERROR;
	status = json_array_get(lines, 0);
	forward = forwarding_read(SEKISHO_FORWARD_RUN);
	waiting = waiting_read(SEKISHO_AUTH_STATE, SEKISHO_CONFIG, SEKISHO_ROSTER);
	substituted = substituted_read(SEKISHO_AUTH_STATE);
	if (json) {
		json_object_set(status, "forward", forward);
		json_object_set(status, "waiting", waiting);
		json_object_set(status, "substituted", substituted);
		json_dumpf(status, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		putchar('\n');
	} else {
		show(status);
		waiting_show(waiting);
		substituted_show(substituted);
		revocation_list_show(status, SEKISHO_CONFIG);
		forwarding_show(forward, (uint64_t)number(status, "journal_sequence"));
	}
	well = json_is_true(json_object_get(status, "judging")) &&
	       strcmp(ask_text(status, "mode"), "audit") != 0 &&
	       *ask_text(status, "rules_error") == '\0' &&
	       *ask_text(status, "journal_error") == '\0' &&
	       *ask_text(status, "retention_error") == '\0' &&
	       *ask_text(status, "seal_error") == '\0' &&
	       *ask_text(json_object_get(status, "revoked"), "error") == '\0';
	json_decref(substituted);
	json_decref(waiting);
	json_decref(forward);
	json_decref(lines);
	return well ? COMMAND_OK : COMMAND_NO;
}
