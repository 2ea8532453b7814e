/* Is what lies at the collector what the terminals wrote, and all of it? A judge that is fed every
 * line of every file, in any order. A record belongs to the chain it names, by host and epoch,
 * whichever file or host name it came under.
 *
 * Each record says two things: its own hash, and that of the one before it. Both are kept
 * (hashes.h); whatever says something else about the same record later contradicts. */
#ifndef SEKISHO_AUDIT_H
#define SEKISHO_AUDIT_H

#include "collected.h"
#include "hashes.h"
#include "sealed.h"
#include "senders.h"
#include "terminals.h"

enum audit_damage {
	AUDIT_ALTERED, /* the line is not what a terminal sent */
	AUDIT_FORKED, /* the record is there with two contents */
	AUDIT_UNLINKED, /* the record is not the one its neighbour names */
	AUDIT_DROPPED, /* records .sequence to .last were dropped there before they came; it was
			  told */
	AUDIT_MISSING, /* records .sequence to .last are not there */
	AUDIT_BAD_SEAL, /* the checkpoint's seal is not what its key makes of it */
	AUDIT_UNKNOWN_KEY, /* the checkpoint names a key that no terminal here has */
	AUDIT_WRONG_TERMINAL, /* two terminals' keys sealed one journal */
	AUDIT_KEY_ORDER, /* the checkpoint was sealed with a key of another time */
	AUDIT_LOST_SEALS, /* checkpoints .sequence to .last (periods) of the terminal are nowhere */
	AUDIT_UNSEALED, /* no checkpoint stands behind records .sequence to .last */
	AUDIT_UNREADABLE, /* the file, or its rest, could not be read */
	AUDIT_EXPIRED, /* in this file .sequence and perhaps more up to .last, which were deleted as
			* too old: nothing is left to compare them with */
	AUDIT_MANY_JOURNALS, /* the terminal sealed .sequence journals before it: there is no mark
				of it, and nothing is asked or confirmed */
	AUDIT_CROWD, /* the line's address began .sequence new journals before: of more the file's
			lines from that one on are not looked at */
	AUDIT_DAMAGE_COUNT
};

/* What an earlier verification found good, so that files may be moved away after it. Before the
 * first file; -EEXIST if the chain has a mark already. */
struct audit_mark {
	char host[JOURNAL_ID_SIZE];
	char epoch[JOURNAL_ID_SIZE];
	char key_id[SEAL_KEY_ID_SIZE]; /* whose it is */
	struct journal_head verified; /* the last checkpoint before .head */
	struct journal_head head; /* up to here nothing is missing */
	uint32_t first_period, last_period; /* of its checkpoints up to there */
	time_t received;
	uint64_t list; /* as in struct audit_chain */
	uint64_t begins_dropped; /* so is this */
};
/* The checkpoints that one key has in a chain. */
struct audit_span {
	const struct audit_chain *chain;
	const struct terminal *key;
	uint32_t first_period, last_period;
	bool continues; /* another key's stand before it in the chain */
	bool verified; /* an earlier verification saw them; .first_period is not known */
};

/* A terminal's word that it dropped records, in record .told. */
struct audit_dropped {
	uint64_t first, last, told;
	bool counts; /* a seal vouches for it, or none is asked for */
};

