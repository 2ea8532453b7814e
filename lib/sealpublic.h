/* The public half of a terminal's seal, for whoever looks at its checkpoints: no secret, but it
 *must not be exchanged.
 *
 *	[Seal]
 *	PublicKey=<64 hexadecimal digits>
 *
 * and, where a seal was lost, what lib/sealkeys.h tells of those that ended. */
#ifndef SEKISHO_SEALPUBLIC_H
#define SEKISHO_SEALPUBLIC_H

#include "sealkeys.h"

extern const struct sealkeys_form sealpublic_form;

/* @path must be root's or @owner's. -ENOENT: there is none. Other -errno with @ret_error. */
int sealpublic_load(const char *path, uid_t owner, struct sealkeys *ret_keys,
		    struct config_error *ret_error);

#endif
