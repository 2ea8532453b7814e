#include "administrator.h"

#include "enrolled.h"
#include "stack.h"

#include "agent/auth/membership.h"
#include "agent/auth/roster.h"
#include "paths.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <string.h>

bool administrator_password_set(const char *field)
{
	/* shadow(5): a field that starts with ! or * matches no password. */
	return field && field[0] != '\0' && field[0] != '!' && field[0] != '*';
}

const char *administrator_group(void)
{
	const struct stack_keeper *keeper = stack_keeper();

	return keeper ? keeper->group : "sudo";
}

static int add_name(char names[][ADMINISTRATOR_NAME_MAX], size_t max, size_t *count,
		    const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(names[i], name) == 0)
			return 0;
	if (*count == max)
		return -E2BIG;
	if (strlen(name) >= ADMINISTRATOR_NAME_MAX)
		return -ERANGE;
	memcpy(names[(*count)++], name, strlen(name) + 1);
	return 0;
}

int administrator_list(char names[][ADMINISTRATOR_NAME_MAX], size_t max, size_t *ret_count)
{
	const struct group *group;
	const struct passwd *person;
	size_t count = 0;
	int r;

	r = add_name(names, max, &count, "root");
	errno = 0;
	group = r == 0 ? getgrnam(administrator_group()) : NULL;
	if (!group && errno != 0 && errno != ENOENT)
		return -errno;
	for (char **member = group ? group->gr_mem : NULL; r == 0 && member && *member; member++)
		r = add_name(names, max, &count, *member);
	if (r == 0 && group) {
		gid_t gid = group->gr_gid;

		setpwent();
		while (r == 0 && (person = getpwent()))
			if (person->pw_gid == gid)
				r = add_name(names, max, &count, person->pw_name);
		endpwent();
	}
	if (r == 0)
		*ret_count = count;
	return r;
}

int administrator_has_factors(const struct settings *settings, const struct loginrules *rules,
			      const char *user, const char **ret_wrong)
{
	_cleanup_membership_ struct membership membership = {.user = user};
	const struct spwd *shadow = getspnam(user);
	struct loginpolicy policy;
	int r = -ENOKEY;

	*ret_wrong = NULL;
	loginpolicy_decide(settings, rules, user, ADMINISTRATOR_DOOR, membership_of, &membership,
			   &policy);
	if (!policy.allowed)
		return -EACCES;
	if (!shadow || !administrator_password_set(shadow->sp_pwdp))
		return -ENODATA;
	if (policy.pairs.key)
		r = enrolled_key(user, ret_wrong);
	if (r == -ENOKEY && policy.pairs.otp) {
		r = enrolled_code(SEKISHO_AUTH_STATE, user, roster_today());
		if (r == 0)
			r = enrolled_rights(user, ret_wrong);
	}
	return r;
}

static bool is_open(const char *field)
{
	return !field || field[0] == '\0';
}

int administrator_find_open_account(char *name, size_t size)
{
	const char *found = NULL;
	const struct passwd *person;
	const struct spwd *shadow;
	int r = -ENOENT;

	/* An empty field in passwd(5) counts, whatever shadow(5) says. */
	setpwent();
	while (!found && (person = getpwent()))
		if (is_open(person->pw_passwd))
			found = person->pw_name;
	setspent();
	while (!found && (shadow = getspent()))
		if (is_open(shadow->sp_pwdp))
			found = shadow->sp_namp;
	if (found)
		r = strlen(found) < size ? 0 : -ERANGE;
	if (r == 0)
		memcpy(name, found, strlen(found) + 1);
	endpwent();
	endspent();
	return r;
}