/* One terminal's journal as far as it arrived. */
struct audit_chain {
	char host[JOURNAL_ID_SIZE];
	char epoch[JOURNAL_ID_SIZE];
	struct journal_head head; /* the highest record, whatever is missing before it */
	struct hashes_chain hashes;
	uint64_t records; /* each counted once */
	uint64_t duplicates; /* the same record once more: it was sent again */
	uint64_t late; /* arrived over AUDIT_LATE_S after they happened */
	uint64_t timed; /* records of which is known when they happened, and when they arrived: */
	int64_t least_delay; /* none of them took less, seconds; below 0: their clock is ahead */
	struct audit_dropped *dropped;
	size_t n_dropped;
	uint64_t begins_dropped; /* so many of its first records, and the checkpoints among them,
				  * were dropped and never came */
	uint64_t missing;
	uint64_t first_missing; /* if .missing */
	uint64_t findings;
	struct terminal *owner; /* whose key sealed it, the last of them; NULL: nobody's */
	struct audit_span *ended; /* what its keys before that one sealed, in order */
	size_t n_ended;
	uint64_t sealed; /* the highest checkpoint with a good seal; 0: none. What is behind it
			  * nobody vouches for yet */
	uint32_t first_period, last_period; /* of its checkpoints by .owner, if .sealed */
	struct journal_head whole; /* up to here nothing is missing */
	struct journal_head verified; /* the highest checkpoint up to there */
	const struct terminal *verified_key; /* that sealed it, with what it sealed up to there */
	uint32_t verified_first_period, verified_period;
	bool unsealed_told;
	bool spoiled; /* something is wrong that no further record can mend */
	bool excess; /* AUDIT_MANY_JOURNALS */
	struct audit_mark mark; /* of an earlier verification; its sequence is 0: none */
	uint64_t expired; /* up to here it was deleted as too old; 0: nothing was */
	uint64_t expired_told; /* in the file of that number (struct audit) */
	time_t received; /* when the newest arrived, to the minute; 0: not told */
	time_t sealed_at; /* when the newest good checkpoint was made, by the terminal's clock; 0:
			     none */
	uint64_t list; /* number of the newest list of what is revoked that it took; 0: none */
	struct {
		int reason; /* enum expiry_reason */
		bool again; /* what would go of it stands in a day that stays, too */
		bool told;
		uint64_t file; /* the last one it was noted for */
	} expiry; /* expiry.c's own */
};

struct audit_finding {
	enum audit_damage damage;
	const char *file; /* NULL: of no file, the whole was looked at */
	uint64_t line; /* from 1; 0: the whole file */
	const struct audit_chain *chain; /* NULL if that can't be told */
	uint64_t sequence, last; /* records concerned */
	uint64_t file_number; /* of .file, from 1 on */
};

typedef void audit_report_fn(void *user, const struct audit_finding *finding);

/* A line of the present file is a whole record of @chain, whatever else is wrong with it; @happened
 * by the terminal's clock, 0: not told. @chain NULL: it was not looked at. */
typedef void audit_record_fn(void *user, struct audit_chain *chain, uint64_t sequence,
			     time_t happened);

#define AUDIT_LATE_S 3600
#define AUDIT_OFFSET_S                                                                             \
	60 /* if the quickest record took longer, or arrived before, clocks differ                 \
	    */
/* Records at a journal's end that wait for their checkpoint: so many, or for so long, are too many.
 */
#define AUDIT_UNSEALED_MAX SEALED_WAITING_MAX
#define AUDIT_UNSEALED_S   (7L * 24 * 3600)
/* Whoever writes records can begin as many journals as he likes: so many of an address's, and as
 * many as there are keys, are looked at in one verification beside those that have a mark, */
#define AUDIT_JOURNALS_OF_ADDRESS 10000
/* and so many of a terminal's get one. */
#define AUDIT_JOURNALS_OF_TERMINAL 1000
/* A seal so far ahead of the terminal's others, all such ways together, is none: turning to it
 * would take for ever. */
#define AUDIT_PERIODS_AHEAD 1000000

struct audit {
	struct hashes hashes;
	struct terminals *terminals; /* borrowed; NULL: seals are not checked */
	time_t now; /* what the collector received from then on is not looked at: files grow */
	uint64_t later; /* lines of that kind */
	void *tree; /* of struct audit_chain, by host and epoch (tsearch(3)) */
	struct audit_chain *last;
	struct collected_clock received, happened;
	struct senders senders;
	uint64_t chains;
	uint64_t lines;
	uint64_t torn; /* unfinished writes; what was acknowledged stands elsewhere or is missing */
	uint64_t findings;
	audit_report_fn *report;
	void (*torn_end)(void *user); /* an unfinished write ends the file; NULL: nobody asks */
	audit_record_fn *record; /* may be set before the first file; NULL: nobody asks */
	void *user;
	bool part; /* so may this: only some files are read, so that no journal is lost as a whole
		    */
	const char *file; /* what is read now */
	uint64_t files; /* up to that one */
	uint64_t line;
};

