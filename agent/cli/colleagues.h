/* Those who may vouch or witness on a day: without one of them a log-in that needs somebody ends.
 */
#ifndef SEKISHO_CLI_COLLEAGUES_H
#define SEKISHO_CLI_COLLEAGUES_H

#include "loginview.h"

/* Whoever has a right of that kind then. What the roster and the collector's list say of one is the
 * same for all people, so it is looked up once. */
struct colleague {
	char name[ROSTER_USER_MAX];
	struct roster_terms terms; /* then */
	bool judged; /* what follows is filled */
	struct roster_entry *keys; /* that are good then */
	size_t n_keys;
	bool suspect[ROSTER_PER_USER]; /* each of them, by this terminal's counters */
};

struct colleagues {
	struct colleague *list;
	size_t count, room;
	int counters; /* a descriptor, or -1: there are none yet, or root alone sees them */
	char wrong[CONFIG_ERROR_MAX]; /* why it isn't known who they are; "": it is */
};

/* By the whole roster; @state: authd's, with the counters. */
void colleagues_find(const char *roster, const char *state, uint32_t day,
		     struct colleagues *ret_colleagues);
void colleagues_release(struct colleagues *colleagues);

/* Whether one of them can be the second person beside @user, of whom the roster says @first, as
 * secondperson.c has it: another person, no shared account, with a key of the own that is good and
 * hours that are open then; of a day as a whole, for one minute of it at which the others' are.
 * @here: with a key that is not suspect here, where else another terminal counts it.
 * LOGINVIEW_UNSEEN where it isn't known who they are. */
enum loginview_known colleagues_have(const struct loginview *view, unsigned int right, bool here,
				     const char *user, const struct standing *first);

#endif
