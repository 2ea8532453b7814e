/* The verbs of sekisho-token on an open token. */
#ifndef SEKISHO_TOKENVERBS_H
#define SEKISHO_TOKENVERBS_H

#include "tokendevice.h"

typedef enum token_status tokenverb_fn(struct tokendevice *device,
				       const struct token_request *request,
				       struct token_reply *reply);

tokenverb_fn tokenverb_open;
tokenverb_fn tokenverb_info;
tokenverb_fn tokenverb_preflight;
tokenverb_fn tokenverb_assert;
tokenverb_fn tokenverb_make;

/* Copies a token's bytes into a bounded field. -EMSGSIZE. */
#define TOKENVERB_COPY(blob, bytes, size) tokenverb_copy(&(blob), sizeof((blob).data), bytes, size)
int tokenverb_copy(void *blob, size_t room, const void *bytes, size_t length);

#endif
