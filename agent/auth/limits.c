#include "limits.h"

#include <stddef.h>

/* The user's row, or one that says nothing any more: none open and a whole allowance. */
static struct limits_user *find(struct limits *limits, uint32_t uid, int64_t now)
{
	struct limits_user *spare = NULL;

	for (size_t i = 0; i < LIMITS_KNOWN; i++) {
		struct limits_user *user = &limits->users[i];

		if (user->uid == uid && (user->open > 0 || user->filled > now))
			return user;
		if (!spare && user->open == 0 && user->filled <= now)
			spare = user;
	}
	if (spare)
		*spare = (struct limits_user){.uid = uid, .filled = now};
	return spare;
}

static bool admit_user(struct limits *limits, uint32_t uid, int64_t now)
{
	struct limits_user *user = find(limits, uid, now);

	if (!user || user->open >= LIMITS_PER_USER || limits->users_open >= LIMITS_USERS)
		return false;
	if (user->filled < now)
		user->filled = now;
	/* Each new one takes an interval of the allowance, which is BURST intervals long. */
	if (user->filled - now > (int64_t)(LIMITS_BURST - 1) * LIMITS_INTERVAL_MS)
		return false;
	user->filled += LIMITS_INTERVAL_MS;
	user->open++;
	limits->users_open++;
	return true;
}

uint32_t limits_owner(uint32_t uid, uint32_t loginuid)
{
	return uid == 0 && loginuid != LIMITS_NO_LOGIN ? loginuid : uid;
}

bool limits_admit(struct limits *limits, uint32_t uid, int64_t now)
{
	bool admitted;

	if (uid == 0) {
		admitted = limits->root_open < LIMITS_ROOT;
		limits->root_open += admitted;
	} else {
		admitted = admit_user(limits, uid, now);
	}
	limits->refused += !admitted;
	return admitted;
}

void limits_release(struct limits *limits, uint32_t uid)
{
	if (uid == 0) {
		if (limits->root_open > 0)
			limits->root_open--;
		return;
	}
	for (size_t i = 0; i < LIMITS_KNOWN; i++) {
		struct limits_user *user = &limits->users[i];

		if (user->uid == uid && user->open > 0) {
			user->open--;
			limits->users_open--;
			return;
		}
	}
}