/* As of now. @terminals (may be NULL) must stay. @temporary: the directory for files without
 * name, which take 40 bytes a record, and up to 2,600 where numbers are far apart. -errno. */
int audit_begin(struct audit *audit, struct terminals *terminals, const char *temporary,
		audit_report_fn *report, void *user);
void audit_release(struct audit *audit);

/* What an earlier verification found good; records up to there are not looked at again. Before the
 * first file. Of two marks of a chain the one that reaches further counts. -EEXIST: they contradict
 * each other. */
int audit_begin_at(struct audit *audit, const struct audit_mark *mark);

/* The same where all up to there was deleted: whatever of it is here all the same is AUDIT_EXPIRED.
 */
int audit_begin_expired(struct audit *audit, const struct audit_mark *mark);

/* The chain's mark for the next time. False if there is nothing verified. */
bool audit_mark_of(const struct audit_chain *chain, struct audit_mark *ret_mark);

/* A file begins. @name must stay until the next one. */
void audit_file(struct audit *audit, const char *name);

/* Its next line, without the LF. -ENOMEM, -ENOSPC, -EIO: nothing can be said any more. */
int audit_line(struct audit *audit, const char *line, size_t length);

/* Its end; @torn: bytes without LF stand there. */
void audit_file_end(struct audit *audit, bool torn);

/* It, or its rest, can't be read. */
void audit_unreadable(struct audit *audit);

/* No more files: reports what is missing. -errno as above. */
int audit_end(struct audit *audit);

typedef void audit_each_fn(void *user, const struct audit_chain *chain);

/* NULL if nothing is known of it. */
struct audit_chain *audit_find(struct audit *audit, const char *host, const char *epoch);

/* The same, begun if there is none. NULL: no memory. */
struct audit_chain *audit_make(struct audit *audit, const char *host, const char *epoch);

/* Every chain, sorted by host and epoch. */
void audit_each(const struct audit *audit, audit_each_fn *each, void *user);

/* Notes what a key before the chain's last one sealed in it. -ENOMEM. */
int audit_note_ended(struct audit_chain *chain, const struct audit_span *span);

/* audit_seal.c: looks at a checkpoint's seal. @entry is its entry. */
void audit_checkpoint(struct audit *audit, struct audit_chain *chain,
		      const struct collected *collected, struct hash_entry *entry);

/* audit_seal.c: what the seals say of a chain, when all was read. */
void audit_chain_seals(struct audit *audit, struct audit_chain *chain);
void audit_chain_unsealed(struct audit *audit, struct audit_chain *chain);

/* audit_keys.c: what they say of each terminal, over all its chains and keys. */
int audit_terminal_seals(struct audit *audit);

/* audit_dropped.c: notes what the record tells, if it is a store.dropped. -ENOMEM. */
int audit_note_dropped(struct audit_chain *chain, const struct journal_record *record);
/* When all was read: which of them does a seal vouch for? -EIO, -ENOMEM, -ENOSPC. */
int audit_judge_dropped(struct audit *audit, struct audit_chain *chain);
/* Then: from @first on, up to where are they among what counts as dropped? @first - 1: not at all.
 */
uint64_t audit_dropped_until(const struct audit_chain *chain, uint64_t first, uint64_t last);

/* audit_list.c: notes which list it tells of, if it is a revocations.taken. */
void audit_note_list(struct audit_chain *chain, const struct journal_record *record);

/* Tells a finding; @chain may be NULL. */
void audit_found(struct audit *audit, enum audit_damage damage, struct audit_chain *chain,
		 uint64_t sequence, uint64_t last);

/* "altered", ... a stable name. */
const char *audit_damage_name(enum audit_damage damage);

#endif
