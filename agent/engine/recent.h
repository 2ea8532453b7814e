/* The events that came last through record.sock, so that one that is told twice is chained once.
 *
 * Whoever hears no answer in time keeps its event and tells it again later, marked as late, under
 * the same kind and id: the first word of it may have been chained after all. What came before a
 * restart, or longer ago than RECENT_EVENTS, is not known any more; such an event stands in the
 * journal twice, with one id. */
#ifndef SEKISHO_RECENT_H
#define SEKISHO_RECENT_H

#include "protocol.h"

#define RECENT_EVENTS 512 /* two spools full */

struct recent_event {
	char kind[PROTOCOL_ID_MAX];
	char id[PROTOCOL_ID_MAX];
	uint64_t sequence; /* in the journal; 0: free */
};

/* Zeroed: none. */
struct recent {
	struct recent_event events[RECENT_EVENTS];
	size_t next;
};

void recent_note(struct recent *recent, const struct record_request *request, uint64_t sequence);

/* The number in the journal of the event that @request, a late one, tells again; 0 if it is new. */
uint64_t recent_find(const struct recent *recent, const struct record_request *request);

/* What was noted did not reach the disk: in doubt an event is chained twice. */
void recent_forget(struct recent *recent);

#endif
