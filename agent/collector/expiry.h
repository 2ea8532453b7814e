/* Which of the collector's oldest files may go? Those that can be missed, so that what stays can
 * still be verified, and nothing that is wrong goes with them: every line of a file that goes is a
 * record of a journal in which nothing is wrong, neither in the days that go nor in those that
 * stay, is followed by a good seal, and happened before the day by the terminal's own clock, too. A
 * journal goes with all of its old files or with none. */
#ifndef SEKISHO_EXPIRY_H
#define SEKISHO_EXPIRY_H

#include "audit.h"
#include "files.h"

#include <jansson.h>
#include <sys/stat.h>

enum expiry_reason {
	EXPIRY_GOES,
	EXPIRY_NO_RECORD, /* a line is none, or it could not be read, or is in a folder of the day's
			   */
	EXPIRY_EXPIRED, /* a record is from before what was deleted: nothing to compare it with */
	EXPIRY_CHANGED, /* it was written to since it was read */
	EXPIRY_YOUNG, /* by a terminal's clock, a record is not that old */
	EXPIRY_DAMAGED, /* something is wrong in a journal that has records there, or in another one
			 * of its terminal's */
	EXPIRY_AGAIN, /* a record of those stands in a day that stays, too: it was sent again */
	EXPIRY_MISSING, /* a record before one of those is not in the days that go */
	EXPIRY_UNSEALED, /* no good seal stands behind the last of them, or before it */
	EXPIRY_SHARED, /* a journal has records there and in a file that stays */
};

struct expiry_file {
	char *path;
	struct stat status; /* when it was read */
	enum expiry_reason reason;
	bool resumed; /* an interrupted run had written down that it goes */
	bool torn; /* an unfinished write ends it */
	bool follows; /* an earlier file stays for the same journals' sake */
	struct audit_chain **chains; /* whose records are in it */
	size_t n_chains;
};

struct expiry {
	struct audit old; /* the days that may go, alone */
	struct audit whole; /* all days */
	time_t before; /* what happened since then is too young */
	time_t newest; /* of the good checkpoints up to a day from now, by the terminals' clocks */
	bool unsealed; /* what ends a journal that has ended may go without a seal behind it */
	size_t folder_length, day_length; /* of the paths */
	const char *before_day; /* YYYY-MM-DD; the caller's */
	json_t *going; /* what an interrupted run had written down (expired.h); the caller's, or
			  NULL */
	bool *damaged; /* by terminal: something is wrong in one of its journals */
	char (*hosts)[JOURNAL_ID_SIZE]; /* or in one of this host's that nobody sealed; sorted */
	size_t n_hosts;
	struct expiry_file *files; /* of those days, by path */
	size_t n_files, room;
	int error; /* of a callback */
};

/* @old_terminals, @terminals: the same keys twice, for each audit changes its own; they stay the
 * caller's. -errno. */
int expiry_begin(struct expiry *expiry, struct terminals *old_terminals,
		 struct terminals *terminals, const char *temporary);
void expiry_end(struct expiry *expiry);

/* A folder of old files, @day of @folder. After the marks were handed to .old; before expiry_judge.
 * -errno. */
int expiry_day(struct expiry *expiry, const char *folder, const char *day,
	       files_progress_fn *progress, void *user);

/* All that is there, and then the reason of each file. -errno. */
int expiry_judge(struct expiry *expiry, const char *folder, files_progress_fn *progress,
		 void *user);

/* NULL: it was not read, or has no record in it. */
const struct expiry_file *expiry_find(const struct expiry *expiry, const char *path);

#endif
