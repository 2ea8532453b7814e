/* Is a journal what was written? A state machine that is fed every line of every segment in order
 * and tells what is wrong and where. Pure; its memory does not grow with the journal.
 *
 * What it can't see without something from outside: a tail cut off between two lines, and a journal
 * rewritten as a whole. */
#ifndef SEKISHO_JOURNAL_CHAIN_H
#define SEKISHO_JOURNAL_CHAIN_H

#include "journal_finding.h"
#include "journal_format.h"
#include "journal_gaps.h"

struct journal_chain;
/* A good record, each once; .head of @chain is it already. */
typedef void journal_record_fn(void *user, const struct journal_chain *chain,
			       const struct journal_record *record, uint64_t offset);

struct journal_chain {
	struct journal_head head; /* the last good record */
	uint64_t records; /* good ones, each counted once */
	uint64_t superseded; /* lines written again elsewhere after a disk error */
	uint64_t segments[JOURNAL_REASON_COUNT]; /* with a good header, by why they were begun */
	uint64_t bad_lines; /* since .head */
	bool blind; /* what precedes is unknown: the next record is believed */
	bool have_origin;
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE];

	/* the segment that is read */
	struct journal_segment segment;
	char file[JOURNAL_NAME_SIZE];
	uint64_t line;
	bool is_superseded; /* what follows was written again in the next segment */
	struct journal_head last_valid; /* where that begins, if .has_successor */
	bool has_successor;

	/* the segment up to its first finding, for recovery */
	bool unsound;
	struct journal_head sound;
	uint64_t sound_end; /* offset after the last line before it */
	uint64_t synced_after; /* highest .synced of the good records after it */

	struct journal_gaps gaps; /* what is missing, and what of it was told */
	journal_report_fn *report;
	void *user;
	journal_record_fn *watch; /* NULL: nobody watches */
	void *watch_user;
};

/* Begins at the journal's first record. @report may be NULL. */
void journal_chain_begin(struct journal_chain *chain, journal_report_fn *report, void *user);

/* Begins in the middle: the next segment's header is believed. */
void journal_chain_begin_within(struct journal_chain *chain, journal_report_fn *report, void *user);

/* Each good record from now on is told to @watch. */
void journal_chain_watch(struct journal_chain *chain, journal_record_fn *watch, void *user);

/* A segment begins. @next is the header of the one after it, NULL if none or unreadable. */
void journal_chain_segment(struct journal_chain *chain, const struct journal_segment *segment,
			   const struct journal_header *next);

/* A line without its LF, at @offset. */
void journal_chain_line(struct journal_chain *chain, const char *line, size_t length,
			uint64_t offset);

/* The segment ends: @length bytes without LF at @offset; @zero if they are all zero or none. */
void journal_chain_tail(struct journal_chain *chain, uint64_t offset, uint64_t length, bool zero);

/* The segment, or its rest, can't be read. */
void journal_chain_unreadable(struct journal_chain *chain);

/* No more segments: reports the gaps nobody filled. */
void journal_chain_end(struct journal_chain *chain);

#endif
