#include "attestation.h"

#include "cleanup.h"
#include "crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

#define DAYS	   3650
#define AAGUID_OID "1.3.6.1.4.1.45724.1.1.4" /* id-fido-gen-ce-aaguid */

struct issue {
	const char *unit;
	const char *name;
	EVP_PKEY *key;
	X509 *issuer; /* NULL: signs itself */
	EVP_PKEY *issuer_key;
	const uint8_t *aaguid; /* NULL: an authority */
};

static int add_extension(X509 *certificate, int kind, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
	int r = extension && X509_add_ext(certificate, extension, -1) == 1 ? 0 : -EIO;

	X509_EXTENSION_free(extension);
	return r;
}

/* The model, as an OCTET STRING within the extension's own. */
static int add_aaguid(X509 *certificate, const uint8_t *aaguid)
{
	uint8_t inner[2 + AAGUID_SIZE] = {V_ASN1_OCTET_STRING, AAGUID_SIZE};
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *kind = OBJ_txt2obj(AAGUID_OID, 1);
	X509_EXTENSION *extension = NULL;
	int r = -EIO;

	memcpy(inner + 2, aaguid, AAGUID_SIZE);
	if (kind && value && ASN1_OCTET_STRING_set(value, inner, sizeof(inner)) == 1)
		extension = X509_EXTENSION_create_by_OBJ(NULL, kind, 0, value);
	if (extension && X509_add_ext(certificate, extension, -1) == 1)
		r = 0;
	X509_EXTENSION_free(extension);
	ASN1_OBJECT_free(kind);
	ASN1_OCTET_STRING_free(value);
	return r;
}

static int add_name(X509_NAME *name, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, (const unsigned char *)value,
					  -1, -1, 0) == 1
		       ? 0
		       : -EIO;
}

static int fill(X509 *certificate, const struct issue *issue)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	uint64_t serial = 0;

	if (EVP_PKEY_get_base_id(issue->key) != EVP_PKEY_EC ||
	    X509_set_version(certificate, 2) != 1)
		return -EIO;
	if (crypto_random(&serial, sizeof(serial) - 1) < 0 ||
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) != 1 ||
	    !X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L) ||
	    !X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * DAYS) ||
	    X509_set_pubkey(certificate, issue->key) != 1)
		return -EIO;
	if (add_name(name, "C", "JP") < 0 || add_name(name, "O", "Sekisho tests") < 0 ||
	    add_name(name, "OU", issue->unit) < 0 || add_name(name, "CN", issue->name) < 0)
		return -EIO;
	if (X509_set_issuer_name(certificate,
				 issue->issuer ? X509_get_subject_name(issue->issuer) : name) != 1)
		return -EIO;
	if (add_extension(certificate, NID_basic_constraints,
			  issue->aaguid ? "critical,CA:FALSE" : "critical,CA:TRUE") < 0)
		return -EIO;
	if (issue->aaguid && add_aaguid(certificate, issue->aaguid) < 0)
		return -EIO;
	return X509_sign(certificate, issue->issuer_key, EVP_sha256()) > 0 ? 0 : -EIO;
}

static X509 *issue_certificate(const struct issue *issue)
{
	X509 *certificate = X509_new();

	if (certificate && fill(certificate, issue) < 0) {
		X509_free(certificate);
		return NULL;
	}
	return certificate;
}

static int write_batch(const char *path, EVP_PKEY *key, X509 *batch, X509 *root)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file;
	int r;

	if (fd < 0)
		return -errno;
	file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	r = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 &&
			    PEM_write_X509(file, batch) == 1 && PEM_write_X509(file, root) == 1
		    ? 0
		    : -EIO;
	if (fclose(file) != 0)
		r = -EIO;
	return r;
}

static int keep(struct attestation *attestation, EVP_PKEY *key, X509 *batch)
{
	uint8_t *at = attestation->certificate;
	int length = i2d_X509(batch, NULL);

	if (length <= 0 || length > CERTIFICATE_MAX)
		return -EMSGSIZE;
	attestation->certificate_length = (size_t)i2d_X509(batch, &at);
	attestation->key = key;
	return 0;
}

static int make_batch(struct attestation *attestation, const char *path, const uint8_t *aaguid)
{
	EVP_PKEY *root_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct issue root_issue = {.unit = "Root",
				   .name = "Sekisho test root",
				   .key = root_key,
				   .issuer_key = root_key};
	struct issue batch_issue = {.unit = "Authenticator Attestation", /* WebAuthn, 8.2.1 */
				    .name = "Sekisho test batch",
				    .key = key,
				    .issuer_key = root_key,
				    .aaguid = aaguid};
	X509 *batch = NULL;
	X509 *root = NULL;
	int r = -EIO;

	if (!root_key || !key)
		goto out;
	root = issue_certificate(&root_issue);
	if (!root)
		goto out;
	batch_issue.issuer = root;
	batch = issue_certificate(&batch_issue);
	if (!batch)
		goto out;
	r = path ? write_batch(path, key, batch, root) : 0;
	if (r == 0)
		r = keep(attestation, key, batch);
	if (r == 0)
		key = NULL;
out:
	X509_free(batch);
	X509_free(root);
	EVP_PKEY_free(key);
	EVP_PKEY_free(root_key);
	return r;
}

static int read_batch(struct attestation *attestation, FILE *file)
{
	EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	X509 *batch = key ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	int r = -EBADMSG;

	if (batch && X509_check_private_key(batch, key) == 1)
		r = keep(attestation, key, batch);
	if (r < 0)
		EVP_PKEY_free(key);
	X509_free(batch);
	return r;
}

int attestation_open(struct attestation *attestation, const char *path,
		     const uint8_t aaguid[static AAGUID_SIZE])
{
	_cleanup_fclose_ FILE *file = NULL;

	*attestation = (struct attestation){};
	if (path) {
		file = fopen(path, "re");
		if (file)
			return read_batch(attestation, file);
		if (errno != ENOENT)
			return -errno;
	}
	return make_batch(attestation, path, aaguid);
}

void attestation_close(struct attestation *attestation)
{
	EVP_PKEY_free(attestation->key);
	attestation->key = NULL;
}
