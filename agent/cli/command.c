#include "command.h"

#include "cleanup.h"
#include "gettext.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

const struct command commands[] = {
	{"status", command_status, "[--json]", N_("show whether the agent does its work")},
	{"devices", command_devices, "[--json]", N_("show what is plugged in and may work")},
	{"explain", command_explain, "[--rules FILE] [--directory DIR] DEVICE|EVENT",
	 N_("show which rules decide about a device")},
	{"enable", command_enable, "[--yes] [--confirm-within MINUTES] [--administrator NAME]",
	 N_("ask for password and key at every log-in")},
	{"confirm", command_confirm, "", N_("keep what enable did, from a new log-in")},
	{"disable", command_disable, "[--rollback]", N_("go back to the old log-in")},
	{"events", command_events,
	 "[--follow] [--format text|json|cef|ecs|ocsf] [--verbose] [--since TIME] [--directory "
	 "DIR]",
	 N_("show what happened")},
	{"verify", command_verify, "[--directory DIR]",
	 N_("check that the journal was not altered")},
	{"key", command_key, "add USER [--label TEXT] | list [USER] | show KEY | revoke KEY",
	 N_("register, show and revoke people's keys")},
	{"roster", command_roster, "check [FILE]", N_("read every line of the roster")},
	{"help", command_help, "[COMMAND]", N_("show the commands, or one command's usage")},
	{"version", command_version, "", N_("show the version")},
};
const size_t n_commands = ARRAY_SIZE(commands);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int command_fail(const char *name, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "sekisho %s: ", name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return COMMAND_ERROR;
}

void command_column(const char *text, int width)
{
	const char *at = text;
	mbstate_t state = {};
	int columns = 0;

	while (*at) {
		wchar_t character;
		size_t length = mbrtowc(&character, at, MB_CUR_MAX, &state);
		int wide = length <= MB_CUR_MAX ? wcwidth(character) : 1;

		/* No text of this locale: one column a byte. */
		if (length > MB_CUR_MAX) {
			memset(&state, 0, sizeof(state));
			length = 1;
		}
		columns += wide > 0 ? wide : 0;
		at += length;
	}
	printf("%s%*s", text, columns < width ? width - columns : 0, "");
}

int command_usage(const char *name)
{
	const struct command *command = command_find(name);

	fprintf(stderr, _("usage: sekisho %s %s\n"), name, command ? command->synopsis : "");
	return COMMAND_ERROR;
}
