#include "keeping.h"

#include "source.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_ASIDE  "refused" /* progress.c's: a number, and why, in each line */
#define CHECKPOINT "store.checkpoint"
#define LINE_SIZE  2048

void keeping_begin(struct keeping *keeping, int journal, int state)
{
	*keeping = (struct keeping){.journal = journal, .state = state};
	keeping_read(keeping);
}

static bool is_for(const struct keeping *keeping, const char *place,
		   const struct journal_header *header)
{
	return strcmp(keeping->place, place) == 0 && strcmp(keeping->host, header->host) == 0 &&
	       strcmp(keeping->epoch, header->epoch) == 0;
}

void keeping_connect(struct keeping *keeping, const struct collectors *collectors,
		     const struct collector *server, const struct journal_header *header,
		     const struct acknowledged *acknowledged)
{
	const bool known = strcmp(acknowledged->host, header->host) == 0 &&
			   strcmp(acknowledged->epoch, header->epoch) == 0;
	char place[KEEPING_PLACE_MAX] = "";

	if (collectors->count == 1 && collectors->protocol != COLLECTORS_SYSLOG)
		snprintf(place, sizeof(place), "%s:%s", server->host, server->port);
	if (is_for(keeping, place, header))
		return;
	memcpy(keeping->place, place, sizeof(place));
	memcpy(keeping->host, header->host, sizeof(keeping->host));
	memcpy(keeping->epoch, header->epoch, sizeof(keeping->epoch));
	keeping->from = known ? acknowledged->head.sequence + 1 : 1;
	memset(keeping->seen, 0, sizeof(keeping->seen));
	keeping_write(keeping);
}

/* Is one of them among those that the collector refused? What can't be read may be. */
static bool was_set_aside(const struct keeping *keeping, uint64_t first, uint64_t last)
{
	_cleanup_close_ int fd =
		openat(keeping->state, SET_ASIDE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
	char line[LINE_SIZE];
	bool found = false;

	if (!file)
		return fd >= 0 || errno != ENOENT;
	steal_fd(&fd);
	while (!found && fgets(line, sizeof(line), file)) {
		const unsigned long long one = strtoull(line, NULL, 10);

		found = one >= first && one <= last;
	}
	fclose(file);
	return found;
}

static void note(const struct keeping *keeping, uint64_t first, uint64_t last, const char *time)
{
	struct keeping_loss loss = {.first = first, .last = last}, before;

	if (was_set_aside(keeping, first, last))
		return;
	/* Each night's letter says it again: when it was found counts. */
	if (keeping_read_loss(keeping->state, &before) == 0 &&
	    strcmp(before.epoch, keeping->epoch) == 0 &&
	    (before.first == first || strcmp(time, before.time) <= 0))
		return;
	memcpy(loss.host, keeping->host, sizeof(loss.host));
	memcpy(loss.epoch, keeping->epoch, sizeof(loss.epoch));
	snprintf(loss.time, sizeof(loss.time), "%s", time);
	keeping_write_loss(keeping->state, &loss);
}

static bool counts(const struct keeping *keeping, const struct letter *letter, uint64_t first)
{
	return keeping->place[0] && first >= keeping->from &&
	       letter_is_for(letter, keeping->host, keeping->epoch);
}

void keeping_asked(const struct keeping *keeping, const struct resend_request *request)
{
	if (counts(keeping, &request->letter, request->first))
		note(keeping, request->first, request->first, request->letter.time);
}

static bool is_checkpoint(const struct journal_record *record)
{
	return record->kind.length == strlen(CHECKPOINT) &&
	       memcmp(record->kind.bytes, CHECKPOINT, record->kind.length) == 0;
}

/* The first checkpoint behind @sequence, with each event before it readable here: what could not be
 * read was never sent. 0: there is none up to @last. */
static uint64_t next_checkpoint(int journal, uint64_t sequence, uint64_t last)
{
	_cleanup_free_ struct journal_cursor *cursor = NULL;
	struct journal_segment segment, before = {};
	struct journal_record record = {};
	struct journal_span line;
	uint64_t found = 0, at = sequence;
	int r = source_segment(journal, sequence + 1, &segment, &before);

	if (r > 0)
		cursor = calloc(1, sizeof(*cursor));
	if (!cursor)
		return 0;
	journal_cursor_begin(cursor, journal, false);
	cursor->segment = before;
	while (r > 0 && found == 0 && at < last) {
		r = journal_cursor_next(cursor, &record, &line);
		if (r <= 0 || record.sequence <= sequence)
			continue;
		if (record.sequence != ++at)
			break;
		if (is_checkpoint(&record))
			found = at;
	}
	journal_cursor_end(cursor);
	return found;
}

void keeping_receipt(struct keeping *keeping, const struct receipt *receipt,
		     const struct acknowledged *acknowledged)
{
	const uint64_t verified = receipt->verified.sequence, then = keeping->seen[0].acknowledged;
	uint64_t checkpoint = 0;

	if (!letter_is_for(&receipt->letter, keeping->host, keeping->epoch) ||
	    /* Times of one form: text compares as they do. */
	    strcmp(receipt->letter.time, keeping->seen[1].time) <= 0)
		return;
	if (verified < then && counts(keeping, &receipt->letter, verified + 1))
		checkpoint = next_checkpoint(keeping->journal, verified, then);
	if (checkpoint > 0)
		note(keeping, verified + 1, checkpoint, receipt->letter.time);
	keeping->seen[0] = keeping->seen[1];
	snprintf(keeping->seen[1].time, sizeof(keeping->seen[1].time), "%s", receipt->letter.time);
	keeping->seen[1].acknowledged = acknowledged->head.sequence;
	keeping_write(keeping);
}
