/* sekisho export: the roster and the seeds in forms that others read. What a form has no word for
 * is named on standard error, line by line. */
#include "export.h"

#include "agent/auth/rosterfile.h"
#include "cleanup.h"
#include "command.h"
#include "escape.h"
#include "gettext.h"
#include "number.h"
#include "paths.h"
#include "u2fkeys.h"

#include <csv.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

void export_lost(struct export *export, const char *user, const char *what)
{
	char visible[4 * ROSTER_USER_MAX];

	export->lost++;
	escape_text(user, strlen(user), visible, sizeof(visible));
	fprintf(stderr, "%s: %s: %s\n", visible, _("NOT CARRIED OVER"), what);
}

static void write_field(FILE *out, const char *text, bool last)
{
	csv_fwrite(out, text, strlen(text));
	fputs(last ? "\r\n" : ",", out);
}

static void write_day(FILE *out, uint32_t day)
{
	char text[16] = "";

	if (day)
		snprintf(text, sizeof(text), "%04u-%02u-%02u", day / 10000 % 10000, day / 100 % 100,
			 day % 100);
	write_field(out, text, false);
}

/* In the order of the first row below. */
static void write_row(FILE *out, const char *user, const struct roster_entry *row,
		      const struct roster_terms *terms)
{
	char rights[ROSTER_RIGHTS_SIZE], hours[ROSTER_HOURS_SIZE];
	char credential[2 * ROSTER_CREDENTIAL_MAX + 1] = "", key[2 * ROSTER_KEY_MAX + 1] = "";
	char model[2 * sizeof(row->aaguid) + 1] = "";
	const bool is_key = row->credential_length > 0;

	roster_format_rights(terms->rights, rights);
	roster_format_hours(terms, hours);
	hex_format(row->credential, row->credential_length, credential);
	hex_format(row->key, row->key_length, key);
	if (row->has_aaguid)
		hex_format(row->aaguid, sizeof(row->aaguid), model);
	write_field(out, user, false);
	write_field(out, "add", false);
	write_field(out, row->label, false);
	write_field(out, row->category, false);
	write_day(out, row->from);
	write_day(out, row->to);
	write_field(out, credential, false);
	write_field(out, is_key ? roster_algorithms[row->algorithm].name : "", false);
	write_field(out, key, false);
	write_field(out, !is_key ? "" : row->uv_optional ? "none" : "required", false);
	write_field(out, model, false);
	write_field(out, row->attestation, false);
	write_day(out, row->revoked);
	write_field(out, rights, false);
	write_field(out, terms->witnessed ? "yes" : "", false);
	write_field(out, hours, true);
}

static int export_csv(struct export *export, const struct rosterfile *roster)
{
	static const struct roster_terms none;

	/* The mark tells Excel that it is UTF-8. */
	fputs("\xef\xbb\xbfperson,operation,label,category,valid from,valid to,credential,"
	      "algorithm,public key,verification,model,attestation,revoked,"
	      "rights,witnessed,hours\r\n",
	      export->out);
	for (size_t i = 0; i < roster->n_periods; i++) {
		const struct roster_period *period = &roster->periods[i];
		struct roster_entry row = {.from = period->from, .to = period->to};

		memcpy(row.label, period->label, sizeof(row.label));
		memcpy(row.category, period->category, sizeof(row.category));
		write_row(export->out, period->user, &row, &period->terms);
	}
	for (size_t i = 0; i < roster->count; i++)
		write_row(export->out, roster->entries[i].user, &roster->entries[i], &none);
	return COMMAND_OK;
}

/* Whether pam-u2f may have this key: it would let people in whose rights are over, or not begun. */
static bool good_today(struct export *export, const struct rosterfile *roster,
		       const struct roster_entry *key)
{
	char name[ROSTER_NAME_SIZE], text[128];
	size_t count;
	const struct roster_period *periods = rosterfile_periods(roster, key->user, &count);

	roster_name(key, name);
	/* It would be the end of the name there, and the key somebody else's. */
	if (strchr(key->user, ':') || strchr(key->user, '\n')) {
		export_lost(export, name, _("a name with a colon in it"));
		return false;
	}
	if (roster_validity(key, periods, count, roster_today()) != ROSTER_VALID) {
		snprintf(text, sizeof(text), "%s: %s", name,
			 _("the key, or the person, is not valid today"));
		export_lost(export, key->user, text);
		return false;
	}
	if (!key->to && (count == 0 || periods[count - 1].to == 0))
		return true;
	snprintf(text, sizeof(text), "%s: %s", name,
		 _("the last day: with pam-u2f the key goes on opening doors"));
	export_lost(export, key->user, text);
	return true;
}

static int export_u2f_keys(struct export *export, const struct rosterfile *roster)
{
	const char *user = NULL;

	for (size_t i = 0; i < roster->count; i++) {
		const struct roster_entry *key = &roster->entries[i];
		_cleanup_free_ char *text = NULL;

		if (!good_today(export, roster, key))
			continue;
		text = u2fkeys_format(key);
		if (!text)
			return command_fail("export", "%s", strerror(ENOMEM));
		if (!user || strcmp(user, key->user) != 0)
			fprintf(export->out, "%s%s", user ? "\n" : "", key->user);
		user = key->user;
		fputs(text, export->out);
	}
	if (user)
		fputc('\n', export->out);
	return COMMAND_OK;
}

static int export_roster(struct export *export,
			 int (*write)(struct export *export, const struct rosterfile *roster))
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	struct config_error error;
	int r = rosterfile_load(export->roster, 0, &roster, &error);

	if (r < 0)
		return command_fail("export", "%s", error.text);
	r = write(export, &roster);
	if (r != COMMAND_OK)
		return r;
	if (fflush(export->out) != 0 || ferror(export->out))
		return command_fail("export", "%s", strerror(errno));
	return export->lost > 0 ? COMMAND_NO : COMMAND_OK;
}

static int to_csv(struct export *export)
{
	return export_roster(export, export_csv);
}

static int to_u2f_keys(struct export *export)
{
	return export_roster(export, export_u2f_keys);
}

static const struct {
	const char *name;
	int (*run)(struct export *export);
	bool secret; /* root's alone, into a new file */
} forms[] = {
	{"csv", to_csv, false},
	{"u2f_keys", to_u2f_keys, false},
	{"users.oath", export_users_oath, true},
};

static const struct option long_options[] = {
	{"roster", required_argument, NULL, 1},
	{"state", required_argument, NULL, 2},
	{NULL, 0, NULL, 0},
};

int command_export(int argc, char **argv)
{
	struct export export = {
		.roster = SEKISHO_ROSTER, .state = SEKISHO_AUTH_STATE, .out = stdout};
	int option;

	while ((option = command_option(argc, argv, "", long_options)) != -1) {
		if (option != 1 && option != 2)
			return command_usage("export");
		*(option == 1 ? &export.roster : &export.state) = optarg;
	}
	for (size_t i = 0; optind < argc && i < ARRAY_SIZE(forms); i++) {
		if (strcmp(forms[i].name, argv[optind]) != 0)
			continue;
		if (argc - optind != (forms[i].secret ? 2 : 1))
			break;
		if (forms[i].secret && geteuid() != 0)
			return command_fail("export", _("only root may do this; try sudo"));
		export.path = argv[optind + 1];
		return forms[i].run(&export);
	}
	return command_usage("export");
}
