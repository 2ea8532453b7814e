#include "phonecode.h"

#include "roster.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAIN_DIGITS (PHONECODE_DIGITS - 1)
#define MODULUS	     UINT64_C(100000000000) /* ten to the power of PLAIN_DIGITS */
#define LABEL	     "sekisho substitute 1"
#define MAC	     32 /* bytes of SHA-256 */

static void free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void free_context(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

void phonecode_wipe(struct phonecode_key *key)
{
	explicit_bzero(key, sizeof(*key));
}

static int complete(struct phonecode_key *key)
{
	__attribute__((cleanup(free_key))) EVP_PKEY *pkey =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, key->secret, PHONEGROUP_KEY);
	size_t length = PHONEGROUP_KEY;

	return pkey && EVP_PKEY_get_raw_public_key(pkey, key->public, &length) == 1 &&
			       length == PHONEGROUP_KEY
		       ? 0
		       : -EIO;
}

int phonecode_load(int state_dirfd, struct phonecode_key *ret_key)
{
	_cleanup_close_ int fd =
		openat(state_dirfd, PHONECODE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	_cleanup_phonecode_ struct phonecode_key key = {};
	struct stat status;
	int r;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || (status.st_mode & 077) != 0)
		return -EPERM;
	if (status.st_size != PHONEGROUP_KEY ||
	    file_read_at(fd, key.secret, PHONEGROUP_KEY, 0) != PHONEGROUP_KEY)
		return -EINVAL;
	r = complete(&key);
	if (r == 0)
		*ret_key = key;
	return r;
}

