#include "lockrule.h"

#include "limits.h"

#include <string.h>

enum lockrule_origin lockrule_origin(bool remote, uint32_t loginuid)
{
	if (remote)
		return LOCKRULE_AFAR;
	return loginuid == LIMITS_NO_LOGIN ? LOCKRULE_DOOR : LOCKRULE_SESSION;
}

static bool is_last_way_in(enum lockrule_origin origin, const char *user)
{
	return origin == LOCKRULE_DOOR && strcmp(user, "root") == 0;
}

struct lockrule lockrule_user(uint32_t wrong_answers, uint32_t longest_minutes,
			      enum lockrule_origin origin, const char *user)
{
	struct lockrule rule = {
		.free = wrong_answers,
		.first = LOCKRULE_FIRST,
		.longest = longest_minutes * 60,
		.forget = LOCKRULE_FORGET,
	};

	if (is_last_way_in(origin, user))
		rule.longest = LOCKRULE_TERMINAL_LONGEST;
	return rule;
}

struct lockrule lockrule_terminal(uint32_t wrong_answers, enum lockrule_origin origin,
				  const char *user)
{
	return (struct lockrule){
		.free = is_last_way_in(origin, user) ? 0 : wrong_answers * LOCKRULE_TERMINAL_TIMES,
		.first = LOCKRULE_TERMINAL_FIRST,
		.longest = LOCKRULE_TERMINAL_LONGEST,
		.forget = LOCKRULE_TERMINAL_FORGET,
	};
}

uint32_t lockrule_count(const struct lockrule *rule, uint32_t count, int64_t elapsed)
{
	const int64_t forgotten = elapsed / ((int64_t)rule->forget * 1000);

	return forgotten >= count ? 0 : count - (uint32_t)forgotten;
}

int64_t lockrule_wait(const struct lockrule *rule, uint32_t count, int64_t elapsed)
{
	int64_t wait = rule->first;

	if (rule->free == 0 || count < rule->free)
		return 0;
	for (uint32_t i = rule->free; i < count && wait < rule->longest; i++)
		wait *= 2;
	if (wait > rule->longest)
		wait = rule->longest;
	wait *= 1000;
	return elapsed >= wait ? 0 : wait - elapsed;
}
