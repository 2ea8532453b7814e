#include "administrators_left.h"

#include "cleanup.h"
#include "command.h"
#include "enrolled.h"
#include "gettext.h"

#include "agent/auth/loginpolicy.h"
#include "agent/auth/membership.h"
#include "agent/auth/operators.h"

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
	return geteuid() != 0 || enrolled_code(state, user, roster_today()) == 0;
}

/* Whom sekisho.conf(5) lets in, and how. */
struct site {
	struct settings settings;
	struct loginrules rules;
};

/* Where the file is missing its defaults count: keys, for everybody. */
static int load_site(const char *config, struct site *site, struct config_error *error)
{
	int r = settings_load_rules(config, 0, &site->settings, &site->rules, NULL, error);

	if (r != -ENOENT)
		return r;
	site->settings.pairs.key = true;
	return 0;
}

static int fail_place(const char *path, int r, struct config_error *error)
{
	snprintf(error->text, sizeof(error->text),
		 _("%s: %s. So it can't be told which administrators could log in; nothing was "
		   "changed. Put that right first, or give --no-administrator-left"),
		 path, strerror(-r));
	return r;
}

/* No log-in looks at the age of a list, unless it is told to; and a new one can be brought. */
static int find_revoked(const char *path, struct revocations *ret, struct config_error *error)
{
	int r = revocations_load(path, ret);

	return r < 0 && r != -ENOENT ? fail_place(path, r, error) : 0;
}

static int add(const struct administrators_places *places, const char *name,
	       const struct site *site, struct administrators *administrators,
	       struct config_error *error)
{
	_cleanup_membership_ struct membership membership = {.user = name};
	__typeof__(&administrators->list[0]) one = &administrators->list[administrators->count];
	struct loginpolicy policy;
	int r;

	if (!has_password(name) || revocations_have_person(&administrators->revoked, name))
		return 0;
	loginpolicy_decide(&site->settings, &site->rules, name, ADMINISTRATOR_DOOR, membership_of,
			   &membership, &policy);
	if (!policy.allowed)
		return 0;
	r = operators_share(places->operators, 0, name);
	if (r != 0)
		return r < 0 ? fail_place(places->operators, r, error) : 0;
	memcpy(one->name, name, strlen(name) + 1);
	one->keys = policy.pairs.key;
	one->code = policy.pairs.otp && has_code(places->state, name);
	administrators->count++;
	return 0;
}

int administrators_find(const struct administrators_places *places, struct administrators *ret,
			struct config_error *ret_error)
{
	static char names[ADMINISTRATOR_MAX][ADMINISTRATOR_NAME_MAX];
	_cleanup_free_ struct site *site = calloc(1, sizeof(*site));
	size_t count = 0;
	int r = site ? load_site(places->config, site, ret_error) : -ENOMEM;

	*ret = (struct administrators){};
	if (r == 0)
		r = find_revoked(places->revoked, &ret->revoked, ret_error);
	if (r == 0)
		r = administrator_list(names, ADMINISTRATOR_MAX, &count);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = add(places, names[i], site, ret, ret_error);
	if (site)
		loginrules_release(&site->rules);
	return r;
}

void administrators_release(struct administrators *administrators)
{
	revocations_release(&administrators->revoked);
}

static bool is_listed(const struct administrators *administrators, const struct roster_entry *key)
{
	char name[ROSTER_NAME_SIZE];

	roster_name(key, name);
	return revocations_have_key(&administrators->revoked, name);
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
	for (size_t i = 0; administrators->list[index].keys && i < n_keys; i++)
		if (roster_validity(&keys[i], periods, n_periods, day) == ROSTER_VALID &&
		    !is_listed(administrators, &keys[i]))
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

int administrators_left_check(const char *command, const struct administrators_places *places,
			      const struct rosterfile *old, const struct rosterfile *new)
{
	static struct administrators administrators;
	struct config_error error = {};
	uint32_t day = 0;
	int r = administrators_find(places, &administrators, &error);

	if (r == 0)
		day = administrators_left_until(&administrators, old, new, roster_today());
	administrators_release(&administrators);
	if (r < 0)
		return command_fail(command, "%s", error.text[0] ? error.text : strerror(-r));
	if (day == 0)
		return COMMAND_OK;
	command_fail(command,
		     _("from %04u-%02u-%02u on no administrator (root, group %s) could log in; "
		       "nothing was changed. Register another one's key first, or give "
		       "--no-administrator-left"),
		     day / 10000 % 10000, day / 100 % 100, day % 100, administrator_group());
	return COMMAND_NO;
}
