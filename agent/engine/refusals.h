/* The last refusals of devices and log-ins, for whoever they happened to. An ordinary user is told
 * of what happened while he or she sat here, and of log-ins in his or her name; of what happened
 * while nobody is known to have sat here, without the device's own texts; of others nothing. */
#ifndef SEKISHO_REFUSALS_H
#define SEKISHO_REFUSALS_H

#include "event.h"

#include <sys/types.h>

#define REFUSALS_MAX 32 /* of each kind: a flood of the one keeps the other */

enum refusals_kind { REFUSALS_DEVICE, REFUSALS_LOGIN, REFUSALS_KINDS };

struct refusal {
	uint64_t sequence; /* in the journal; 0: free */
	uint64_t time_us; /* since 1970 UTC */
	char id[PROTOCOL_ID_MAX];
	char *fields; /* as they were recorded: a tenth of what an object takes */
};

/* Zeroed: none. */
struct refusals {
	struct refusal list[REFUSALS_KINDS][REFUSALS_MAX];
	size_t next[REFUSALS_KINDS];
};

/* Who asks. Root is told of all. */
struct refusals_asker {
	uid_t uid;
	const char *user; /* the name he or she is logged in with; "" if nobody is */
};

/* Takes note of an event that was appended, if it is a refusal. The same event appended anew has
 * its new number. */
void refusals_note(struct refusals *refusals, enum event_kind kind,
		   const struct record_request *request, uint64_t sequence);

/* Forgets what has a number beyond @durable, the journal's end: it did not reach the disk and is
 * not told before it did. Returns the newest number that is left, 0 if there is none. */
uint64_t refusals_settle(struct refusals *refusals, uint64_t durable);

/* What @asker may know as an array of objects, oldest first, the caller's: event, id, time, kind,
 * code, fields. NULL: no memory. */
json_t *refusals_tell(const struct refusals *refusals, const struct refusals_asker *asker);

void refusals_release(struct refusals *refusals);

#endif
