/* Keys, certificates and signed messages in PEM. One with a password is refused: nobody is there to
 * give it. */
#ifndef SEKISHO_PEM_H
#define SEKISHO_PEM_H

#include <openssl/pem.h>

/* After pem.h, which it looks for. */
#include <openssl/cms.h>

/* The next private key in @file, which may be NULL: the caller's to free. NULL: there is none. */
EVP_PKEY *pem_read_key(BIO *file);

/* The same of a certificate. */
X509 *pem_read_certificate(BIO *file);

/* The same of a CMS message. */
CMS_ContentInfo *pem_read_message(BIO *file);

#endif
