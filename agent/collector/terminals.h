/* The terminals that `sekisho-collector terminal` made bundles for: NAME.conf in a directory of
 *root's, with the public half of the seal and the ratchet's first key, and those of the seals
 *before it that were lost (lib/sealkeys.h). */
#ifndef SEKISHO_TERMINALS_H
#define SEKISHO_TERMINALS_H

#include "sealkeys.h"

#define TERMINALS_NAME_MAX 64 /* a label of DNS and the zero */
#define TERMINALS_STOP	   1024

/* One key of a terminal; one whose seal was lost has several. */
struct terminal {
	char name[TERMINALS_NAME_MAX];
	struct sealend end; /* if it was lost */
	struct terminal *before; /* the key that it follows; NULL: it is the first */
	struct terminal *present; /* the terminal's last key; NULL: this one */
	uint8_t generation; /* 0: the first */
	char key_id[SEAL_KEY_ID_SIZE];
	uint8_t public_key[SEAL_KEY_SIZE];
	uint8_t first_key[SEAL_KEY_SIZE]; /* of period 0 */
	bool has_first_key;
	uint8_t (*stops)[SEAL_KEY_SIZE]; /* the ratchet at every TERMINALS_STOP-th period */
	size_t n_stops;
	uint8_t near_key[SEAL_KEY_SIZE]; /* the ratchet at .near, the last period asked for, */
	uint32_t near;
	bool has_near; /* if any was */
	uint32_t highest; /* period of its good seals so far */
	uint64_t skipped; /* periods that stood between one of them and the highest before it */
	bool doubted; /* something was sealed in its name that is not good */
	uint64_t journals; /* that it sealed, whichever key; of the present one */
	uint64_t begins; /* the first it sealed in the journal of .before; 0: none that was read */
};

struct terminals {
	struct terminal *list; /* sorted by .key_id */
	size_t count;
	size_t room; /* in .list */
};

extern const struct sealkeys_form terminals_form;

/* Reads all of @path; files must be root's or @owner's. -ENOENT: there is no such directory. Other
 * -errno with @ret_error: one of them is wrong. */
int terminals_load(const char *path, uid_t owner, struct terminals *ret_terminals,
		   struct config_error *ret_error);
void terminals_free(struct terminals *terminals);

/* Tells each key its neighbours, after .list was sorted. */
void terminals_link(const struct terminals *terminals);

static inline struct terminal *terminal_present(struct terminal *terminal)
{
	return terminal->present ? terminal->present : terminal;
}

/* NULL if none has that key. */
struct terminal *terminals_find(const struct terminals *terminals, const char *key_id);

/* The ratchet's key of a period, for one that .has_first_key. Takes as long as the highest period
 * asked for so far once, and at most TERMINALS_STOP turns again, for those that follow one
 * another a turn each. -ENOMEM. */
int terminals_ratchet(struct terminal *terminal, uint32_t period,
		      uint8_t ret_key[static SEAL_KEY_SIZE]);

#endif
