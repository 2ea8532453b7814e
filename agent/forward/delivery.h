/* One connection to a collector: the journal's events go out in order, each is acknowledged. */
#ifndef SEKISHO_DELIVERY_H
#define SEKISHO_DELIVERY_H

#include "acknowledged.h"
#include "collectors.h"
#include "link.h"
#include "rfc5424.h"
#include "relp.h"
#include "source.h"

#include <stdbool.h>
#include <stdint.h>

#define DELIVERY_ERROR_MAX 1024

struct delivery {
	struct source source;
	struct link link;
	struct relp relp;
	char hostname[RFC5424_HOSTNAME_MAX];
	int64_t answer_ms; /* an answer that takes longer does not come */
	uint32_t rate; /* events a second, at most */
	uint32_t allowance; /* of events, now */
	int64_t allowed_at; /* when it was last raised; milliseconds of the monotonic clock */
	struct acknowledged acknowledged; /* in memory; the caller stores it */
	struct acknowledged marks[RELP_WINDOW]; /* where each message under way stands */
	unsigned int first; /* of the marks, the oldest */
	int64_t answer_by; /* the collector has to have said something by then; 0: nothing is due */
	uint64_t taken; /* events that this connection acknowledged */
	uint64_t refused; /* the first that was answered with another code than 200, 0: none */
	struct acknowledged refused_mark; /* where it stands */
	bool others_taken; /* one behind it was acknowledged all the same */
	bool unread; /* it ended because the journal can't be read */
	bool ended; /* our close was answered */
	char error[DELIVERY_ERROR_MAX]; /* why the connection is of no more use */
};

/* Begins to connect to @server, from what is .acknowledged on. -errno with .error; delivery_end
 * afterwards in every case. */
int delivery_begin(struct delivery *delivery, SSL_CTX *context, const struct collector *server,
		   const char *name, int64_t now);
void delivery_end(struct delivery *delivery);

/* Events of poll(2) on .link.fd that it waits for. */
short delivery_events(const struct delivery *delivery);

/* When it has something to do even if nothing comes; INT64_MAX: never. */
int64_t delivery_due(const struct delivery *delivery);

/* Does what can be done at once. 0, or -errno with .error. */
int delivery_work(struct delivery *delivery, int64_t now);

/* Sends no more; once all is answered .ended is set. */
void delivery_close(struct delivery *delivery);

#endif
