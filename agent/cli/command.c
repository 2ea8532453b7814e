#include "command.h"

#include "cleanup.h"
#include "gettext.h"

static const struct command commands[] = {
	{"status", command_status, "[--json]", N_("show whether the agent does its work")},
	{"doctor", command_doctor,
	 "collector [--json] [--configuration FILE] [--directory DIR] [--run DIR] [--state DIR] "
	 "[--program FILE] [--receipt FILE] [--user NAME]",
	 N_("look for what keeps events from the collector, and say what to do")},
	{"check", command_check, "exits [--json] | login [--json]",
	 N_("show each way out of the terminal, or into it, and whether it is closed")},
	{"devices", command_devices, "[--json]", N_("show what is plugged in and may work")},
	{"disks", command_disks, "[list] [--json] | enrol [--again] | add DISK|EVENT",
	 N_("show, make and extend the inventory of the disks that belong into this machine")},
	{"explain", command_explain,
	 "[--rules FILE] [--directory DIR] DEVICE|EVENT | login [--config FILE] [--roster FILE] "
	 "[--state DIR] [--root DIR] [--revoked FILE] [--on DATE] USER SERVICE | login [--on DATE] "
	 "--everybody SERVICE",
	 N_("show which rules decide about a device, or about a log-in")},
	{"policy", command_policy,
	 "check [FILE...] | test [--rules FILE] [--directory DIR] [--json] DEVICE|EVENT | test "
	 "[--rules FILE] [--json] [--interfaces LIST] [--vendor HHHH] [--product HHHH] "
	 "[--serial TEXT] [--manufacturer TEXT] [--name TEXT] "
	 "[--descriptors SHA256] [--internal] [--port NAME] | simulate "
	 "[--since TIME] [--directory DIR] [--json] [DIRECTORY|FILE] | import usbguard FILE",
	 N_("try device rules before they count")},
	{"why", command_why,
	 "[--json] [--directory DIR] [--socket FILE] [--configuration FILE] [EVENT]",
	 N_("show what was refused to you, why, and what to do")},
	{"setup", command_setup,
	 "[--answers FILE] [--check] | devices [--yes] [--allow DEVICE]... [--rules FILE]",
	 N_("set this terminal up, step by step; or enrol the devices that are plugged in")},
	{"enable", command_enable, "[--yes] [--confirm-within MINUTES] [--administrator NAME]",
	 N_("ask for password and key at every log-in")},
	{"confirm", command_confirm, "", N_("keep what enable did, from a new log-in")},
	{"disable", command_disable, "[--rollback]", N_("go back to the old log-in")},
	{"events", command_events,
	 "[--follow] [--format text|json|cef|ecs|ocsf] [--verbose] [--since TIME] [--directory "
	 "DIR]",
	 N_("show what happened")},
	{"verify", command_verify,
	 "[--json] [--configuration FILE] [--directory DIR] [--receipt FILE] [--seal FILE]",
	 N_("check that the journal was not altered")},
	{"checkpoint", command_checkpoint, "[--json] [--sleep] [--socket FILE]",
	 N_("have the journal sealed now")},
	{"resend", command_resend,
	 "[--configuration FILE] [--directory DIR] [--state DIR] FILE | --from NUMBER",
	 N_("send events to the collector once more")},
	{"receipt", command_receipt, "[--configuration FILE] [--directory DIR] [--kept FILE] FILE",
	 N_("take the collector's word up to where it verified the journal")},
	{"revocations", command_revocations, "[--directory DIR] [--socket FILE] [import FILE]",
	 N_("show the collector's list of revoked keys and people, or take one")},
	{"key", command_key,
	 "add USER [--label TEXT] [--category TEXT] [--from DATE] [--to DATE] [--touch-only] | "
	 "list [USER] | show KEY | revoke [--no-administrator-left] KEY",
	 N_("register, show and revoke people's keys")},
	{"otp", command_otp,
	 "add [--hotp] [--given] [--digits 6|7|8] [--from DAY] [--to DAY] [--issuer TEXT] [--text] "
	 "[--ascii] USER | list [USER] | remove USER | resync USER",
	 N_("register, show and remove people's one-time codes")},
	{"operator", command_operator,
	 "[change] | list [ACCOUNT] | allow [--from DAY] [--to DAY] ACCOUNT PERSON | end ACCOUNT "
	 "PERSON",
	 N_("show and change who works at an account that several people share")},
	{"unlock", command_unlock, "USER | --all", N_("end the wait after too many wrong answers")},
	{"substitute", command_substitute, "answer | list | setup",
	 N_("vouch by telephone for a colleague who has forgotten the key")},
	{"roster", command_roster, "check [FILE]", N_("read every line of the roster")},
	{"import", command_import,
	 "[--apply | --dry-run] [--encoding utf-8|cp932] [--no-administrator-left] "
	 "[csv | u2f_keys | users.oath] FILE | --undo[=NUMBER] [--apply | --dry-run] "
	 "[--no-administrator-left]",
	 N_("register, transfer and end people and keys in bulk")},
	{"export", command_export, "csv | u2f_keys | users.oath FILE",
	 N_("write the people, keys or one-time codes in a form that others read")},
	{"help", command_help, "[COMMAND]", N_("show the commands, or one command's usage")},
	{"version", command_version, "", N_("show the version")},
};

const struct command_table sekisho_commands = {
	.program = "sekisho",
	.rows = commands,
	.count = ARRAY_SIZE(commands),
};
