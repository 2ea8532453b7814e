#include "decoder.h"

#include "keypair.h"

#include <string.h>

cbor_item_t *decode(const uint8_t *bytes, size_t length)
{
	struct cbor_load_result result;
	cbor_item_t *item = cbor_load(bytes, length, &result);

	if (item && result.read != length)
		cbor_decref(&item);
	return item;
}

bool decode_int(const cbor_item_t *item, int64_t *ret_value)
{
	uint64_t magnitude;

	if (!item || !cbor_is_int(item))
		return false;
	magnitude = cbor_get_int(item);
	if (magnitude > INT64_MAX)
		return false;
	*ret_value = cbor_isa_uint(item) ? (int64_t)magnitude : -1 - (int64_t)magnitude;
	return true;
}

bool decode_bool(const cbor_item_t *item, bool *ret_value)
{
	if (!item || !cbor_isa_float_ctrl(item) || !cbor_is_bool(item))
		return false;
	*ret_value = cbor_get_bool(item);
	return true;
}

bool decode_bytes(const cbor_item_t *item, struct bytes *ret_bytes)
{
	if (!item || !cbor_isa_bytestring(item) || !cbor_bytestring_is_definite(item))
		return false;
	ret_bytes->at = cbor_bytestring_handle(item);
	ret_bytes->length = cbor_bytestring_length(item);
	return true;
}

bool decode_text(const cbor_item_t *item, struct bytes *ret_text)
{
	if (!item || !cbor_isa_string(item) || !cbor_string_is_definite(item))
		return false;
	ret_text->at = cbor_string_handle(item);
	ret_text->length = cbor_string_length(item);
	return true;
}

bool decode_is(const cbor_item_t *text, const char *expected)
{
	struct bytes bytes;

	return decode_text(text, &bytes) && bytes.length == strlen(expected) &&
	       memcmp(bytes.at, expected, bytes.length) == 0;
}

const cbor_item_t *decode_member(const cbor_item_t *map, int64_t key)
{
	if (!map || !cbor_isa_map(map))
		return NULL;
	for (size_t i = 0; i < cbor_map_size(map); i++) {
		const struct cbor_pair *pair = &cbor_map_handle(map)[i];
		int64_t found;

		if (decode_int(pair->key, &found) && found == key)
			return pair->value;
	}
	return NULL;
}

const cbor_item_t *decode_named(const cbor_item_t *map, const char *key)
{
	if (!map || !cbor_isa_map(map))
		return NULL;
	for (size_t i = 0; i < cbor_map_size(map); i++) {
		const struct cbor_pair *pair = &cbor_map_handle(map)[i];

		if (decode_is(pair->key, key))
			return pair->value;
	}
	return NULL;
}

bool decode_point(const cbor_item_t *key, struct bytes *ret_x, struct bytes *ret_y)
{
	struct bytes x;
	struct bytes y;

	if (!decode_bytes(decode_member(key, -2), &x) || x.length != COORDINATE ||
	    !decode_bytes(decode_member(key, -3), &y) || y.length != COORDINATE)
		return false;
	*ret_x = x;
	*ret_y = y;
	return true;
}
