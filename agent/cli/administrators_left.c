#include "administrators_left.h"

#include "cleanup.h"
#include "command.h"
#include "enrolled.h"
#include "gettext.h"

#include <errno.h>
#include <shadow.h>
#include <string.h>
#include <unistd.h>

static bool has_password(const char *user)
{
	const struct spwd *shadow = getspnam(user);

	return shadow ? administrator_password_set(shadow->sp_pwdp) : geteuid() != 0;
}

static bool has_code(const char *state, const char *user)
{
	return geteuid() != 0 || enrolled_code(state, user) == 0;
}

static int find_factors(const char *config, bool *ret_keys, bool *ret_codes,
			struct config_error *error)
{
	_cleanup_free_ struct settings *settings = calloc(1, sizeof(*settings));
	int r = settings ? settings_load(config, 0, settings, error) : -ENOMEM;

	*ret_keys = true;
	*ret_codes = false;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	*ret_keys = settings_accept(settings, "key");
	*ret_codes = settings_accept(settings, "otp");
	return 0;
}

int administrators_find(const char *config, const char *state, struct administrators *ret,
			struct config_error *ret_error)
{
	static char names[ADMINISTRATOR_MAX][ADMINISTRATOR_NAME_MAX];
	size_t count = 0;
	bool codes;
	int r;

	ret->count = 0;
	r = find_factors(config, &ret->keys, &codes, ret_error);
	if (r < 0)
		return r;
	r = administrator_list(names, ADMINISTRATOR_MAX, &count);
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (!has_password(names[i]))
			continue;
		memcpy(ret->list[ret->count].name, names[i], ADMINISTRATOR_NAME_MAX);
		ret->list[ret->count++].code = codes && has_code(state, names[i]);
	}
	return r;
}

/* Hours don't count: they come again on each day. */
static bool can_enter(const struct administrators *administrators, size_t index,
		      const struct rosterfile *roster, uint32_t day)
{
	const char *name = administrators->list[index].name;
	size_t n_periods, n_keys;
	const struct roster_period *periods = rosterfile_periods(roster, name, &n_periods);
	const struct roster_entry *keys = rosterfile_keys(roster, name, &n_keys);
	const struct roster_period *period = roster_period_on(periods, n_periods, day);

	/* Not alone, and who would stand by is not looked for. */
	if (period && period->terms.witnessed)
		return false;
	if (administrators->list[index].code &&
	    roster_period_validity(periods, n_periods, day) == ROSTER_VALID)
		return true;
	for (size_t i = 0; administrators->keys && i < n_keys; i++)
		if (roster_validity(&keys[i], periods, n_periods, day) == ROSTER_VALID)
			return true;
	return false;
}

static bool anybody_can(const struct administrators *administrators,
			const struct rosterfile *roster, uint32_t day)
{
	for (size_t i = 0; i < administrators->count; i++)
		if (can_enter(administrators, i, roster, day))
			return true;
	return false;
}

struct search {
	const struct administrators *administrators;
	const struct rosterfile *old, *new;
	uint32_t today, found; /* .found 0: none yet */
};

static void look_at(struct search *search, uint32_t day)
{
	if (day < search->today || (search->found && day >= search->found))
		return;
	if (anybody_can(search->administrators, search->old, day) &&
	    !anybody_can(search->administrators, search->new, day))
		search->found = day;
}

static void look_at_both(struct search *search, uint32_t from, uint32_t to)
{
	if (from)
		look_at(search, from);
	if (to)
		look_at(search, roster_day_after(to));
}

/* What changes for them changes on one of these days. */
static void look_at_days(struct search *search, const struct rosterfile *roster, const char *name)
{
	size_t n_periods, n_keys;
	const struct roster_period *periods = rosterfile_periods(roster, name, &n_periods);
	const struct roster_entry *keys = rosterfile_keys(roster, name, &n_keys);

	for (size_t i = 0; i < n_periods; i++)
		look_at_both(search, periods[i].from, periods[i].to);
	for (size_t i = 0; i < n_keys; i++)
		look_at_both(search, keys[i].from, keys[i].to);
}

uint32_t administrators_left_until(const struct administrators *administrators,
				   const struct rosterfile *old, const struct rosterfile *new,
				   uint32_t today)
{
	struct search search = {administrators, old, new, today, 0};

	look_at(&search, today);
	for (size_t i = 0; i < administrators->count; i++) {
		look_at_days(&search, old, administrators->list[i].name);
		look_at_days(&search, new, administrators->list[i].name);
	}
	return search.found;
}

int administrators_left_check(const char *command, const char *config, const char *state,
			      const struct rosterfile *old, const struct rosterfile *new)
{
	static struct administrators administrators;
	struct config_error error = {};
	uint32_t day;
	int r = administrators_find(config, state, &administrators, &error);

	if (r < 0)
		return command_fail(command, "%s", error.text[0] ? error.text : strerror(-r));
	day = administrators_left_until(&administrators, old, new, roster_today());
	if (day == 0)
		return COMMAND_OK;
	command_fail(command,
		     _("from %04u-%02u-%02u on no administrator (root, group sudo) could log in; "
		       "nothing was changed. Register another one's key first, or give "
		       "--no-administrator-left"),
		     day / 10000 % 10000, day / 100 % 100, day % 100);
	return COMMAND_NO;
}
