#include "privatekey.h"

#include <openssl/pem.h>

/* OpenSSL's own would ask at the terminal. */
static int no_password(char *text, int size, int writing, void *user)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

EVP_PKEY *privatekey_read(BIO *file)
{
	return file ? PEM_read_bio_PrivateKey(file, NULL, no_password, NULL) : NULL;
}
