/* A TLS connection to a collector, never blocking: bytes are put in, bytes come out. TLS 1.2 or
 * newer, the server's certificate from the pinned authority alone and for the name that was
 * configured, our own certificate shown. */
#ifndef SEKISHO_LINK_H
#define SEKISHO_LINK_H

#include "trouble.h"

#include <netdb.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#define LINK_IN_MAX    16384
#define LINK_OUT_MAX   131072
#define LINK_ERROR_MAX 512

/* PEM files. */
struct link_identity {
	const char *authority; /* the only ones whose signature counts */
	const char *certificate;
	const char *key;
};

/* What every connection of this terminal shares; SSL_CTX_free. NULL with what is wrong in @error.
 */
SSL_CTX *link_context(const struct link_identity *identity, char error[static LINK_ERROR_MAX]);

/* The same strictness for a context that somebody else made and filled: no renegotiation, and an
 * authority must be a root. */
void link_tighten(SSL_CTX *context);

/* Has @context show a certificate that says what ours says, and that only we signed: anybody can
 * make one. False: no memory. */
bool link_forge(SSL_CTX *context);

struct link {
	int fd; /* -1: none */
	SSL *ssl;
	struct addrinfo *addresses, *address; /* all, and the one being tried */
	SSL_CTX *context; /* borrowed */
	const char *name; /* borrowed; that the certificate must have */
	bool connected, secure; /* TCP, TLS */
	bool was_secure; /* TLS was well, whatever came of it */
	bool wants_write; /* TLS waits until it can */
	size_t in_length, out_length;
	char in[LINK_IN_MAX];
	char out[LINK_OUT_MAX];
	enum trouble trouble; /* why it can't be used any more, */
	char error[LINK_ERROR_MAX]; /* and in words */
};

/* Begins to connect. @host and @port as getaddrinfo(3) takes them, which may take a while. -errno
 * with .error; link_end afterwards in every case. */
int link_begin(struct link *link, SSL_CTX *context, const char *host, const char *port,
	       const char *name);
void link_end(struct link *link);

/* The events of poll(2) that it waits for. */
short link_events(const struct link *link);

/* Connects and reads into .in, as far as can be done at once. 0, or -errno with .error: the
 * connection is of no more use; what came before stands in .in. */
int link_work(struct link *link);

/* Whether more has come than .in had room for: link_work again, once .in has some. */
bool link_has_more(const struct link *link);

/* The address takes too long to connect to: goes on to the next. -errno if there is none, or it is
 * connected. */
int link_try_next(struct link *link);

/* Writes what waits, as far as can be done at once. The same. */
int link_flush(struct link *link);

/* Puts bytes behind those that wait to be written; they must fit (LINK_OUT_MAX - .out_length). */
void link_put(struct link *link, const void *bytes, size_t length);

/* Takes the first bytes of .in away. */
void link_used(struct link *link, size_t length);

#endif
