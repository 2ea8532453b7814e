#include "command.h"

#include "cleanup.h"
#include "gettext.h"

static const struct command commands[] = {
	{"setup", collector_setup, "--name NAME [--directory DIR] [--rsyslog DIR]",
	 N_("make the authority and this collector's certificate")},
	{"terminal", collector_terminal,
	 "NAME... | --from FILE | renew NAME... | reseal NAME... | list [--directory DIR] "
	 "[--letters] [--marks FILE] [--output DIR] [--records DIR] [--unused]",
	 N_("make what each terminal needs, or show who has it")},
	{"verify", collector_verify,
	 "[--directory DIR] [--expired FILE] [--json] [--marks FILE] [--receipts DIR] "
	 "[--requests DIR] [--silent HOURS] [--temporary DIR] [FOLDER]",
	 N_("check that all arrived and that it is what the terminals wrote")},
	{"expire", collector_expire,
	 "[--at-most DAYS] [--directory DIR] [--dry-run] [--keep-days DAYS] [--temporary DIR] "
	 "[--unsealed] [FOLDER]",
	 N_("delete the days that are older than records have to be kept")},
	{"revoke", collector_revoke,
	 "key KEY... | person USER... | withdraw NAME... | renew | list [--directory DIR] "
	 "[--output DIR]",
	 N_("say which keys and people open no door of any terminal any more")},
	{"help", command_help, "[COMMAND]", N_("show the commands, or one command's usage")},
	{"version", command_version, "", N_("show the version")},
};

const struct command_table collector_commands = {
	.program = "sekisho-collector",
	.rows = commands,
	.count = ARRAY_SIZE(commands),
};
