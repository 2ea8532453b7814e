#include "sealpublic.h"

const struct sealkeys_form sealpublic_form = {
	.section = "Seal",
	.hint = "take it from the collector once more, as it has it for this terminal; see "
		"sekisho-collector(8)",
};

int sealpublic_load(const char *path, uid_t owner, struct sealkeys *ret_keys,
		    struct config_error *ret_error)
{
	return sealkeys_load(path, owner, &sealpublic_form, ret_keys, ret_error);
}
