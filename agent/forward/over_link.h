/* What drivers over a TLS link have in common. Their own struct begins with a struct over_link, and
 * a row of theirs may name these functions. */
#ifndef SEKISHO_OVER_LINK_H
#define SEKISHO_OVER_LINK_H

#include "delivery.h"
#include "link.h"

struct over_link {
	SSL_CTX *context;
	struct link link;
	int64_t answer_by; /* what is waited for has to be there by then; 0: nothing is due */
};

/* @size is that of the driver's own struct. */
int over_link_prepare(struct delivery *delivery, size_t size);

int over_link_begin(struct delivery *delivery, const struct collector *server);
void over_link_end(struct delivery *delivery);
size_t over_link_watch(const struct delivery *delivery, struct pollfd fds[static DRIVER_FDS]);
int64_t over_link_due(const struct delivery *delivery);

/* @late tells what did not come by .answer_by. */
int over_link_send(struct delivery *delivery, int64_t now, const char *late);

/* The link is of no more use; returns @code. */
int over_link_broke(struct delivery *delivery, int code);

#endif
