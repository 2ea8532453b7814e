/* SHA-256, whole and cut. */
#ifndef SEKISHO_DIGEST_H
#define SEKISHO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_CUT  16 /* enough to tell damage by */

/* 0 or -EIO: the library can't do it. */
int digest_of(const void *bytes, size_t length, uint8_t ret_digest[static DIGEST_SIZE]);

/* Its first bytes. */
int digest_cut(const void *bytes, size_t length, uint8_t ret_cut[static DIGEST_CUT]);

#endif
