/* sekisho key list, sekisho key show. */
#include "key.h"

#include "cleanup.h"
#include "command.h"
#include "days.h"
#include "escape.h"
#include "gettext.h"
#include "number.h"

#include <errno.h>
#include <string.h>

static const char *standing(const struct rosterfile *roster, const struct roster_entry *entry)
{
	size_t count;
	const struct roster_period *periods = rosterfile_periods(roster, entry->user, &count);

	switch (roster_validity(entry, periods, count, roster_today())) {
	case ROSTER_VALID:
		return _("valid");
	case ROSTER_NOT_YET:
		return _("not yet");
	case ROSTER_EXPIRED:
		return _("expired");
	case ROSTER_REVOKED:
		return _("revoked");
	}
	return "?";
}

/* What stands in the roster came from files and people: nothing of it steers the terminal. */
static const char *visible(const char *text, char *out, size_t size)
{
	escape_text(text, strlen(text), out, size);
	return out;
}

static int load(const struct key_options *options, struct rosterfile *roster)
{
	struct config_error error;

	if (rosterfile_load(options->roster, 0, roster, &error) < 0)
		return command_fail("key", "%s", error.text);
	return COMMAND_OK;
}

int key_list(const struct key_options *options, const char *name)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	char user[1024];
	char label[512];
	size_t shown = 0;
	int r;

	r = load(options, &roster);
	if (r != COMMAND_OK)
		return r;
	for (size_t i = 0; i < roster.count; i++) {
		const struct roster_entry *entry = &roster.entries[i];
		char id[ROSTER_NAME_SIZE];

		if (name && strcmp(name, entry->user) != 0)
			continue;
		roster_name(entry, id);
		printf("%s  ", id);
		command_column(visible(entry->user, user, sizeof(user)), 17);
		command_column(standing(&roster, entry), entry->label[0] ? 10 : 0);
		printf("%s\n", visible(entry->label, label, sizeof(label)));
		shown++;
	}
	if (shown == 0 && !name)
		fprintf(stderr, "%s\n", _("No key is registered; 'sekisho key add' does it."));
	if (shown > 0 || !name)
		return COMMAND_OK;
	command_fail("key", _("%s has no key; 'sekisho key list' shows who has one"),
		     visible(name, user, sizeof(user)));
	return COMMAND_NO;
}

static void show_day(const char *what, uint32_t day)
{
	if (day == 0)
		return;
	command_column(what, 15);
	printf("%04u-%02u-%02u\n", day / 10000, day / 100 % 100, day % 100);
}

static void show_text(const char *what, const char *text)
{
	char escaped[1024];

	if (text[0] == '\0')
		return;
	command_column(what, 15);
	printf("%s\n", visible(text, escaped, sizeof(escaped)));
}

/* The person's own, beside the key's. */
static void show_periods(const struct rosterfile *roster, const char *user)
{
	size_t count;
	const struct roster_period *periods = rosterfile_periods(roster, user, &count);

	for (size_t i = 0; i < count; i++) {
		char rights[ROSTER_RIGHTS_SIZE], hours[ROSTER_HOURS_SIZE];
		char category[512], days[DAYS_SIZE];
		const struct roster_terms *terms = &periods[i].terms;

		days_format(periods[i].from, periods[i].to, days);
		roster_format_rights(terms->rights, rights);
		roster_format_hours(terms, hours);
		command_column(_("person's days"), 15);
		printf("%s %s%s%s%s%s%s\n", days,
		       visible(periods[i].category, category, sizeof(category)),
		       rights[0] ? " rights=" : "", rights,
		       terms->witnessed ? " witnessed=yes" : "", hours[0] ? " hours=" : "", hours);
	}
}

int key_show(const struct key_options *options, const char *id)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	const struct roster_entry *entry;
	char text[2 * ROSTER_CREDENTIAL_MAX + 1];
	char name[ROSTER_NAME_SIZE];
	size_t index = 0;
	int r;

	r = load(options, &roster);
	if (r == COMMAND_OK)
		r = key_find(&roster, id, &index);
	if (r != COMMAND_OK)
		return r;
	entry = &roster.entries[index];
	roster_name(entry, name);
	show_text(_("key"), name);
	show_text(_("user"), entry->user);
	show_text(_("standing"), standing(&roster, entry));
	show_text(_("label"), entry->label);
	show_text(_("category"), entry->category);
	show_text(_("verification"),
		  entry->uv_optional ? _("touch alone") : _("PIN or fingerprint"));
	show_day(_("from"), entry->from);
	show_day(_("to"), entry->to);
	show_day(_("revoked"), entry->revoked);
	show_periods(&roster, entry->user);
	show_text(_("algorithm"), roster_algorithms[entry->algorithm].name);
	if (entry->has_aaguid) {
		hex_format(entry->aaguid, sizeof(entry->aaguid), text);
		show_text(_("model"), text);
	}
	show_text(_("attestation"), entry->attestation);
	hex_format(entry->credential, entry->credential_length, text);
	show_text(_("credential"), text);
	return COMMAND_OK;
}
