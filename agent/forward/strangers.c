#include "strangers.h"

#include "pem.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const strangers_words[STRANGER_COUNT] = {
	[STRANGER_FORGED] = "forged",
	[STRANGER_NAME] = "name",
	[STRANGER_EXPIRED] = "expired",
};

static const char *const files[STRANGER_COUNT] = {
	[STRANGER_NAME] = "stranger.pem",
	[STRANGER_EXPIRED] = "expired.pem",
};

static X509 *read_certificate(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *certificate = pem_read_certificate(file);

	BIO_free(file);
	return certificate;
}

/* Whenever it may be good. */
static bool is_signed(X509 *certificate, const char *authority)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool good = false;

	if (store && context && X509_STORE_load_file(store, authority) == 1 &&
	    X509_STORE_CTX_init(context, store, certificate, NULL) == 1 &&
	    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1) {
		X509_STORE_CTX_set_flags(context, X509_V_FLAG_NO_CHECK_TIME);
		good = X509_verify_cert(context) == 1;
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return good;
}

static const ASN1_OCTET_STRING *names_of(const X509 *certificate)
{
	const int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);

	return at < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(certificate, at));
}

static bool has_names_of(const X509 *one, const X509 *other)
{
	const ASN1_OCTET_STRING *names = names_of(one), *others = names_of(other);

	return names && others && ASN1_OCTET_STRING_cmp(names, others) == 0;
}

static bool is_over(const X509 *certificate)
{
	return X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
}

static bool is_valid_now(const X509 *certificate)
{
	return !is_over(certificate) && X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0;
}

/* Refused it shows that the collector minds the name, or the date, alone. */
static bool is_fit(enum stranger stranger, X509 *shown, X509 *own, const char *authority)
{
	if (!is_signed(shown, authority) ||
	    EVP_PKEY_eq(X509_get0_pubkey(shown), X509_get0_pubkey(own)) != 1)
		return false;
	return stranger == STRANGER_NAME ? is_valid_now(shown) && !has_names_of(shown, own)
					 : is_over(shown) && has_names_of(shown, own);
}

/* Beside our own. -ENAMETOOLONG. */
static int format_path(const char *own, const char *file, char path[static COLLECTORS_PATH])
{
	const char *slash = strrchr(own, '/');
	const int folder = slash ? (int)(slash - own + 1) : 0;

	return snprintf(path, COLLECTORS_PATH, "%.*s%s", folder, own, file) < COLLECTORS_PATH
		       ? 0
		       : -ENAMETOOLONG;
}

int strangers_disguise(enum stranger stranger, const struct collectors *collectors,
		       struct collectors *ret_collectors)
{
	char path[COLLECTORS_PATH];
	X509 *shown, *own;
	bool fit;
	int r;

	*ret_collectors = *collectors;
	if (!files[stranger])
		return 0;
	r = format_path(collectors->certificate, files[stranger], path);
	if (r < 0)
		return r;
	if (access(path, F_OK) < 0)
		return -errno;
	shown = read_certificate(path);
	own = read_certificate(collectors->certificate);
	fit = shown && own && is_fit(stranger, shown, own, collectors->authority);
	X509_free(own);
	X509_free(shown);
	if (!fit)
		return -EBADMSG;
	snprintf(ret_collectors->certificate, sizeof(ret_collectors->certificate), "%s", path);
	return 0;
}
