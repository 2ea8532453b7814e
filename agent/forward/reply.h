/* What the status of an answer over HTTP (RFC 9110, 15) means for the events that were sent. Pure.
 */
#ifndef SEKISHO_REPLY_H
#define SEKISHO_REPLY_H

#include <stdint.h>

enum reply {
	REPLY_WRONG, /* a redirect, or nothing that answers a request: they wait */
	REPLY_TAKEN, /* all of them are acknowledged */
	REPLY_REFUSED, /* as they are they will not be taken */
	REPLY_LATER, /* the collector can't now: they wait */
};

enum reply reply_judge(long status);

/* How long Retry-After's @seconds are honoured: COLLECTORS_RETRY_MAX at most. */
int64_t reply_wait_ms(int64_t seconds);

#endif
