/* A request over HTTPS to a collector, never blocking: bytes are posted or fetched, one answer
 * comes. The same strictness as link.h: TLS 1.2 or newer, the pinned authority alone, the
 * configured name, our own certificate; no proxy of the environment, no redirect, no password.
 * libcurl's multi interface on our own loop: what waits for an answer holds up neither a signal nor
 * what `sekisho status` reads.
 */
#ifndef SEKISHO_REQUEST_H
#define SEKISHO_REQUEST_H

#include "collectors.h"
#include "driver.h"
#include "trouble.h"

#include <curl/curl.h>

#define REQUEST_ANSWER_MAX 200 /* bytes of an answer that are kept */
#define REQUEST_ERROR_MAX  1100

struct request {
	CURLM *multi;
	CURL *easy;
	CURLU *url;
	struct curl_slist *headers, *connect_to;
	bool forged; /* link_forge() in its connections; after request_begin */
	bool under_way;
	int running; /* of it, as libcurl counts */
	long status; /* of the answer */
	int64_t retry_after; /* seconds, that it asks for; 0: it does not */
	int64_t date; /* the collector's clock, seconds since 1970; 0: it does not say */
	bool whole; /* it came after all that was sent */
	char answer[REQUEST_ANSWER_MAX]; /* how it begins */
	size_t answer_length, answer_total;
	char *body; /* NULL, or where all of the answer goes, borrowed */
	size_t body_max; /* bytes of an answer; more is none */
	size_t length; /* of what is sent */
	char words[CURL_ERROR_SIZE]; /* libcurl's */
	enum trouble trouble; /* why the connection is of no more use, */
	char error[REQUEST_ERROR_MAX]; /* and in words */
};

/* Once for the process. -ENOMEM. */
int request_prepare(void);

/* Makes ready for requests to @server, whose certificate must be for @name; an answer has to be
 * there after @answer_ms. -errno with .error; request_end in every case. */
int request_begin(struct request *request, const struct collectors *collectors,
		  const struct collector *server, const char *name, int64_t answer_ms);
void request_end(struct request *request);

/* As those of struct driver. */
size_t request_watch(const struct request *request, struct pollfd fds[static DRIVER_FDS]);
int64_t request_due(const struct request *request);

/* Posts; the bytes must stay until it is answered. -errno with .error. */
int request_send(struct request *request, const char *bytes, size_t length);

/* Asks without posting anything (HEAD): does somebody there speak HTTP? .status and .date tell. */
int request_ask(struct request *request);

/* Fetches (GET): the whole answer, .answer_total bytes, goes to @body, which has to stay. One of
 * more than @size bytes is none. */
int request_fetch(struct request *request, char *body, size_t size);

/* Goes on as far as can be done at once. 1: it is answered, with .status. 0: not yet, or nothing is
 * under way. -errno with .error: no whole answer came. */
int request_work(struct request *request);

#endif
