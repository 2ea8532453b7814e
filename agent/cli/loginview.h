/* One log-in as `sekisho explain login` sees it beforehand. Everything that decides is asked of the
 * log-in's own functions; here it is gathered and told. */
#ifndef SEKISHO_LOGINVIEW_H
#define SEKISHO_LOGINVIEW_H

#include "accountend.h"
#include "logins.h"

#include "agent/auth/loginpolicy.h"
#include "agent/auth/offer.h"
#include "agent/auth/shared.h"

#include <stdio.h>

enum loginview_known {
	LOGINVIEW_NO,
	LOGINVIEW_YES,
	LOGINVIEW_UNSEEN, /* only root sees it */
};

struct colleagues;

struct loginview {
	FILE *out; /* where it is told */
	const char *user, *service;
	struct roster_moment
		moment; /* at which the log-in is; .minute -1 in a .dated one: at any */
	bool dated; /* that is not now: what only the moment tells is left out */
	bool age_left_out; /* ... the age of the collector's list among it */
	struct settings settings; /* those of this log-in */
	struct loginrules rules;
	struct settings_places places;
	struct loginpolicy policy;
	bool exempt;
	bool exempt_passes; /* the service's lines let in who is */
	bool exempt_at_door; /* those of authentication do */
	bool afar; /* by what the service is, whoever asks comes from afar */
	bool account; /* the name is one of this machine */
	enum accountend end; /* of that, where the service asks pam_unix for it and it is seen */
	enum failure roster; /* FAILURE_NONE: read */
	struct standing standing;
	struct shared shared; /* whose keys open an account that several people share */
	struct shared_places places_of_people;
	struct colleagues *colleagues; /* who may vouch or witness then */
	bool suspect[SHARED_KEYS_MAX]; /* each usable key, of .standing or .shared */
	enum loginview_known counters; /* can be read */
	enum loginview_known code; /* one that is good today */
	enum failure code_why; /* where none is */
	bool substitute_late; /* the clock is behind the last log-in by a substitute */
	enum loginview_known telephone; /* another terminal could answer this one */
	enum failure telephone_why;
	enum loginview_known waits; /* wrong answers make the next try wait; not if .dated */
	int64_t wait_ms;
	int64_t afar_wait_ms; /* where only who comes from afar has to */
	bool asked; /* Sekisho is, by the service's configuration */
	bool refused; /* a refusal was told */
	bool unknown; /* it was told that nobody, root included, can tell */
	bool open; /* it lets in with less than two factors, or can't be judged */
};

/* How a person at the service's usual place comes to it. */
enum factors_way loginview_way(const struct loginview *view);

/* Whether a key can be asked for at all. */
bool loginview_takes_keys(const struct loginview *view);

/* Whether it is about another day, whatever the time. */
bool loginview_is_whole_day(const struct loginview *view);

/* Fills what stands in authd's state below @state, after the rest; @code: the answer of
 * enrolled_code(), or NULL: it is asked for. */
void loginview_look_at_state(struct loginview *view, const char *state, const int *code);

/* Whether another terminal could answer this one; @group: the file of phonegroup.h. LOGINVIEW_NO
 * with @ret_why. */
enum loginview_known loginview_look_at_telephone(const char *state, const char *group,
						 enum failure *ret_why);

/* Opens the counters in authd's state, to read them. -ENOENT where there are none yet, -EINVAL if
 * it can't be them, -errno. */
int loginview_open_counters(int dirfd, int *ret_fd);

/* Tells the sections' part: what holds, by which line of which file. */
void loginview_tell_why(const struct loginview *view);

/* Tells what is asked, in the order of the service's modules, and where that is not two factors;
 * fills .asked and .open. @named: the service has a configuration of its own. */
void loginview_tell_service(struct loginview *view, const struct login *login, bool named);

/* Tells which colleagues take part: who vouches, who witnesses. */
void loginview_tell_second(const struct loginview *view);

/* Of two ways in: one that is seen to be good is enough. */
enum loginview_known loginview_better(enum loginview_known one, enum loginview_known other);

/* Whether a colleague may vouch, here or by telephone. */
bool loginview_has_substitute(const struct loginview *view);

/* Tells hours and witnesses that refuse; at a shared account those of each operator. Whether the
 * log-in, or one operator's, is left. */
enum loginview_known loginview_tell_terms(struct loginview *view);

/* One line: the reason as the event and `sekisho why` have it; fills .refused. */
void loginview_refuse(struct loginview *view, enum failure failure, const char *text);

/* Tells each refusal, with the reason of its event. LOGINVIEW_YES: the person can get in;
 * LOGINVIEW_UNSEEN: perhaps; else perhaps if a colleague vouches. */
enum loginview_known loginview_judge(struct loginview *view, bool *ret_vouched);

/* The same between a title and what it comes to. */
enum loginview_known loginview_tell_refusals(struct loginview *view);

#endif
