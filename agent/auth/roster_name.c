#include "roster.h"

#include "number.h"

#include <openssl/sha.h>

void roster_name(const struct roster_entry *entry, char name[static ROSTER_NAME_SIZE])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(entry->credential, entry->credential_length, digest);
	hex_format(digest, (ROSTER_NAME_SIZE - 1) / 2, name);
}
