/* How far a collector has acknowledged the journal, kept in a file of two slots that are
 * overwritten in turn: a power cut leaves one of them whole, a full disk can't stop it. */
#ifndef SEKISHO_ACKNOWLEDGED_H
#define SEKISHO_ACKNOWLEDGED_H

#include "journal_format.h"

#include <stdint.h>

#define ACKNOWLEDGED_FILE_SIZE 8192

/* Everything of this journal up to and with this event. */
struct acknowledged {
	char host[JOURNAL_ID_SIZE];
	char epoch[JOURNAL_ID_SIZE];
	struct journal_head head; /* sequence 0: nothing yet */
	uint64_t generation; /* of the slot it stands in; 0: none */
};

/* Reads the newer good slot; nothing yet if neither was ever written. -EBADMSG if what was written
 * is damaged in both, or -errno. */
int acknowledged_read(int fd, struct acknowledged *ret_acknowledged);

/* Writes it to the other slot, and to the disk; counts .generation up. -errno. */
int acknowledged_write(int fd, struct acknowledged *acknowledged);

#endif
