/* Writes CBOR into a buffer of fixed size. An overflow is remembered, not reported at every step:
 * check encoder_length() once at the end. Map keys are written in the order called, so the caller
 * keeps them canonical. */
#ifndef SOFTKEY_ENCODER_H
#define SOFTKEY_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENCODER_SIZE 7609 /* bytes: the longest CTAPHID message, 64 - 7 + 128 * (64 - 5) */

struct keypair;

struct encoder {
	size_t length;
	bool overflow;
	uint8_t bytes[ENCODER_SIZE];
};

void encode_map(struct encoder *encoder, size_t pairs);
void encode_array(struct encoder *encoder, size_t items);
void encode_int(struct encoder *encoder, int64_t value);
void encode_bool(struct encoder *encoder, bool value);
void encode_bytes(struct encoder *encoder, const void *bytes, size_t length);
void encode_text(struct encoder *encoder, const char *text);
/* Bytes as they are: something encoded before, or authenticator data. */
void encode_raw(struct encoder *encoder, const void *bytes, size_t length);
/* A public key as COSE_Key; @algorithm is the number to be told in it (-25 for key agreement). */
void encode_key(struct encoder *encoder, const struct keypair *pair, int algorithm);

/* -EMSGSIZE after an overflow. */
int encoder_length(const struct encoder *encoder, size_t *ret_length);

#endif
