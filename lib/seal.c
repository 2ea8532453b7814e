#include "seal.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define WORDS_MAX 512

static void free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void free_context(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

/* The first line says what is sealed, so that no other use of the keys can be taken for this one.
 */
static int statement_words(const struct seal_statement *statement, char words[static WORDS_MAX])
{
	char previous[2 * JOURNAL_HASH_SIZE + 1];
	int length;

	hex_format(statement->previous, JOURNAL_HASH_SIZE, previous);
	length = snprintf(words, WORDS_MAX,
			  "sekisho checkpoint 1\nhost %s\nepoch %s\nseq %" PRIu64
			  "\nprev %s\nperiod %" PRIu32 "\nreason %s\ntime %s\nboot %s\n",
			  statement->host, statement->epoch, statement->sequence, previous,
			  statement->period, statement->reason, statement->time, statement->boot);
	return length < 0 || length >= WORDS_MAX ? -EINVAL : length;
}

static void hmac(const uint8_t key[static SEAL_KEY_SIZE], const void *words, size_t length,
		 uint8_t ret_mac[static SEAL_MAC_SIZE])
{
	/* Fails only without memory or without SHA-256: no seal could be believed then. */
	if (!HMAC(EVP_sha256(), key, SEAL_KEY_SIZE, words, length, ret_mac, NULL))
		abort();
}

void seal_key_id(const uint8_t public_key[static SEAL_KEY_SIZE], char id[static SEAL_KEY_ID_SIZE])
{
	uint8_t hash[JOURNAL_HASH_SIZE];

	journal_hash(public_key, SEAL_KEY_SIZE, hash);
	hex_format(hash, (SEAL_KEY_ID_SIZE - 1) / 2, id);
}

int seal_public_key(const uint8_t private_key[static SEAL_KEY_SIZE],
		    uint8_t ret_public_key[static SEAL_KEY_SIZE])
{
	_cleanup_(free_key) EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key, SEAL_KEY_SIZE);
	size_t length = SEAL_KEY_SIZE;

	if (!key || EVP_PKEY_get_raw_public_key(key, ret_public_key, &length) != 1 ||
	    length != SEAL_KEY_SIZE)
		return -EINVAL;
	return 0;
}

int seal_make(const struct seal_statement *statement,
	      const uint8_t private_key[static SEAL_KEY_SIZE],
	      const uint8_t ratchet[static SEAL_KEY_SIZE], struct seal_marks *ret_marks)
{
	_cleanup_(free_key) EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_key, SEAL_KEY_SIZE);
	_cleanup_(free_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = SEAL_SIGNATURE_SIZE;
	char words[WORDS_MAX];
	int n = statement_words(statement, words);

	if (n < 0)
		return n;
	if (!context)
		return -ENOMEM;
	if (!key || EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
	    EVP_DigestSign(context, ret_marks->signature, &length, (const uint8_t *)words,
			   (size_t)n) != 1 ||
	    length != SEAL_SIGNATURE_SIZE)
		return -EINVAL;
	hmac(ratchet, words, (size_t)n, ret_marks->mac);
	return 0;
}

int seal_check_signature(const struct seal_statement *statement,
			 const uint8_t public_key[static SEAL_KEY_SIZE],
			 const uint8_t signature[static SEAL_SIGNATURE_SIZE])
{
	_cleanup_(free_key) EVP_PKEY *key =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SEAL_KEY_SIZE);
	_cleanup_(free_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
	char words[WORDS_MAX];
	int n = statement_words(statement, words);

	if (n < 0)
		return n;
	if (!context)
		return -ENOMEM;
	if (!key || EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) != 1)
		return -EINVAL;
	return EVP_DigestVerify(context, signature, SEAL_SIGNATURE_SIZE, (const uint8_t *)words,
				(size_t)n) == 1
		       ? 0
		       : -EKEYREJECTED;
}

int seal_check_mac(const struct seal_statement *statement,
		   const uint8_t ratchet[static SEAL_KEY_SIZE],
		   const uint8_t mac[static SEAL_MAC_SIZE])
{
	uint8_t expected[SEAL_MAC_SIZE];
	char words[WORDS_MAX];
	int n = statement_words(statement, words);

	if (n < 0)
		return n;
	hmac(ratchet, words, (size_t)n, expected);
	return CRYPTO_memcmp(expected, mac, SEAL_MAC_SIZE) == 0 ? 0 : -EKEYREJECTED;
}

void seal_turn(uint8_t ratchet[static SEAL_KEY_SIZE])
{
	static const char turn[] = "sekisho ratchet 1";
	uint8_t next[SEAL_MAC_SIZE];

	hmac(ratchet, turn, sizeof(turn) - 1, next);
	memcpy(ratchet, next, SEAL_KEY_SIZE);
	explicit_bzero(next, sizeof(next));
}
