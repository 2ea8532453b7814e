/* Those who may vouch or witness on a day: without one of them a log-in that needs somebody ends.
 */
#ifndef SEKISHO_CLI_COLLEAGUES_H
#define SEKISHO_CLI_COLLEAGUES_H

#include "loginview.h"

struct colleagues {
	char (*names)[ROSTER_USER_MAX]; /* who has a right of that kind then */
	size_t count, room;
};

/* By the whole roster; one that is wrong has none, which is told elsewhere. -ENOMEM. */
int colleagues_find(const char *roster, uint32_t day, struct colleagues *ret_colleagues);
void colleagues_release(struct colleagues *colleagues);

/* Whether one of them can be the second person beside @user, of whom the roster says @first, as
 * secondperson.c has it: another person, no shared account, with a key of the own that is good and
 * hours that are open then; of a day as a whole, for one minute of it at which the others' are. */
bool colleagues_have(const struct loginview *view, unsigned int right, const char *user,
		     const struct standing *first);

#endif
