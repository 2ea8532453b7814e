/* Private keys in PEM. */
#ifndef SEKISHO_PRIVATEKEY_H
#define SEKISHO_PRIVATEKEY_H

#include <openssl/evp.h>

/* The key in @file, which may be NULL: the caller's to free. NULL: there is none, or one with a
 * password, which nobody is there to give. */
EVP_PKEY *privatekey_read(BIO *file);

#endif
