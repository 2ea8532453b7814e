/* What a file holds, as one number. */
#ifndef SEKISHO_FILEDIGEST_H
#define SEKISHO_FILEDIGEST_H

#include <stdint.h>

#define FILEDIGEST_SIZE 32 /* SHA-256 */

/* Reads it from its beginning. -EFBIG beyond @max bytes, -ENOMEM, -errno. */
int filedigest(int fd, uint64_t max, uint8_t ret_hash[static FILEDIGEST_SIZE]);

#endif
