/* The journal as the forwarder reads it: its events in order, from where a collector has
 * acknowledged them, and none before it is on the disk: a collector must not know of an event that
 * a power cut takes back here. */
#ifndef SEKISHO_SOURCE_H
#define SEKISHO_SOURCE_H

#include "acknowledged.h"

#include "journal_cursor.h"

#include <stdbool.h>
#include <stdint.h>

struct source {
	int directory; /* of the journal */
	int watch; /* inotify(7): readable when there may be more */
	bool tolerant; /* files that can't be read are passed over, not reported */
	struct journal_cursor cursor;
	struct journal_segment segment; /* that of .header */
	struct journal_header header;
	struct acknowledged position; /* the event last returned, or sought */
	uint64_t durable; /* events up to this one are on the disk */
	int fd; /* the file of .segment, */
	uint64_t end; /* where .position ends in it */
	uint64_t flushed; /* since the cursor read so often in it; 0: it was not */
	struct journal_segment damaged_segment; /* where damage was met last, */
	uint64_t damaged_line; /* up to which line it was looked at again */
	uint64_t damaged; /* lines and files passed over */
};

/* Opens the journal's directory. -errno. */
int source_open(const char *path, struct source *ret_source);
void source_close(struct source *source);

/* The next event will be the one after what was acknowledged. *ret_known: the journal is the one
 * that it was acknowledged of; if not, it starts at the first event there is. -errno. */
int source_seek(struct source *source, const struct acknowledged *acknowledged, bool *ret_known);

/* Goes @count events back from where it was sought to, or to the first one there is. -errno. */
int source_back(struct source *source, uint64_t count);

/* 1: an event, its line valid until the next call, its segment's header in .header, itself in
 * .position. 0: no more for now. -ESTALE: the journal is not what it was: seek again. Other -errno:
 * a file can't be read; seek again, later. */
int source_next(struct source *source, struct journal_record *ret_record,
		struct journal_span *ret_line);

/* Sees to it that all events returned so far are on the disk. -errno: they may not be. */
int source_flush(struct source *source);

/* The number of the journal's newest event, 0 if there is none. -errno. */
int source_newest(const struct source *source, uint64_t *ret_sequence);

/* The header of the newest segment: whose journal it is. -ENOENT: there is none. Other -errno. */
int source_identity(const struct source *source, struct journal_header *ret_header);

/* The segment of the journal @directory in which the event stands, and the one before it (zeros:
 * none). 1, 0, -errno. */
int source_segment(int directory, uint64_t sequence, struct journal_segment *ret_segment,
		   struct journal_segment *ret_before);

/* Where the event stands in the journal @directory: everything before it counts as acknowledged.
 * -ENOENT: it is not there. Other -errno. */
int source_before(int directory, uint64_t sequence, struct acknowledged *ret_position);

/* Forgets that .watch was readable. */
void source_noticed(const struct source *source);

#endif
