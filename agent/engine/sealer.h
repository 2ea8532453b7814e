/* The terminal's seal: the keys that checkpoints are sealed with (lib/seal.h). They come from the
 * collector's `sekisho-collector terminal`, as a file of this form:
 *
 *	[Seal]
 *	Signing=<64 hexadecimal digits: private key of Ed25519>
 *	Period=<how often the ratchet has turned>
 *	Ratchet=<64 hexadecimal digits: the ratchet's key>
 *
 * The file is overwritten in place as the ratchet turns, so that a full disk does not hinder it and
 * the former key is gone, as far as the file system and the disk overwrite where they are told to.
 */
#ifndef SEKISHO_SEALER_H
#define SEKISHO_SEALER_H

#include "config.h"
#include "seal.h"

#define SEALER_FILE_SIZE 512 /* bytes: a sector, which a power cut leaves whole */

struct sealer {
	int fd; /* -1: there is no seal */
	uint8_t private_key[SEAL_KEY_SIZE];
	uint8_t public_key[SEAL_KEY_SIZE];
	uint8_t ratchet[SEAL_KEY_SIZE];
	uint32_t period;
	char key_id[SEAL_KEY_ID_SIZE];
};

/* @path must be a regular file, the caller's own or root's, that nobody else may read; the caller
 * must be able to write it: it is filled up to SEALER_FILE_SIZE, or a power cut at its first turn
 * could leave zero bytes at its end. Those are mended. -ENOENT: there is none. Other -errno with
 * @ret_error for a person. */
int sealer_open(const char *path, struct sealer *ret_sealer, struct config_error *ret_error);
void sealer_close(struct sealer *sealer);

/* The fields of a checkpoint that says so; .period of the statement is set here. */
int sealer_seal(const struct sealer *sealer, struct seal_statement *statement, json_t **ret_fields);

/* Forgets the key that sealed. On -errno it stays. */
int sealer_turn(struct sealer *sealer);

#endif
