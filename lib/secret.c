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
