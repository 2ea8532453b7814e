/* A text with the collector's signature, which a terminal can check: a signed CMS message (RFC
 * 5652), PEM, with the collector's certificate. `openssl cms -verify -inform PEM -purpose sslserver
 * -CAfile authority.pem` shows it. What the text says is letter.h's matter. */
#ifndef SEKISHO_SIGNED_H
#define SEKISHO_SIGNED_H

#include <stddef.h>

#define SIGNED_FILE_MAX 65536 /* bytes */

/* @certificate and @key are PEM files. The caller frees *ret_text. -errno; -EINVAL: they are no
 * such files, have a password or don't belong together. */
int signed_make(const char *content, const char *certificate, const char *key, char **ret_text,
		size_t *ret_length);

/* @authority is a PEM file; @name the DNS name that the signer's certificate must be for. The
 * caller frees *ret_content. -EKEYREJECTED: not signed by that collector. -EBADMSG: signed, and
 * empty. -errno: @authority can't be read. */
int signed_open(const char *text, size_t length, const char *authority, const char *name,
		char **ret_content, size_t *ret_length);

/* The same of one that was good when it was taken: its certificate may have ended since. @authority
 * NULL: only that it is whole, whoever signed it. */
int signed_open_kept(const char *text, size_t length, const char *authority, const char *name,
		     char **ret_content, size_t *ret_length);

#endif
