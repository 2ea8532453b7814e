/* A request of the collector's to send events again (resend.h), which came as a letter. Each is
 * obeyed once: the last one stands, signed as it came, in our state. A request that is not newer
 * than it, or begins where it began, changes nothing: what sending again did not bring, it won't
 * bring the next night. */
#ifndef SEKISHO_RECALL_H
#define SEKISHO_RECALL_H

#include "acknowledged.h"
#include "collectors.h"
#include "keeping.h"

#define RECALL_FILE "asked" /* in the state directory */

struct recall {
	const struct collectors *collectors; /* borrowed; whose signature counts */
	int journal, state; /* directories, borrowed */
	const struct keeping *keeping; /* borrowed; is told that events are not there. NULL: none */
};

/* 1: events are to be sent again, from behind *ret_position. 0: the request changes nothing.
 * -EKEYREJECTED: not signed by the collector. -EBADMSG: signed, but no request. -EXDEV: for another
 * journal than @header's. -ENODATA: the journal does not have that event. Other -errno. */
int recall_take(const struct recall *recall, const struct journal_header *header,
		const struct acknowledged *acknowledged, const char *text,
		struct acknowledged *ret_position);

#endif
