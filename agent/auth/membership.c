#include "membership.h"

#include "cleanup.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#define BUFFER_FIRST 4096
#define BUFFER_MAX   4194304 /* a group of some hundred thousand members */

/* Calls the function with a buffer that is large enough; its result. */
static int with_buffer(int (*look)(const char *name, char *buffer, size_t size, void *user),
		       const char *name, void *user)
{
	size_t size = BUFFER_FIRST;
	char *buffer = NULL;
	int r;

	do {
		char *larger = realloc(buffer, size);

		if (!larger) {
			r = ENOMEM;
			break;
		}
		buffer = larger;
		r = look(name, buffer, size, user);
		size *= 4;
	} while (r == ERANGE && size <= BUFFER_MAX);
	free(buffer);
	return r;
}

/* getpwnam(3) and getgrnam(3) have several ways to say that there is no such name. */
static bool is_absence(int r)
{
	return r == 0 || r == ENOENT || r == ESRCH;
}

struct account {
	bool found;
	gid_t group;
};

static int look_up_account(const char *name, char *buffer, size_t size, void *user)
{
	struct account *account = user;
	struct passwd entry, *found = NULL;
	int r = getpwnam_r(name, &entry, buffer, size, &found);

	account->found = r == 0 && found;
	if (account->found)
		account->group = entry.pw_gid;
	return r;
}

static void ask(struct membership *membership)
{
	struct account account = {};
	int count = MEMBERSHIP_GROUPS;
	int r;

	membership->asked = true;
	r = with_buffer(look_up_account, membership->user, &account);
	if (!account.found) {
		membership->failed = !is_absence(r);
		return;
	}
	membership->groups = calloc(MEMBERSHIP_GROUPS, sizeof(*membership->groups));
	membership->failed = !membership->groups || getgrouplist(membership->user, account.group,
								 membership->groups, &count) < 0;
	membership->count = membership->failed ? 0 : (size_t)count;
}

struct question {
	const struct membership *membership;
	bool found, member;
};

static int look_up_group(const char *name, char *buffer, size_t size, void *user)
{
	struct question *question = user;
	const struct membership *membership = question->membership;
	struct group entry, *found = NULL;
	int r = getgrnam_r(name, &entry, buffer, size, &found);

	question->found = r == 0 && found;
	if (!question->found)
		return r;
	for (size_t i = 0; i < membership->count; i++)
		question->member |= membership->groups[i] == entry.gr_gid;
	for (char **member = entry.gr_mem; member && *member; member++)
		question->member |= strcmp(*member, membership->user) == 0;
	return 0;
}

enum loginpolicy_match membership_of(void *membership_, const char *group)
{
	struct membership *membership = membership_;
	struct question question = {.membership = membership};

	if (!membership->asked)
		ask(membership);
	with_buffer(look_up_group, group, &question);
	if (!question.found)
		return LOGINPOLICY_DOUBT;
	if (question.member)
		return LOGINPOLICY_YES;
	return membership->failed ? LOGINPOLICY_DOUBT : LOGINPOLICY_NO;
}

void membership_release(struct membership *membership)
{
	free(membership->groups);
	membership->groups = NULL;
}
