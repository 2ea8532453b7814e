/* Whether the key with which somebody is logged in still counts: by the roster, the collector's
 * list and, at a shared account, its operators, as at the log-in. All are read again where one was
 * written to, and on another day. */
#ifndef SEKISHO_LAPSE_H
#define SEKISHO_LAPSE_H

#include "agent/auth/settings.h"
#include "loginnote.h"

#include <sys/stat.h>

enum { LAPSE_ROSTER, LAPSE_REVOKED, LAPSE_OPERATORS, LAPSE_FILES };

struct lapse {
	const char *files[LAPSE_FILES];
	struct stat seen[LAPSE_FILES]; /* at the last look; zeroed for one that is not there */
	uint32_t day; /* YYYYMMDD of the last look; 0: there was none */
};

/* Has @inotify tell at once when one was written to; where it can't, the next look sees it. */
void lapse_listen(const struct lapse *lapse, int inotify);

/* It may be otherwise than at the last look: everybody has to be judged anew. */
bool lapse_turned(struct lapse *lapse, uint32_t today);

/* *ret_reason: as login.refused has it; NULL: the key counts. False: it can't be judged, which is
 * told on standard error, and stays as it was. Models and hours are left to the next log-in. */
bool lapse_of(const struct lapse *lapse, const struct settings *settings,
	      const struct login_note *note, const char **ret_reason);

#endif