int phonecode_make(int state_dirfd, struct phonecode_key *ret_key)
{
	_cleanup_phonecode_ struct phonecode_key key = {};
	int r;

	if (faccessat(state_dirfd, PHONECODE_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	if (getrandom(key.secret, PHONEGROUP_KEY, 0) != PHONEGROUP_KEY)
		return -EIO;
	r = complete(&key);
	if (r == 0)
		r = file_write_atomic(state_dirfd, PHONECODE_FILE, key.secret, PHONEGROUP_KEY,
				      0600);
	if (r == 0)
		*ret_key = key;
	return r;
}

/* H. M. Damm's quasigroup of order 10: finds each digit that is wrong, and each two neighbours that
 * changed places. */
static unsigned int check_digit(const char *digits, size_t count)
{
	static const uint8_t table[10][10] = {
		{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
		{4, 2, 0, 6, 8, 7, 1, 3, 5, 9}, {1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
		{6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
		{5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
		{9, 4, 3, 8, 6, 1, 7, 2, 0, 5}, {2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
	};
	unsigned int interim = 0;

	for (size_t i = 0; i < count; i++)
		interim = table[interim][digits[i] - '0'];
	return interim;
}

/* The first bytes as decimal digits; that the last ones are a little rarer is less than 2^-27. */
static void to_digits(const uint8_t mac[static MAC], char digits[static PHONECODE_SIZE])
{
	uint64_t value = 0;

	for (size_t i = 0; i < sizeof(value); i++)
		value = value << 8 | mac[i];
	snprintf(digits, PHONECODE_SIZE, "%0*llu", PLAIN_DIGITS,
		 (unsigned long long)(value % MODULUS));
	digits[PLAIN_DIGITS] = (char)('0' + check_digit(digits, PLAIN_DIGITS));
	digits[PHONECODE_DIGITS] = '\0';
}

/* Texts one after the other, each with its closing zero, so that none runs into the next. */
struct message {
	uint8_t bytes[2 * ROSTER_USER_MAX + PHONECODE_SIZE + 64];
	size_t length;
};

static void add(struct message *message, const char *text)
{
	const size_t length = strnlen(text, ROSTER_USER_MAX - 1);

	memcpy(message->bytes + message->length, text, length);
	message->length += length;
	message->bytes[message->length++] = '\0';
}

static void add_number(struct message *message, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	add(message, text);
}

int phonecode_challenge(const char *user, uint32_t day, uint32_t count,
			char ret_digits[static PHONECODE_SIZE])
{
	struct message message = {};
	uint8_t chance[MAC];
	uint8_t mac[MAC];

	if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		return -EIO;
	add(&message, user);
	add_number(&message, day);
	add_number(&message, count);
	if (!HMAC(EVP_sha256(), chance, sizeof(chance), message.bytes, message.length, mac, NULL))
		return -EIO;
	to_digits(mac, ret_digits);
	return 0;
}

/* What the two terminals share; nobody else can compute it. */
static int agree(const struct phonecode_key *own, const uint8_t other[static PHONEGROUP_KEY],
		 uint8_t ret_shared[static PHONEGROUP_KEY])
{
	__attribute__((cleanup(free_key))) EVP_PKEY *mine =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, own->secret, PHONEGROUP_KEY);
	__attribute__((cleanup(free_key))) EVP_PKEY *theirs =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, other, PHONEGROUP_KEY);
	__attribute__((cleanup(free_context))) EVP_PKEY_CTX *context =
		mine ? EVP_PKEY_CTX_new(mine, NULL) : NULL;
	size_t length = PHONEGROUP_KEY;

	/* OpenSSL refuses a point of small order, with which there is no secret. */
	if (!theirs || !context || EVP_PKEY_derive_init(context) != 1 ||
	    EVP_PKEY_derive_set_peer(context, theirs) != 1 ||
	    EVP_PKEY_derive(context, ret_shared, &length) != 1 || length != PHONEGROUP_KEY)
		return -EIO;
	return 0;
}

/* Who asks and who answers are in it, so that an answer is none in the other direction. */
static int expand(const uint8_t shared[static PHONEGROUP_KEY],
		  const uint8_t asking[static PHONEGROUP_KEY],
		  const uint8_t answering[static PHONEGROUP_KEY], uint8_t ret_key[static MAC])
{
	__attribute__((cleanup(free_context))) EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	uint8_t info[2 * PHONEGROUP_KEY];
	size_t length = MAC;

	memcpy(info, asking, PHONEGROUP_KEY);
	memcpy(info + PHONEGROUP_KEY, answering, PHONEGROUP_KEY);
	if (!context || EVP_PKEY_derive_init(context) != 1 ||
	    EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) != 1 ||
	    EVP_PKEY_CTX_set1_hkdf_salt(context, (const unsigned char *)LABEL, sizeof(LABEL) - 1) !=
		    1 ||
	    EVP_PKEY_CTX_set1_hkdf_key(context, shared, PHONEGROUP_KEY) != 1 ||
	    EVP_PKEY_CTX_add1_hkdf_info(context, info, sizeof(info)) != 1 ||
	    EVP_PKEY_derive(context, ret_key, &length) != 1 || length != MAC)
		return -EIO;
	return 0;
}

int phonecode_answer(const struct phonecode_key *own, const uint8_t asking[static PHONEGROUP_KEY],
		     const uint8_t answering[static PHONEGROUP_KEY],
		     const struct phonecode_about *about, char ret_digits[static PHONECODE_SIZE])
{
	const bool asks = memcmp(own->public, asking, PHONEGROUP_KEY) == 0;
	uint8_t shared[PHONEGROUP_KEY], key[MAC], mac[MAC];
	struct message message = {};
	int r;

	add(&message, about->user);
	add(&message, about->voucher);
	add_number(&message, about->day);
	add(&message, about->challenge);
	r = agree(own, asks ? answering : asking, shared);
	if (r == 0)
		r = expand(shared, asking, answering, key);
	if (r == 0 &&
	    !HMAC(EVP_sha256(), key, sizeof(key), message.bytes, message.length, mac, NULL))
		r = -EIO;
	if (r == 0)
		to_digits(mac, ret_digits);
	explicit_bzero(shared, sizeof(shared));
	explicit_bzero(key, sizeof(key));
	return r;
}

int phonecode_read(const char *typed, size_t length, char ret_digits[static PHONECODE_SIZE])
{
	size_t count = 0;

	for (size_t at = 0; at < length; at++) {
		if (typed[at] == ' ' || typed[at] == '-')
			continue;
		if (typed[at] < '0' || typed[at] > '9' || count == PHONECODE_DIGITS)
			return -EINVAL;
		ret_digits[count++] = typed[at];
	}
	ret_digits[count] = '\0';
	return count == PHONECODE_DIGITS && check_digit(ret_digits, PHONECODE_DIGITS) == 0
		       ? 0
		       : -EINVAL;
}

void phonecode_show(const char digits[static PHONECODE_SIZE], char ret_text[static PHONECODE_SHOWN])
{
	snprintf(ret_text, PHONECODE_SHOWN, "%.4s-%.4s-%.4s", digits, digits + 4, digits + 8);
}
