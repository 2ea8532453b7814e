#include "certificate.h"

#include "name.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define SERIAL_BYTES 16
#define COMMON_NAME  64 /* characters; X.520 allows no more */
#define DAY_SECONDS  86400
#define PAST_BEGIN   INT64_C(946684800) /* 2000-01-01 */

#define SIGNATURE "critical,digitalSignature"

static const struct kind {
	int days;
	bool named; /* by subjectAltName */
	int purpose;
	struct {
		int nid;
		const char *value;
	} extensions[6];
} kinds[] = {
	[CERTIFICATE_AUTHORITY] = {7305,
				   false,
				   X509_PURPOSE_ANY,
				   {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
				    {NID_key_usage, "critical,keyCertSign,cRLSign"},
				    {NID_subject_key_identifier, "hash"}}},
	[CERTIFICATE_COLLECTOR] = {1826,
				   true,
				   X509_PURPOSE_SSL_SERVER,
				   {{NID_basic_constraints, "critical,CA:FALSE"},
				    {NID_key_usage, SIGNATURE},
				    {NID_ext_key_usage, "serverAuth"},
				    {NID_subject_key_identifier, "hash"},
				    {NID_authority_key_identifier, "keyid:always"}}},
	[CERTIFICATE_TERMINAL...
		CERTIFICATE_PAST] = {1826,
				     true,
				     X509_PURPOSE_SSL_CLIENT,
				     {{NID_basic_constraints, "critical,CA:FALSE"},
				      {NID_key_usage, SIGNATURE},
				      {NID_ext_key_usage, "clientAuth"},
				      {NID_subject_key_identifier, "hash"},
				      {NID_authority_key_identifier, "keyid:always"}}},
};

void identity_free(struct identity *identity)
{
	X509_free(identity->certificate);
	EVP_PKEY_free(identity->key);
	memset(identity, 0, sizeof(*identity));
}

int certificate_key(struct identity *identity)
{
	identity->key = EVP_EC_gen("P-256");
	return identity->key ? 0 : -EIO;
}

static bool set_serial(X509 *certificate)
{
	unsigned char bytes[SERIAL_BYTES];
	BIGNUM *number = NULL;
	bool good;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and always of that length */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return good;
}

static bool set_times(X509 *certificate, enum certificate_kind kind, const X509 *issuer)
{
	ASN1_TIME *end = X509_getm_notAfter(certificate);

	if (kind == CERTIFICATE_PAST)
		return ASN1_TIME_set(X509_getm_notBefore(certificate), PAST_BEGIN) &&
		       ASN1_TIME_set(end, PAST_BEGIN + DAY_SECONDS);
	if (!X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS) ||
	    !X509_time_adj_ex(end, kinds[kind].days, 0, NULL))
		return false;
	return issuer == certificate || ASN1_TIME_compare(end, X509_get0_notAfter(issuer)) <= 0 ||
	       X509_set1_notAfter(certificate, X509_get0_notAfter(issuer)) == 1;
}

/* The names are for people; what counts stands in subjectAltName. */
static bool set_names(X509 *certificate, const char *name, const X509 *issuer)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	char common[COMMON_NAME + 1];

	snprintf(common, sizeof(common), "%s", name);
	return X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC,
					  (const unsigned char *)"Sekisho", -1, -1, 0) == 1 &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
					  (const unsigned char *)common, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;
	bool good;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	good = extension && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return good;
}

static bool add_extensions(X509 *certificate, X509 *issuer, const struct kind *kind,
			   const char *name)
{
	char alternative[300];

	for (size_t i = 0; kind->extensions[i].value; i++)
		if (!add_extension(certificate, issuer, kind->extensions[i].nid,
				   kind->extensions[i].value))
			return false;
	/* The caller has checked the name: it holds no comma that would begin another. */
	snprintf(alternative, sizeof(alternative), "DNS:%s", name);
	return !kind->named ||
	       add_extension(certificate, issuer, NID_subject_alt_name, alternative);
}

int certificate_make(struct identity *identity, enum certificate_kind kind, const char *name,
		     const struct identity *issuer)
{
	X509 *certificate = X509_new();
	X509 *signer = issuer ? issuer->certificate : certificate;
	EVP_PKEY *key = issuer ? issuer->key : identity->key;

	if (!certificate || X509_set_version(certificate, X509_VERSION_3) != 1 ||
	    !set_serial(certificate) || !set_times(certificate, kind, signer) ||
	    !set_names(certificate, name, signer) ||
	    X509_set_pubkey(certificate, identity->key) != 1 ||
	    !add_extensions(certificate, signer, &kinds[kind], name) ||
	    X509_sign(certificate, key, EVP_sha256()) <= 0) {
		X509_free(certificate);
		return -EIO;
	}
	X509_free(identity->certificate);
	identity->certificate = certificate;
	return 0;
}

BIO *certificate_pem(const X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && PEM_write_bio_X509(bio, certificate) == 1)
		return bio;
	BIO_free(bio);
	return NULL;
}

BIO *certificate_key_pem(const EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
		return bio;
	BIO_free(bio);
	return NULL;
}

int certificate_check(X509 *certificate, X509 *authority, enum certificate_kind kind,
		      const char *name)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	int code = X509_V_ERR_OUT_OF_MEM;

	if (store && context && X509_STORE_add_cert(store, authority) == 1 &&
	    X509_STORE_CTX_init(context, store, certificate, NULL) == 1 &&
	    X509_STORE_CTX_set_purpose(context, kinds[kind].purpose) == 1 &&
	    (!name ||
	     X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context), name, 0) == 1))
		code = X509_verify_cert(context) == 1 ? X509_V_OK
						      : X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return code;
}

int certificate_name(const X509 *certificate, char *name, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int r = -ENOENT;

	for (int i = 0; r < 0 && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);
		size_t length;

		if (one->type != GEN_DNS)
			continue;
		length = (size_t)ASN1_STRING_length(one->d.dNSName);
		if (length >= size)
			continue;
		memcpy(name, ASN1_STRING_get0_data(one->d.dNSName), length);
		name[length] = '\0';
		/* All of it: a zero byte may stand in it. */
		if (strlen(name) == length && !name_wrong_host(name))
			r = 0;
	}
	GENERAL_NAMES_free(names);
	return r;
}

void certificate_last_day(const X509 *certificate, char day[static 16])
{
	struct tm end;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1 ||
	    strftime(day, 16, "%Y-%m-%d", &end) == 0)
		snprintf(day, 16, "?");
}
