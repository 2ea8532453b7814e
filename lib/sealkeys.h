/* The keys of one terminal's seal: the present one, and those that ended because they were lost.
 * The collector has them with the ratchets' first keys (terminals/NAME.conf), the terminal without
 * (seal.pub):
 *
 *	[Terminal]			[Seal] in seal.pub
 *	PublicKey=<64 hexadecimal digits>
 *	FirstKey=<64 hexadecimal digits; without it macs are not checked>
 *
 *	[Ended]				none, or several, the last one first
 *	PublicKey=, FirstKey=		the same
 *	Host=, Epoch=			the journal that it sealed last
 *	Sequence=			the last record there that it sealed; 0: it sealed none
 *	Period=				of that one
 *	Time=				when the next key was made
 *
 * No number of a journal is two keys' to seal. */
#ifndef SEKISHO_SEALKEYS_H
#define SEKISHO_SEALKEYS_H

#include "config.h"
#include "seal.h"

#define SEALKEYS_MAX	  32 /* of one terminal */
#define SEALKEYS_TEXT_MAX 16384

/* Where a key ended. All zero: it did not. */
struct sealend {
	bool ended;
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE];
	uint64_t sequence;
	uint32_t period;
	char time[JOURNAL_TIME_SIZE];
	const struct sealend *before; /* of the terminal's key before it; NULL: there was none */
};

/* May the key seal that record? Up to its own end, and not what a key before it has. Pure. */
bool sealend_allows(const struct sealend *end, const char *host, const char *epoch,
		    uint64_t sequence, uint32_t period);

/* May a journal have checkpoints of both, the older key before the newer? Only the one in which it
 * ended. Pure. */
bool sealend_meet(const struct sealend *older, const struct sealend *newer, const char *host,
		  const char *epoch);

struct sealkey {
	uint8_t public_key[SEAL_KEY_SIZE];
	char id[SEAL_KEY_ID_SIZE];
	uint8_t first_key[SEAL_KEY_SIZE]; /* the ratchet's, of period 0 */
	bool has_first_key;
	struct sealend end;
};

/* Its ends point into itself: after a copy sealkeys_link. */
struct sealkeys {
	struct sealkey list[SEALKEYS_MAX]; /* the present one first, then back in time */
	size_t count;
};

void sealkeys_link(struct sealkeys *keys);
void sealkeys_wipe(struct sealkeys *keys);
#define _cleanup_sealkeys_ _cleanup_(sealkeys_wipe)

/* NULL if none has that id. */
const struct sealkey *sealkeys_find(const struct sealkeys *keys, const char *id);

struct sealkeys_form {
	const char *section; /* of the present key */
	bool secret; /* FirstKey may stand there */
	const char *hint; /* what to do about a wrong file */
};

/* @path must be root's or @owner's. -ENOENT: there is none. Other -errno with @ret_error. */
int sealkeys_load(const char *path, uid_t owner, const struct sealkeys_form *form,
		  struct sealkeys *ret_keys, struct config_error *ret_error);

/* The text of such a file; its length. Pure. */
size_t sealkeys_format(const struct sealkeys *keys, const struct sealkeys_form *form,
		       char text[static SEALKEYS_TEXT_MAX]);

#endif
