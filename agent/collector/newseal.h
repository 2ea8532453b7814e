/* A terminal's seal as it is first made: the terminal's half and the collector's. */
#ifndef SEKISHO_NEWSEAL_H
#define SEKISHO_NEWSEAL_H

#include "cleanup.h"
#include "sealkeys.h"

#include <stddef.h>

#define NEWSEAL_HEX	 65 /* 32 bytes in hexadecimal and the closing zero */
#define NEWSEAL_TEXT_MAX 512

struct newseal {
	char signing[NEWSEAL_HEX]; /* Ed25519: the private key as RFC 8032 has it */
	char public[NEWSEAL_HEX];
	char ratchet[NEWSEAL_HEX]; /* random */
};

void newseal_wipe(struct newseal *seal);
#define _cleanup_newseal_ _cleanup_(newseal_wipe)

/* -EIO if there are no random numbers. */
int newseal_make(struct newseal *ret_seal);

/* The text of the terminal's seal.key; its length. Pure. */
size_t newseal_format_terminal(const struct newseal *seal, const char *name,
			       char text[static NEWSEAL_TEXT_MAX]);

/* What checks it, before the keys that it follows (NULL: there are none). -E2BIG. */
int newseal_keys(const struct newseal *seal, const struct sealkeys *ended,
		 struct sealkeys *ret_keys);

#endif
