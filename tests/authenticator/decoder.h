/* Reads members of a decoded CBOR map. Returned pointers live as long as the map. Getters return
 * true only if the member is there and of that type. */
#ifndef SOFTKEY_DECODER_H
#define SOFTKEY_DECODER_H

#include <cbor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *at;
	size_t length;
};

/* One item that fills the whole input, or NULL. Release it with cbor_decref(). */
cbor_item_t *decode(const uint8_t *bytes, size_t length);

/* The value, or NULL if @map is NULL, no map, or has no such key. */
const cbor_item_t *decode_member(const cbor_item_t *map, int64_t key);
const cbor_item_t *decode_named(const cbor_item_t *map, const char *key);

bool decode_int(const cbor_item_t *item, int64_t *ret_value);
bool decode_bool(const cbor_item_t *item, bool *ret_value);
/* Definite byte or text strings; the text is not terminated. */
bool decode_bytes(const cbor_item_t *item, struct bytes *ret_bytes);
bool decode_text(const cbor_item_t *item, struct bytes *ret_text);
bool decode_is(const cbor_item_t *text, const char *expected);

/* The point of a COSE_Key on P-256: 32 bytes each. */
bool decode_point(const cbor_item_t *key, struct bytes *ret_x, struct bytes *ret_y);

#endif
