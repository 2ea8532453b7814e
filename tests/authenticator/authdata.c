#include "authdata.h"

#include "ctap.h"

#include <errno.h>
#include <string.h>

int authdata_format(const struct authdata *authdata, uint8_t ret_bytes[static AUTHDATA_MAX],
		    size_t *ret_length)
{
	const uint8_t counter[4] = {
		(uint8_t)(authdata->counter >> 24),
		(uint8_t)(authdata->counter >> 16),
		(uint8_t)(authdata->counter >> 8),
		(uint8_t)authdata->counter,
	};
	const uint8_t id_length[2] = {0, CREDENTIAL_ID_SIZE};
	uint8_t flags = authdata->flags;
	struct encoder out;
	size_t length;

	out.length = 0;
	out.overflow = false;
	if (authdata->credential)
		flags |= AUTHDATA_AT;
	if (authdata->extensions)
		flags |= AUTHDATA_ED;
	encode_raw(&out, authdata->rp, HASH_SIZE);
	encode_raw(&out, &flags, 1);
	encode_raw(&out, counter, sizeof(counter));
	if (authdata->credential) {
		encode_raw(&out, authdata->aaguid, AAGUID_SIZE);
		encode_raw(&out, id_length, sizeof(id_length));
		encode_raw(&out, authdata->credential->id, CREDENTIAL_ID_SIZE);
		encode_key(&out, &authdata->credential->pair, authdata->credential->pair.algorithm);
	}
	if (authdata->extensions)
		encode_raw(&out, authdata->extensions->bytes, authdata->extensions->length);
	if (encoder_length(&out, &length) < 0 || length > AUTHDATA_MAX)
		return -EMSGSIZE;
	memcpy(ret_bytes, out.bytes, length);
	*ret_length = length;
	return 0;
}
