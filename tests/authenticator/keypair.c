#include "keypair.h"

#include "ctap.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <string.h>

#define POINT_SIZE (1 + 2 * COORDINATE) /* uncompressed: 4, x, y */

void keypair_release(struct keypair *pair)
{
	EVP_PKEY_free(pair->pkey);
	explicit_bzero(pair, sizeof(*pair));
}

/* An OpenSSL key from an uncompressed point and, for our own, the private number. */
static EVP_PKEY *p256_key(const uint8_t point[static POINT_SIZE], const BIGNUM *number)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *key = NULL;
	int kind = number ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;

	if (!builder || !context ||
	    !OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_SIZE))
		goto out;
	if (number && !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number))
		goto out;
	parameters = OSSL_PARAM_BLD_to_param(builder);
	if (!parameters || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, kind, parameters) != 1)
		key = NULL;
out:
	OSSL_PARAM_free(parameters);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

static int load_p256(struct keypair *pair)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *product = group ? EC_POINT_new(group) : NULL;
	BIGNUM *number = BN_bin2bn(pair->secret, COORDINATE, NULL);
	uint8_t point[POINT_SIZE];
	int r = -EIO;

	if (!product || !number)
		goto out;
	r = -EINVAL;
	if (BN_is_zero(number) || BN_cmp(number, EC_GROUP_get0_order(group)) >= 0)
		goto out;
	r = -EIO;
	if (EC_POINT_mul(group, product, number, NULL, NULL, NULL) != 1 ||
	    EC_POINT_point2oct(group, product, POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point),
			       NULL) != sizeof(point))
		goto out;
	pair->pkey = p256_key(point, number);
	if (!pair->pkey)
		goto out;
	memcpy(pair->x, point + 1, COORDINATE);
	memcpy(pair->y, point + 1 + COORDINATE, COORDINATE);
	r = 0;
out:
	BN_clear_free(number);
	EC_POINT_free(product);
	EC_GROUP_free(group);
	return r;
}

static int load_ed25519(struct keypair *pair)
{
	size_t length = COORDINATE;

	pair->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, pair->secret, COORDINATE);
	if (!pair->pkey)
		return -EIO;
	if (EVP_PKEY_get_raw_public_key(pair->pkey, pair->x, &length) != 1) {
		EVP_PKEY_free(pair->pkey);
		return -EIO;
	}
	return 0;
}

int keypair_load(int algorithm, const uint8_t secret[static COORDINATE], struct keypair *ret_pair)
{
	struct keypair pair = {.algorithm = algorithm};
	int r;

	memcpy(pair.secret, secret, COORDINATE);
	if (algorithm == COSE_ES256)
		r = load_p256(&pair);
	else if (algorithm == COSE_EDDSA)
		r = load_ed25519(&pair);
	else
		r = -ENOTSUP;
	if (r == 0)
		*ret_pair = pair;
	explicit_bzero(&pair, sizeof(pair));
	return r;
}

int keypair_generate(int algorithm, struct keypair *ret_pair)
{
	uint8_t secret[COORDINATE];
	BIGNUM *number = BN_new();
	int r = -EIO;

	/* On P-256 about one random number in four billion is no private key: then again. */
	do {
		if (!number || BN_rand(number, 8 * COORDINATE, BN_RAND_TOP_ANY, 0) != 1 ||
		    BN_bn2binpad(number, secret, COORDINATE) != COORDINATE)
			break;
		r = keypair_load(algorithm, secret, ret_pair);
	} while (r == -EINVAL);
	explicit_bzero(secret, sizeof(secret));
	BN_clear_free(number);
	return r;
}

int keypair_sign(const struct keypair *pair, const uint8_t *message, size_t length,
		 uint8_t ret_signature[static SIGNATURE_MAX], size_t *ret_length)
{
	const EVP_MD *digest = pair->algorithm == COSE_ES256 ? EVP_sha256() : NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t count = SIGNATURE_MAX;
	int r = -EIO;

	if (context && EVP_DigestSignInit(context, NULL, digest, NULL, pair->pkey) == 1 &&
	    EVP_DigestSign(context, ret_signature, &count, message, length) == 1) {
		*ret_length = count;
		r = 0;
	}
	EVP_MD_CTX_free(context);
	return r;
}

int keypair_agree(const struct keypair *pair, const uint8_t x[static COORDINATE],
		  const uint8_t y[static COORDINATE], uint8_t ret_shared[static COORDINATE])
{
	uint8_t point[POINT_SIZE] = {4};
	EVP_PKEY_CTX *context = NULL;
	EVP_PKEY *peer = NULL;
	size_t length = COORDINATE;
	int r = -EINVAL;

	memcpy(point + 1, x, COORDINATE);
	memcpy(point + 1 + COORDINATE, y, COORDINATE);
	peer = p256_key(point, NULL);
	if (!peer)
		goto out;
	r = -EIO;
	context = EVP_PKEY_CTX_new(pair->pkey, NULL);
	if (context && EVP_PKEY_derive_init(context) == 1 &&
	    EVP_PKEY_derive_set_peer(context, peer) == 1 &&
	    EVP_PKEY_derive(context, ret_shared, &length) == 1 && length == COORDINATE)
		r = 0;
out:
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(peer);
	return r;
}
