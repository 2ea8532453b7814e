#include "secret.h"

#include <errno.h>
#include <string.h>

int secret_set(struct secret *secret, const void *bytes, size_t length)
{
	secret_wipe(secret);
	if (length > SECRET_MAX)
		return -EMSGSIZE;
	memcpy(secret->bytes, bytes, length);
	secret->length = length;
	return 0;
}

void secret_wipe(struct secret *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}

bool secret_equal(const void *left, const void *right, size_t length)
{
	const volatile unsigned char *a = left;
	const volatile unsigned char *b = right;
	unsigned char difference = 0;

	for (size_t i = 0; i < length; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}
