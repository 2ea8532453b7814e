/* PEM files of the collector: owned by root or whoever asks, not writable by others. */
#ifndef SEKISHO_COLLECTOR_PEMFILE_H
#define SEKISHO_COLLECTOR_PEMFILE_H

#include <openssl/x509.h>

/* The first certificate of @name below @dirfd. -EBADMSG if there is none in it; what
 * file_open_trusted says of a file, -ENOENT among it. */
int pemfile_certificate(int dirfd, const char *name, X509 **ret_certificate);

/* A private key that stands there without a password. -EACCES if others may read the file; the
 * rest as above. */
int pemfile_key(int dirfd, const char *name, EVP_PKEY **ret_key);

/* The same file for a person: why it can't be used, from what the two return. */
const char *pemfile_trouble(int code);

#endif
