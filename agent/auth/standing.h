/* What the roster says of a name, and which of its keys open a door today. */
#ifndef SEKISHO_STANDING_H
#define SEKISHO_STANDING_H

#include "failure.h"
#include "keyfactor.h"
#include "revoked.h"
#include "roster.h"
#include "settings.h"

struct standing {
	uint32_t today; /* the day of all that is said of it: one, also across midnight */
	struct roster_person person;
	struct revoked revoked; /* by the collector */
	struct roster_entry entries[ROSTER_PER_USER]; /* the person's keys, usable ones first */
	size_t n_usable;
	size_t n_unusable; /* revoked, too early, too late, model not taken */
	struct roster_entry nobody; /* in place of usable ones where there are none */
};

/* FAILURE_NONE: the key may be used on .today. */
enum failure standing_of(const struct standing *standing, const struct settings *settings,
			 const struct roster_entry *entry);

/* Nobody's name in the roster is no failure: there are none. FAILURE_ROSTER, which is told on
 * standard error, or those of revoked_find. @owner: whose, besides root's, the roster may be.
 * @revoked: the file of the collector's list. @day becomes .today; a log-in's is roster_today(). */
enum failure standing_find(const char *roster, uid_t owner, const char *revoked,
			   const struct settings *settings, const char *user, uint32_t day,
			   struct standing *standing);

/* The same of a .person that is there already, on .today: such as a roster says that is not written
 * yet. The failures of revoked_find. */
enum failure standing_judge(const char *revoked, const struct settings *settings, const char *user,
			    struct standing *standing);

/* Once the key proved itself: whether it may be used on the day that it is by now, too. */
enum failure standing_lasts(const struct standing *standing, const struct settings *settings,
			    const struct roster_entry *entry);

/* The person's own, on .today: what a one-time code goes by. */
enum roster_validity standing_rights(const struct standing *standing);

/* Whether a colleague may vouch for this person on @today: it is somebody who could come with a
 * key, one of the usable ones that is not suspect (@good_key), and is not witnessed. Pure. */
bool standing_suits_substitute(const struct standing *standing, bool good_key, uint32_t today);

/* Gives @factor the keys to ask for. Who has none that is usable is asked for a made-up one: the
 * conversation goes on as with anybody. FAILURE_NONE or FAILURE_BROKEN. */
enum failure standing_offer(struct standing *standing, int state_dirfd, const char *user,
			    struct keyfactor *factor);

/* The made-up one. */
enum failure standing_make_up(struct standing *standing, int state_dirfd, const char *user,
			      struct keyfactor *factor);

#endif
