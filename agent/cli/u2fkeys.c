#include "u2fkeys.h"

#include "cleanup.h"
#include "gettext.h"
#include "number.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define TEXT_MAX     1024 /* bytes of base64 for the longest credential, and more */
#define UNCOMPRESSED 4 /* SEC 1, 2.3.3: what a point with both coordinates begins with */

const char *const u2fkeys_notes[U2FKEYS_NOTE_COUNT] = {
	[U2FKEYS_TOUCH_ALONE] =
		N_("touch alone was enough; the PIN or a fingerprint will be asked for"),
	[U2FKEYS_PIN_ALONE] = N_("the PIN was asked for in any case; a fingerprint will do too"),
	[U2FKEYS_NO_TOUCH] = N_("no touch was asked for; it will be"),
};

int u2fkeys_begin(char *line, const char **ret_user, char **ret_rest)
{
	char *user = strsep(&line, ":");

	if (!line || user[0] == '\0')
		return -EINVAL;
	*ret_user = user;
	*ret_rest = line;
	return 0;
}

/* Either alphabet of RFC 4648, with the filling at the end or without. */
static int decode(const char *text, uint8_t *bytes, size_t size, size_t *ret_length)
{
	uint8_t decoded[TEXT_MAX / 4 * 3];
	char plain[TEXT_MAX + 4];
	size_t length = strcspn(text, "=");
	int count;

	if (length == 0 || length > TEXT_MAX || strlen(text) - length > 2 ||
	    text[length + strspn(text + length, "=")] != '\0' || length % 4 == 1)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		plain[i] = text[i];
		if (text[i] == '-')
			plain[i] = '+';
		if (text[i] == '_')
			plain[i] = '/';
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
			    plain[i]))
			return -EINVAL;
	}
	memcpy(plain + length, "===", 4);
	count = EVP_DecodeBlock(decoded, (const uint8_t *)plain, (int)((length + 3) / 4 * 4));
	if (count < 0)
		return -EINVAL;
	*ret_length = length / 4 * 3 + (length % 4 > 0 ? length % 4 - 1 : 0);
	if (*ret_length > size || *ret_length > (size_t)count)
		return -EINVAL;
	memcpy(bytes, decoded, *ret_length);
	return 0;
}

static int decode_key(const char *text, bool old, struct roster_entry *key)
{
	const size_t wanted = roster_algorithms[key->algorithm].key_length;
	uint8_t bytes[ROSTER_KEY_MAX + 1];
	size_t length, head;
	int r = old ? hex_parse(text, bytes, sizeof(bytes), &length)
		    : decode(text, bytes, sizeof(bytes), &length);

	if (r < 0)
		return r;
	head = key->algorithm != ROSTER_EDDSA && length == wanted + 1 && bytes[0] == UNCOMPRESSED;
	if (length != wanted + head)
		return -EINVAL;
	memcpy(key->key, bytes + head, wanted);
	key->key_length = wanted;
	return 0;
}

static int find_algorithm(const char *name, enum roster_algorithm *ret_algorithm)
{
	for (size_t i = 0; i < ROSTER_ALGORITHMS; i++)
		if (strcmp(roster_algorithms[i].name, name) == 0) {
			*ret_algorithm = (enum roster_algorithm)i;
			return 0;
		}
	return -EINVAL;
}

static unsigned int note_options(const char *options)
{
	const bool pin = strstr(options, "+pin"), verified = strstr(options, "+verification");
	unsigned int notes = 0;

	if (!pin && !verified)
		notes |= 1u << U2FKEYS_TOUCH_ALONE;
	if (pin)
		notes |= 1u << U2FKEYS_PIN_ALONE;
	if (!strstr(options, "+presence"))
		notes |= 1u << U2FKEYS_NO_TOUCH;
	return notes;
}

/* NULL, or why not. */
static const char *read_credential(char *text, struct u2fkeys_credential *credential)
{
	struct roster_entry *key = &credential->key;
	const char *handle = strsep(&text, ",");
	const char *point = strsep(&text, ",");
	const char *type = strsep(&text, ",");
	const char *options = strsep(&text, ",");
	const bool old = !type;

	if (!point || text)
		return N_("a credential is a handle, a public key, a type and options");
	if (strcmp(handle, "*") == 0)
		return N_(
			"the key itself knows its credential, the file does not; register it anew");
	if (find_algorithm(old ? "es256" : type, &key->algorithm) < 0)
		return N_("the algorithm must be es256, es384 or eddsa");
	if (decode(handle, key->credential, sizeof(key->credential), &key->credential_length) < 0 ||
	    key->credential_length == 0)
		return N_("the handle can't be decoded, or is longer than 512 bytes");
	if (decode_key(point, old, key) < 0)
		return N_("the public key can't be decoded, or has a wrong length for its type");
	credential->notes = note_options(old ? "+presence" : options ? options : "");
	return NULL;
}

bool u2fkeys_next(char **rest, struct u2fkeys_credential *ret_credential)
{
	*ret_credential = (struct u2fkeys_credential){};
	while (*rest) {
		char *text = strsep(rest, ":");

		/* pam-u2f passes over nothing between two colons. */
		if (text[0] == '\0')
			continue;
		ret_credential->refusal = read_credential(text, ret_credential);
		return true;
	}
	return false;
}

char *u2fkeys_format(const struct roster_entry *key)
{
	uint8_t handle[TEXT_MAX + 1], point[TEXT_MAX + 1];
	char *text = NULL;

	EVP_EncodeBlock(handle, key->credential, (int)key->credential_length);
	EVP_EncodeBlock(point, key->key, (int)key->key_length);
	if (asprintf(&text, ":%s,%s,%s,+presence%s", (const char *)handle, (const char *)point,
		     roster_algorithms[key->algorithm].name,
		     key->uv_optional ? "" : "+verification") < 0)
		return NULL;
	return text;
}
