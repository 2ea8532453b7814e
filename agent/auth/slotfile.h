/* Places with two sealed slots each, in two halves of a file of storefile.h, whose size never
 * changes. A write goes to the older slot, so an interrupted one leaves the other whole. */
#ifndef SEKISHO_SLOTFILE_H
#define SEKISHO_SLOTFILE_H

#include "digest.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SLOTFILE_SLOT	      ((size_t)64) /* bytes */
#define SLOTFILE_SEALED	      (SLOTFILE_SLOT - DIGEST_CUT) /* of them; their digest follows */
#define SLOTFILE_SIZE(places) (SLOTFILE_SLOT * (places)*2) /* of a file */

struct slotfile {
	uint32_t places;
	/* Where in a slot its sequence is, a uint64_t: 1 at the first write, then
	 * slotfile_next(). */
	size_t sequence;
};

enum slotfile_state {
	SLOTFILE_EMPTY, /* nothing was ever promised */
	SLOTFILE_GOOD,
	SLOTFILE_DAMAGED, /* both slots */
};

/* Where in the file a slot begins; odd sequences are in half 0, even ones in half 1. */
off_t slotfile_offset(const struct slotfile *file, uint32_t place, unsigned int half);

/* What follows a sequence: never 0, and always of the other half. */
uint64_t slotfile_next(uint64_t sequence);

/* The newest good slot of the place, SLOTFILE_SLOT bytes, all zeros if there is none. -EINVAL: the
 * file ends before; -errno. */
int slotfile_read(const struct slotfile *file, int fd, uint32_t place, void *ret_slot,
		  enum slotfile_state *ret_state);

/* Seals @slot and writes it, for others to see; on the disk only after slotfile_sync(). -errno. */
int slotfile_write(const struct slotfile *file, int fd, uint32_t place, void *slot);
int slotfile_sync(int fd);

/* Locks the place against other descriptors until slotfile_unlock() or close. -ETIMEDOUT after
 * @deadline (wire_now's clock). */
int slotfile_lock(int fd, uint32_t place, int64_t deadline);
void slotfile_unlock(int fd, uint32_t place);

#endif
