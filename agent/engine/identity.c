#include "identity.h"

#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>

#define BYTES 16

/* Chosen at random; names this use of the machine's id. */
static const char purpose[] = "sekisho journal 5d0b9f6e2c1748d3a6c41f0e97b35a82";

int identity_host(const char *machine_id, char text[static IDENTITY_SIZE])
{
	uint8_t salted[sizeof(purpose) + BYTES], digest[EVP_MAX_MD_SIZE];
	uint8_t *id = salted + sizeof(purpose);
	char line[64];
	int r;

	r = file_read_line(AT_FDCWD, machine_id, line, sizeof(line));
	if (r < 0)
		return r;
	if (hex_parse_exactly(line, id, BYTES) < 0)
		return -EBADMSG;
	memcpy(salted, purpose, sizeof(purpose));
	if (EVP_Digest(salted, sizeof(salted), digest, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	hex_format(digest, BYTES, text);
	return 0;
}

int identity_boot(char text[static IDENTITY_SIZE])
{
	char line[64];
	size_t length = 0;
	int r;

	r = file_read_line(AT_FDCWD, "/proc/sys/kernel/random/boot_id", line, sizeof(line));
	if (r < 0)
		return r;
	for (const char *at = line; *at; at++) {
		if (*at == '-')
			continue;
		if (length == IDENTITY_SIZE - 1)
			return -EBADMSG;
		text[length++] = *at;
	}
	text[length] = '\0';
	return length == IDENTITY_SIZE - 1 ? 0 : -EBADMSG;
}
