/* What authselect had selected before a switch: a line of /var/lib/sekisho/authselect.before. */
#ifndef SEKISHO_SELECTION_KEPT_H
#define SEKISHO_SELECTION_KEPT_H

#include "selection.h"

/* On the disk once it returns 0. -E2BIG for a line that is too long. */
int selection_keep(const struct selection *selection);

/* Its words are the caller's to release, also on failure. -ENOENT: nothing is kept; -EBADMSG: an
 * empty file. */
int selection_recall(struct selection *ret);

/* Whether there is one, be it readable or not. */
bool selection_is_kept(void);

/* 0 also if there was none. */
int selection_forget(void);

#endif
