/* libcrypto, before its first use. */
#ifndef SEKISHO_CRYPTOLIB_H
#define SEKISHO_CRYPTOLIB_H

/* No openssl.cnf and no OPENSSL_CONF of the environment has a say in what is hashed, signed,
 * verified or sent: the library's first digest would read them. To be called before that; again
 * does nothing. -ENOMEM: the library can't be used, and its functions don't look whether it can. */
int cryptolib_begin(void);

#endif
