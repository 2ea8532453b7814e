#include "pem.h"

/* OpenSSL's own would ask at the terminal. */
static int no_password(char *text, int size, int writing, void *user)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

EVP_PKEY *pem_read_key(BIO *file)
{
	return file ? PEM_read_bio_PrivateKey(file, NULL, no_password, NULL) : NULL;
}

X509 *pem_read_certificate(BIO *file)
{
	return file ? PEM_read_bio_X509(file, NULL, no_password, NULL) : NULL;
}

CMS_ContentInfo *pem_read_message(BIO *file)
{
	return file ? PEM_read_bio_CMS(file, NULL, no_password, NULL) : NULL;
}
