/* The journal's only writer: append-only, hash-chained lines (lib/journal_format.h) in preallocated
 * segments. An event is durable once journal_commit has said 0 after its journal_append.
 *
 * What is old is dropped by journal_take_away alone. Opening never deletes and never refuses
 * because of what it finds: an unfinished write is moved to SEGMENT.torn, a damaged segment stays
 * as it is, and both are told by an event in the new one. docs/design.md says why;
 * sekisho-journal(5) lists the files. */
#ifndef SEKISHO_JOURNAL_H
#define SEKISHO_JOURNAL_H

#include "event.h"
#include "journal_format.h"
#include "protocol.h"
#include "sealkeys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define JOURNAL_SEGMENT_SIZE 8388608u /* bytes of a segment */
#define JOURNAL_RESERVE_SIZE 2097152u /* kept for when the disk is full */
#define JOURNAL_GROUP_MAX    262144u /* bytes of one commit */

/* What the journal asks of the system; tests put their own in. All but the clocks return 0 or
 * -errno. */
struct journal_io {
	int (*write)(void *user, int fd, const void *bytes, size_t length, uint64_t offset);
	int (*flush)(void *user, int fd); /* fdatasync: what was written */
	int (*sync)(void *user, int fd); /* fsync: a directory, or a file whose size changed */
	int (*allocate)(void *user, int fd, uint64_t size); /* reserve blocks: fallocate */
	int (*available)(void *user, int dirfd, uint64_t *ret_bytes); /* for files there: statvfs */
	uint64_t (*realtime_us)(void *user); /* since 1970 UTC */
	uint64_t (*monotonic_us)(void *user); /* since boot */
	void *user;
};
extern const struct journal_io journal_io_real;

/* An event was appended; it is durable once journal_head has reached @sequence. @fields is the
 * journal's: json_incref to keep it. */
typedef void journal_appended_fn(void *user, enum event_kind kind,
				 const struct record_request *request, json_t *fields,
				 uint64_t sequence);

struct journal_options {
	const char *host; /* 32 hexadecimal digits derived from the machine id */
	const char *boot; /* 32 hexadecimal digits, the boot id */
	uint32_t segment_size; /* 0: JOURNAL_SEGMENT_SIZE; at least 4 * JOURNAL_LINE_MAX */
	uint32_t reserve_size; /* 0: JOURNAL_RESERVE_SIZE */
	const struct journal_io *io; /* NULL: journal_io_real */
	journal_appended_fn *appended; /* NULL: nobody wants to hear */
	void *user; /* for .appended */
};

/* What opening found; the engine may log it. The events are already in the journal. */
struct journal_recovery {
	bool fresh; /* there was no journal */
	bool torn; /* an unfinished write was set aside */
	bool broken; /* the newest segment is damaged or altered */
	bool reserve_missing; /* no room for the reserve */
	uint64_t torn_bytes;
	char file[64]; /* the segment concerned, if torn or broken */
	unsigned int foreign; /* files that are not the journal's */
};

struct journal;
struct sealer;

/* Opens or begins the journal in @path, which must exist, and holds a lock on it. -EWOULDBLOCK if
 * another process has it; otherwise fails only if the directory can't be read, or -ENOMEM. On a
 * full disk it opens, and journal_append says -ENOSPC. */
int journal_open(const char *path, const struct journal_options *options,
		 struct journal **ret_journal, struct journal_recovery *ret_recovery);

/* Commits what is waiting and closes; NULL is fine. */
void journal_close(struct journal *journal);

/* Chains one event without flushing it. @request may come from outside. Its sequence is final once
 * journal_commit said 0.
 * -EAGAIN: the group is full: commit, then append again. -ENOSPC (-EDQUOT, -EROFS, -EIO): no
 * segment could be begun, or what is left of the reserve is not for this kind (event_weight); the
 * caller must not acknowledge. -EBADMSG: unknown kind, bad id, fields
 * that are not an object of strings. -EMSGSIZE: longer than JOURNAL_LINE_MAX. -ERANGE: the time. */
int journal_append(struct journal *journal, const struct record_request *request,
		   uint64_t *ret_sequence);

/* Writes and flushes all that was appended. After a disk error it is written once more, to a new
 * segment, with a store.fault event; if that fails too: -errno, and everything since the last
 * commit is forgotten and must not be acknowledged. */
int journal_commit(struct journal *journal);

/* Both, for one event; commits first if the group is full. */
int journal_record(struct journal *journal, const struct record_request *request,
		   uint64_t *ret_sequence);

/* Appends a store.checkpoint of that reason and flushes it with all that waits: 0 if it is on the
 * disk; then the sealer's ratchet is to be turned. On a full disk the last room is there only
 * @for_drop, without which no room is made. -errno as above. */
int journal_checkpoint(struct journal *journal, struct sealer *sealer, const char *reason,
		       bool for_drop);

/* 1: the event of that number has that hash; 0: it has another one, or there is none; -errno. */
int journal_has(const struct journal *journal, const struct journal_head *wanted);

/* The number at which the journal begins. -ENOENT: there is no segment. Other -errno. */
int journal_begins(const struct journal *journal, uint64_t *ret_sequence);

/* Is it the journal of that host and epoch? */
bool journal_is(const struct journal *journal, const char *host, const char *epoch);

/* The oldest records that may go together: the files of one first number. */
struct journal_oldest {
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE]; /* of their first segment */
	char file[64]; /* its name */
	uint64_t first, last;
	uint64_t bytes; /* of the whole journal's segments */
	uint64_t next_us; /* when the event after them happened that was not told late; since 1970
			     UTC; UINT64_MAX: there is none */
};

/* What could be dropped next. -ENOENT: nothing, the newest segment stays. -EBADMSG: a header there
 * is damaged, .file says where. Other -errno. */
int journal_oldest(const struct journal *journal, struct journal_oldest *ret_oldest);

/* What store.dropped says of them beside their numbers. */
struct journal_cause {
	const char *mark; /* what was known of them: "verified", "acknowledged", "none" */
	const char *reason; /* why they go: "age", "size", "full" */
};

/* Those records are to go: on the disk is then a store.dropped of this life that names them and the
 * @cause. With a seal it has to be sealed before they go; @keys, NULL without one, are the
 * terminal's, those that ended too. -EUCLEAN: they are not what was written, and stay as evidence.
 * -ENODATA: what stood before them went untold, or unsealed, and a record of these would hide it.
 * Other -errno: call again later. */
int journal_tell_dropped(struct journal *journal, const struct journal_oldest *oldest,
			 const struct journal_cause *cause, const struct sealkeys *keys);

/* Takes their files away. -EPERM: nothing told of them. */
int journal_take_away(struct journal *journal, const struct journal_oldest *oldest);

/* The disk is full, and there is no reserve, or it is in use. */
bool journal_wants_room(const struct journal *journal);

/* Takes what it wants of the room that there is by now: a reserve, and a segment in the place of
 * the one that is in use. 0: the reserve is there. -ENOSPC, -EDQUOT: it still wants it. Other
 * -errno. */
int journal_take_room(struct journal *journal);

/* The end of what is durable. */
void journal_head(const struct journal *journal, struct journal_head *ret_head);

#endif
