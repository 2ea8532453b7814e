/* Who may record, what and how much. A writer whose business are few kinds is restricted: it can
 * neither write other events nor what does not belong into its own, whatever becomes of it. */
#ifndef SEKISHO_WRITER_H
#define SEKISHO_WRITER_H

#include "event.h"
#include "quota.h"

#include <sys/types.h>

struct writer {
	uid_t user;
	unsigned int connections; /* at once; 0: as many as its socket has */
	const enum event_kind *kinds; /* ends with EVENT_KIND_COUNT; NULL: all of them */
	struct quota records;
};

bool writer_is_restricted(const struct writer *writer);

/* 0. -EPERM: a kind that is not its own. -EBADMSG: its kind, but with fields that the kind does not
 * have, or none that can be read. Of a writer that is not restricted nothing is asked here. Pure.
 */
int writer_judge(const struct writer *writer, const struct record_request *request);

#endif
