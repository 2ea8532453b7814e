#include "encoder.h"

#include "ctap.h"
#include "keypair.h"

#include <cbor.h>
#include <errno.h>
#include <string.h>

static void advance(struct encoder *encoder, size_t written)
{
	if (written == 0)
		encoder->overflow = true;
	encoder->length += written;
}

#define ROOM(encoder) (encoder)->bytes + (encoder)->length, ENCODER_SIZE - (encoder)->length

void encode_map(struct encoder *encoder, size_t pairs)
{
	advance(encoder, cbor_encode_map_start(pairs, ROOM(encoder)));
}

void encode_array(struct encoder *encoder, size_t items)
{
	advance(encoder, cbor_encode_array_start(items, ROOM(encoder)));
}

void encode_int(struct encoder *encoder, int64_t value)
{
	if (value >= 0)
		advance(encoder, cbor_encode_uint((uint64_t)value, ROOM(encoder)));
	else
		advance(encoder, cbor_encode_negint((uint64_t)(-1 - value), ROOM(encoder)));
}

void encode_bool(struct encoder *encoder, bool value)
{
	advance(encoder, cbor_encode_bool(value, ROOM(encoder)));
}

void encode_raw(struct encoder *encoder, const void *bytes, size_t length)
{
	if (length > ENCODER_SIZE - encoder->length) {
		encoder->overflow = true;
		return;
	}
	if (length > 0)
		memcpy(encoder->bytes + encoder->length, bytes, length);
	encoder->length += length;
}

void encode_bytes(struct encoder *encoder, const void *bytes, size_t length)
{
	advance(encoder, cbor_encode_bytestring_start(length, ROOM(encoder)));
	encode_raw(encoder, bytes, length);
}

void encode_text(struct encoder *encoder, const char *text)
{
	advance(encoder, cbor_encode_string_start(strlen(text), ROOM(encoder)));
	encode_raw(encoder, text, strlen(text));
}

void encode_key(struct encoder *encoder, const struct keypair *pair, int algorithm)
{
	bool edwards = pair->algorithm == COSE_EDDSA;

	/* COSE_Key (RFC 8152): 1 is the type, 3 the algorithm, -1 the curve, -2 x, -3 y. */
	encode_map(encoder, edwards ? 4 : 5);
	encode_int(encoder, 1);
	encode_int(encoder, edwards ? 1 : 2);
	encode_int(encoder, 3);
	encode_int(encoder, algorithm);
	encode_int(encoder, -1);
	encode_int(encoder, edwards ? 6 : 1);
	encode_int(encoder, -2);
	encode_bytes(encoder, pair->x, COORDINATE);
	if (edwards)
		return;
	encode_int(encoder, -3);
	encode_bytes(encoder, pair->y, COORDINATE);
}

int encoder_length(const struct encoder *encoder, size_t *ret_length)
{
	if (encoder->overflow)
		return -EMSGSIZE;
	*ret_length = encoder->length;
	return 0;
}
