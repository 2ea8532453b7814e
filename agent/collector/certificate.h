/* Keys and certificates of X.509, made with libcrypto: EC P-256, SHA-256. */
#ifndef SEKISHO_COLLECTOR_CERTIFICATE_H
#define SEKISHO_COLLECTOR_CERTIFICATE_H

#include "cleanup.h"

#include <openssl/x509.h>

enum certificate_kind {
	CERTIFICATE_AUTHORITY, /* of the authority itself: 20 years, signs no other authority */
	CERTIFICATE_COLLECTOR, /* for a TLS server: 5 years */
	CERTIFICATE_TERMINAL, /* for a TLS client: 5 years */
	CERTIFICATE_PAST, /* the same, but for a day of the year 2000 */
};

/* The certificate and its key; either may be NULL. */
struct identity {
	X509 *certificate;
	EVP_PKEY *key;
};

void identity_free(struct identity *identity);
#define _cleanup_identity_ _cleanup_(identity_free)

/* Puts a new key into @identity, which has none. -EIO. */
int certificate_key(struct identity *identity);

/* Puts a certificate for the key of @identity there. @name is a DNS name, with
 * CERTIFICATE_AUTHORITY words for people; @issuer signs, NULL where that is @identity itself. It
 * ends with its issuer's certificate at the latest and begins a day ago, as clocks differ; but for
 * CERTIFICATE_PAST. -EIO. */
int certificate_make(struct identity *identity, enum certificate_kind kind, const char *name,
		     const struct identity *issuer);

/* As files have them, in memory that is wiped by BIO_free. NULL if there is none. */
BIO *certificate_pem(const X509 *certificate);
BIO *certificate_key_pem(const EVP_PKEY *key);

/* Whether @certificate is signed by @authority, valid now and for that purpose; with @name, for
 * that name too. 0, or a code of X509_V_ERR_*. */
int certificate_check(X509 *certificate, X509 *authority, enum certificate_kind kind,
		      const char *name);

/* The first DNS name that it is for, of those that name.h takes for a host's; at most @size bytes
 * with the closing zero. -ENOENT: there is none, and @name is whatever. */
int certificate_name(const X509 *certificate, char *name, size_t size);

/* Its last day as people of this locale write it everywhere: YYYY-MM-DD, in UTC. */
void certificate_last_day(const X509 *certificate, char day[static 16]);

#endif
