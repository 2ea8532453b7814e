#include "sealpublic.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct texts {
	char key[2 * SEAL_KEY_SIZE + 1];
};

static const struct config_key keys[] = {
	{"Seal", "PublicKey", CONFIG_STRING, offsetof(struct texts, key),
	 sizeof(((struct texts *)0)->key), 0, 0, NULL},
};

int sealpublic_load(const char *path, uid_t owner, uint8_t ret_key[static SEAL_KEY_SIZE],
		    struct config_error *ret_error)
{
	struct texts texts = {};
	uint8_t key[SEAL_KEY_SIZE];
	size_t length;
	int r;

	r = config_load(path, owner, keys, ARRAY_SIZE(keys), &texts, ret_error);
	if (r < 0)
		return r;
	if (hex_parse(texts.key, key, sizeof(key), &length) < 0 || length != sizeof(key))
		return config_fail(ret_error, -EINVAL, path, 0,
				   "PublicKey: 64 hexadecimal digits, as the collector has them "
				   "for this terminal; see sekisho-collector(8)");
	memcpy(ret_key, key, sizeof(key));
	return 0;
}
