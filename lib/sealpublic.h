/* The public half of a terminal's seal, for whoever looks at its checkpoints: no secret, but it
 *must not be exchanged.
 *
 *	[Seal]
 *	PublicKey=<64 hexadecimal digits>
 */
#ifndef SEKISHO_SEALPUBLIC_H
#define SEKISHO_SEALPUBLIC_H

#include "config.h"
#include "seal.h"

/* @path must be root's or @owner's. -ENOENT: there is none. Other -errno with @ret_error. */
int sealpublic_load(const char *path, uid_t owner, uint8_t ret_key[static SEAL_KEY_SIZE],
		    struct config_error *ret_error);

#endif
