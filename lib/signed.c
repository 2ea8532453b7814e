#include "signed.h"

#include "cleanup.h"
#include "pem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

static void free_bio(BIO **pointer)
{
	BIO_free_all(*pointer);
}

static void free_certificate(X509 **pointer)
{
	X509_free(*pointer);
}

static void free_key(EVP_PKEY **pointer)
{
	EVP_PKEY_free(*pointer);
}

static void free_message(CMS_ContentInfo **pointer)
{
	CMS_ContentInfo_free(*pointer);
}

static void free_store(X509_STORE **pointer)
{
	X509_STORE_free(*pointer);
}

static int open_pem(const char *path, BIO **ret_bio)
{
	BIO *bio = BIO_new_file(path, "r");

	if (!bio)
		return errno ? -errno : -EINVAL;
	*ret_bio = bio;
	return 0;
}

/* Zero-terminated, whatever else is in it. */
static int copy_out(BIO *out, char **ret_text, size_t *ret_length)
{
	char *bytes, *text;
	long length = BIO_get_mem_data(out, &bytes);

	text = length > 0 ? malloc((size_t)length + 1) : NULL;
	if (!text)
		return length > 0 ? -ENOMEM : -EBADMSG;
	memcpy(text, bytes, (size_t)length);
	text[length] = '\0';
	*ret_text = text;
	*ret_length = (size_t)length;
	return 0;
}

int signed_make(const char *content, const char *certificate, const char *key, char **ret_text,
		size_t *ret_length)
{
	_cleanup_(free_bio) BIO *certificate_file = NULL;
	_cleanup_(free_bio) BIO *key_file = NULL;
	_cleanup_(free_bio) BIO *in = NULL;
	_cleanup_(free_bio) BIO *out = BIO_new(BIO_s_mem());
	_cleanup_(free_certificate) X509 *signer = NULL;
	_cleanup_(free_key) EVP_PKEY *private_key = NULL;
	_cleanup_(free_message) CMS_ContentInfo *message = NULL;
	int r;

	r = open_pem(certificate, &certificate_file);
	if (r == 0)
		r = open_pem(key, &key_file);
	if (r < 0)
		return r;
	signer = pem_read_certificate(certificate_file);
	private_key = pem_read_key(key_file);
	if (!signer || !private_key || X509_check_private_key(signer, private_key) != 1)
		return -EINVAL;
	in = BIO_new_mem_buf(content, -1);
	if (!in || !out)
		return -ENOMEM;
	message = CMS_sign(signer, private_key, NULL, in, CMS_BINARY | CMS_NOSMIMECAP);
	if (!message || PEM_write_bio_CMS(out, message) != 1)
		return -EINVAL;
	return copy_out(out, ret_text, ret_length);
}

/* The authority alone, and certificates of servers alone: a terminal's would do otherwise. */
static int make_store(const char *authority, unsigned long flags, X509_STORE **ret_store)
{
	_cleanup_(free_bio) BIO *file = NULL;
	_cleanup_(free_certificate) X509 *certificate = NULL;
	_cleanup_(free_store) X509_STORE *store = X509_STORE_new();
	int r;

	r = open_pem(authority, &file);
	if (r < 0)
		return r;
	certificate = pem_read_certificate(file);
	if (!certificate)
		return -EINVAL;
	if (!store || X509_STORE_add_cert(store, certificate) != 1 ||
	    X509_STORE_set_purpose(store, X509_PURPOSE_SSL_SERVER) != 1 ||
	    X509_STORE_set_flags(store, flags) != 1)
		return -ENOMEM;
	*ret_store = steal_pointer(store);
	return 0;
}

/* All of them must be for the name: there is one. */
static bool signers_are(CMS_ContentInfo *message, const char *name)
{
	STACK_OF(X509) *signers = CMS_get0_signers(message);
	bool are = sk_X509_num(signers) == 1;

	for (int i = 0; i < sk_X509_num(signers); i++)
		are = are && X509_check_host(sk_X509_value(signers, i), name, 0,
					     X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
	sk_X509_free(signers);
	return are;
}

static int open_message(const char *text, size_t length, const char *authority, const char *name,
			unsigned long flags, char **ret_content, size_t *ret_length)
{
	const unsigned int how = CMS_BINARY | (authority ? 0 : CMS_NO_SIGNER_CERT_VERIFY);
	_cleanup_(free_store) X509_STORE *store = NULL;
	_cleanup_(free_bio) BIO *in = BIO_new_mem_buf(text, (int)length);
	_cleanup_(free_bio) BIO *out = BIO_new(BIO_s_mem());
	_cleanup_(free_message) CMS_ContentInfo *message = NULL;
	int r;

	if (length > SIGNED_FILE_MAX)
		return -EKEYREJECTED;
	if (!in || !out)
		return -ENOMEM;
	r = authority ? make_store(authority, flags, &store) : 0;
	if (r < 0)
		return r;
	message = pem_read_message(in);
	if (!message || CMS_verify(message, NULL, store, NULL, out, how) != 1 ||
	    (authority && !signers_are(message, name))) {
		ERR_clear_error();
		return -EKEYREJECTED;
	}
	return copy_out(out, ret_content, ret_length);
}

int signed_open(const char *text, size_t length, const char *authority, const char *name,
		char **ret_content, size_t *ret_length)
{
	return open_message(text, length, authority, name, 0, ret_content, ret_length);
}

int signed_open_kept(const char *text, size_t length, const char *authority, const char *name,
		     char **ret_content, size_t *ret_length)
{
	return open_message(text, length, authority, name, X509_V_FLAG_NO_CHECK_TIME, ret_content,
			    ret_length);
}
