#include "waiting.h"

#include "agent/auth/locklist.h"
#include "agent/auth/rosterfile.h"
#include "cleanup.h"
#include "gettext.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

static const char *const origins[LOCKRULE_ORIGINS] = {
	[LOCKRULE_DOOR] = "door",
	[LOCKRULE_AFAR] = "afar",
	[LOCKRULE_SESSION] = "session",
};

/* Whose place it is, of the people whom this machine knows; NULL for nobody of them. */
static const char *find_name(const struct locklist_entry *entry, const struct rosterfile *roster)
{
	const struct passwd *person;
	const char *found = NULL;

	for (size_t i = 0; i < roster->count; i++)
		if ((i == 0 || strcmp(roster->entries[i].user, roster->entries[i - 1].user) != 0) &&
		    locklist_is_of(entry, roster->entries[i].user))
			return roster->entries[i].user;
	setpwent();
	while (!found && (person = getpwent()))
		if (locklist_is_of(entry, person->pw_name))
			found = person->pw_name;
	return found;
}

static json_t *describe(const struct locklist_entry *entry, const struct settings *settings,
			const struct rosterfile *roster)
{
	const char *user = NULL;
	int64_t wait;
	json_t *row;

	if (entry->place.origin >= LOCKRULE_ORIGINS || locklist_wait(entry, settings, "") == 0)
		return NULL;
	if (!entry->terminal)
		user = find_name(entry, roster);
	wait = locklist_wait(entry, settings, user ? user : "");
	row = wait == 0 ? NULL
			: json_pack("{s:b, s:s, s:i, s:I}", "terminal", (int)entry->terminal,
				    "origin", origins[entry->place.origin], "tries",
				    (int)entry->place.count, "seconds",
				    (json_int_t)(wait + 999) / 1000);
	if (row && user)
		json_object_set_new(row, "user", json_string(user));
	endpwent();
	return row;
}

json_t *waiting_read(const char *state, const char *configuration, const char *roster)
{
	_cleanup_rosterfile_ struct rosterfile people = {};
	_cleanup_close_ int dirfd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_locklist_ struct locklist list = {};
	struct config_error error;
	static struct settings settings;
	json_t *rows;

	if (dirfd < 0 || locklist_read(dirfd, &list) < 0 ||
	    settings_load(configuration, 0, &settings, &error) < 0)
		return NULL;
	/* Without it there are the accounts. */
	if (rosterfile_load(roster, 0, &people, &error) < 0)
		people = (struct rosterfile){};
	rows = json_array();
	for (size_t i = 0; rows && i < list.count; i++) {
		json_t *row = describe(&list.entries[i], &settings, &people);

		if (row)
			json_array_append_new(rows, row);
	}
	return rows;
}

static const char *where(const char *origin)
{
	static const struct {
		const char *origin, *words;
	} rows[] = {
		{"door", N_("at this terminal")},
		{"afar", N_("from other machines")},
		{"session", N_("in a session")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].origin, origin) == 0)
			return _(rows[i].words);
	return origin;
}

void waiting_show(const json_t *waiting)
{
	const json_t *row;
	size_t i;

	json_array_foreach(waiting, i, row)
	{
		const char *user = json_string_value(json_object_get(row, "user"));
		const char *place = where(json_string_value(json_object_get(row, "origin")));
		const long long tries = json_integer_value(json_object_get(row, "tries"));
		const long long seconds = json_integer_value(json_object_get(row, "seconds"));

		if (json_is_true(json_object_get(row, "terminal")))
			printf(_("log-ins:  everybody waits %lld s %s (wrong answers: %lld)\n"),
			       seconds, place, tries);
		else
			printf(_("log-ins:  %s waits %lld s %s (wrong answers: %lld); 'sekisho "
				 "unlock' ends it\n"),
			       user ? user : _("somebody unknown"), seconds, place, tries);
	}
}
