/* One connection to a collector: the journal's events go out in order, over the driver that is
 * configured. */
#ifndef SEKISHO_DELIVERY_H
#define SEKISHO_DELIVERY_H

#include "acknowledged.h"
#include "collectors.h"
#include "driver.h"
#include "link.h"
#include "rfc5424.h"
#include "source.h"
#include "trouble.h"

#include <stdbool.h>
#include <stdint.h>

#define DELIVERY_ERROR_MAX  1024
#define DELIVERY_ANSWER_MAX 200 /* bytes of a refusal that are told */

struct delivery {
	const struct driver *driver;
	void *own; /* the driver's */
	const struct collectors *collectors; /* borrowed */
	struct source source;
	char hostname[RFC5424_HOSTNAME_MAX];
	int64_t answer_ms; /* an answer that takes longer does not come */
	uint32_t allowance; /* of events, now */
	int64_t allowed_at; /* when it was last raised; milliseconds of the monotonic clock */
	struct acknowledged acknowledged; /* in memory; the caller stores it */
	uint64_t taken; /* events that this connection acknowledged */
	uint64_t refused; /* the first that the collector did not take, 0: none */
	struct acknowledged refused_mark; /* where it stands */
	bool others_taken; /* one behind it was acknowledged all the same */
	int64_t wait_ms; /* the collector asked not to be tried before */
	bool unread; /* it ended because the journal can't be read */
	bool open; /* the collector takes events, as far as can be seen */
	bool ended; /* our close was answered */
	enum trouble trouble; /* why the connection is of no more use, */
	char error[DELIVERY_ERROR_MAX]; /* and in words */
};

/* Once. Chooses the driver; -errno with .error. @collectors stays the caller's. */
int delivery_prepare(struct delivery *delivery, const struct collectors *collectors);

/* Begins to connect to @server, from what is .acknowledged on. -errno with .error; delivery_end
 * afterwards in every case. */
int delivery_begin(struct delivery *delivery, const struct collector *server, int64_t now);
void delivery_end(struct delivery *delivery);

/* As those of struct driver. */
size_t delivery_watch(const struct delivery *delivery, struct pollfd fds[static DRIVER_FDS]);
int64_t delivery_due(const struct delivery *delivery);
void delivery_close(struct delivery *delivery);

/* The collector would take an event, and there is none that waits. */
bool delivery_is_idle(const struct delivery *delivery);

/* Does what can be done at once. 0, or -errno with .error. */
int delivery_work(struct delivery *delivery, int64_t now);

/* For drivers. Says why the connection is of no more use, and returns @code. */
int delivery_fail(struct delivery *delivery, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, with what a link or a request knows of it. */
int delivery_broken(struct delivery *delivery, int code, enum trouble trouble, const char *error);

/* The same for a journal that could not be read: @error is its -errno. */
int delivery_unread(struct delivery *delivery, int error);

/* What its TLS connections share; NULL with .error. The caller's. */
SSL_CTX *delivery_context(struct delivery *delivery);

/* The name that the collector's certificate must have. */
const char *delivery_name(const struct delivery *delivery, const struct collector *server);

/* Everything up to @mark counts as acknowledged, @count events more. Not once one was refused: then
 * it tells only that the collector takes others. */
void delivery_acknowledge(struct delivery *delivery, const struct acknowledged *mark,
			  unsigned int count);

/* The event at @mark was not taken; @answer is told, as much of it as is fit to be. */
void delivery_refuse(struct delivery *delivery, const struct acknowledged *mark, const char *answer,
		     size_t length);

#endif
