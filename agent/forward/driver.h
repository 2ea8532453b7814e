/* The ways out: one row of functions each, chosen by Protocol in collector.conf(5). A driver knows
 * one protocol and one connection. delivery.c reads the journal, keeps to the rate and flushes to
 * our own disk before anything is sent; which event is acknowledged the driver alone says, by
 * delivery_acknowledge.
 *
 * To add one: a file over_NAME.c, a line below, a row in collectors.c and one in delivery.c. */
#ifndef SEKISHO_DRIVER_H
#define SEKISHO_DRIVER_H

#include "journal_format.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRIVER_FDS	  8 /* that one connection may be waiting for */
#define DRIVER_CONNECT_MS 10000 /* for each address, for TLS, for a greeting */
#define DRIVER_WINDOW	  128 /* events under way; librelp's own default */

struct delivery;
struct collector;

/* What it means that an event counts as acknowledged. */
enum driver_proof {
	/* Nobody said anything: the other machine's TCP has the bytes. Whether a program read them,
	 * or kept them, can't be known; never to be called delivered. */
	DRIVER_UNCONFIRMED,
	/* The collector's program answered for this very event that it has taken it. That it is on
	 * its disk then is what a collector has to be set up for. */
	DRIVER_ANSWERED,
};

struct driver {
	enum driver_proof proof;
	/* Once, before all others: makes delivery.own. -errno with delivery.error. */
	int (*prepare)(struct delivery *delivery);
	/* Begins to connect, before the first event is asked for. -errno with delivery.error;
	 * .end in every case. */
	int (*begin)(struct delivery *delivery, const struct collector *server);
	void (*end)(struct delivery *delivery);
	/* What poll(2) shall wait for. Returns how many. */
	size_t (*watch)(const struct delivery *delivery, struct pollfd fds[static DRIVER_FDS]);
	/* When there is something to do even if nothing comes; INT64_MAX: never. */
	int64_t (*due)(const struct delivery *delivery);
	/* Takes what came, as far as can be done at once. -errno with delivery.error. */
	int (*receive)(struct delivery *delivery, int64_t now);
	/* Whether one more event may be put. */
	bool (*room)(const struct delivery *delivery);
	/* Takes the event at source.position to be sent. False: it has no form that fits. */
	bool (*put)(struct delivery *delivery, const struct journal_record *record,
		    const struct journal_span *line, int64_t now);
	/* Sends what was put, as far as can be done at once, and sees to what is late. -errno with
	 * delivery.error. */
	int (*send)(struct delivery *delivery, int64_t now);
	/* No more is put; once all is answered delivery.ended is set. */
	void (*close)(struct delivery *delivery);
};

extern const struct driver over_relp; /* each event answered */
extern const struct driver over_syslog; /* RFC 5425: no answer at all */
extern const struct driver over_https; /* batches, each answered as a whole */

#endif
