#include "otpuri.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <liboath/oath.h>
#include <string.h>

/* RFC 3986 section 2.3: what needs no escape. */
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

static int append(char *uri, size_t *used, const char *text)
{
	size_t length = strlen(text);

	if (*used + length >= OTPURI_MAX)
		return -EMSGSIZE;
	memcpy(uri + *used, text, length + 1);
	*used += length;
	return 0;
}

static int append_escaped(char *uri, size_t *used, const char *text)
{
	int r = 0;

	for (; r == 0 && *text; text++) {
		char piece[4] = {*text};

		if (!strchr(UNRESERVED, *text))
			snprintf(piece, sizeof(piece), "%%%02X", (unsigned char)*text);
		r = append(uri, used, piece);
	}
	return r;
}

static int append_secret(char *uri, size_t *used, const struct otp *otp)
{
	char *secret = NULL;
	size_t length = 0;
	int r;

	if (oath_base32_encode((const char *)otp->seed, otp->seed_length, &secret, &length) !=
	    OATH_OK)
		return -ENOMEM;
	/* Without the filling at the end: apps do not agree on it. */
	secret[strcspn(secret, "=")] = '\0';
	r = append(uri, used, secret);
	explicit_bzero(secret, length);
	free(secret);
	return r;
}

int otpuri_format(const struct otp_entry *entry, const char *issuer, char uri[static OTPURI_MAX])
{
	static const char *const hashes[] = {[OTP_SHA1] = "",
					     [OTP_SHA256] = "&algorithm=SHA256",
					     [OTP_SHA512] = "&algorithm=SHA512"};
	char digits[sizeof("&digits=8")] = "";
	size_t used = 0;
	int r;

	if (entry->otp.digits != OTP_DIGITS_MIN)
		snprintf(digits, sizeof(digits), "&digits=%u", entry->otp.digits % 10);
	r = append(uri, &used, "otpauth://");
	if (r == 0)
		r = append(uri, &used, entry->otp.kind == OTP_HOTP ? "hotp/" : "totp/");
	if (r == 0)
		r = append_escaped(uri, &used, issuer);
	if (r == 0)
		r = append(uri, &used, ":");
	if (r == 0)
		r = append_escaped(uri, &used, entry->user);
	if (r == 0)
		r = append(uri, &used, "?secret=");
	if (r == 0)
		r = append_secret(uri, &used, &entry->otp);
	if (r == 0)
		r = append(uri, &used, "&issuer=");
	if (r == 0)
		r = append_escaped(uri, &used, issuer);
	if (r == 0)
		r = append(uri, &used, hashes[entry->otp.hash]);
	if (r == 0)
		r = append(uri, &used, digits);
	return r == 0 && entry->otp.kind == OTP_HOTP ? append(uri, &used, "&counter=0") : r;
}

static int from_base32(const char *text, struct otp *otp)
{
	char *seed = NULL;
	size_t length = 0;
	int r = -EINVAL;

	if (oath_base32_decode(text, strlen(text), &seed, &length) != OATH_OK)
		return -EINVAL;
	if (length <= sizeof(otp->seed)) {
		memcpy(otp->seed, seed, length);
		otp->seed_length = length;
		r = 0;
	}
	explicit_bzero(seed, length);
	free(seed);
	return r;
}

int otpuri_read_seed(const char *text, size_t length, struct otp *otp)
{
	char plain[2 * OTP_SEED_MAX + 1];
	size_t used = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < length; i++) {
		if (text[i] == ' ')
			continue;
		if (used + 1 == sizeof(plain) || text[i] == '\0')
			r = -EINVAL;
		else
			plain[used++] = text[i];
	}
	plain[used] = '\0';
	/* No seed of base32 has by chance digits of hexadecimal alone. */
	if (r == 0 && plain[strspn(plain, "0123456789abcdefABCDEF")] == '\0')
		r = hex_parse(plain, otp->seed, sizeof(otp->seed), &otp->seed_length);
	else if (r == 0)
		r = from_base32(plain, otp);
	explicit_bzero(plain, sizeof(plain));
	if (r < 0 || otp->seed_length < OTP_SEED_MIN)
		return -EINVAL;
	return 0;
}
