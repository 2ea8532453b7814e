/* The collector's directory: the authority that signs, and the collector's own certificate. */
#ifndef SEKISHO_COLLECTOR_AUTHORITY_H
#define SEKISHO_COLLECTOR_AUTHORITY_H

#include "certificate.h"
#include "config.h"

/* Below the directory: NAME.conf, what verifies that terminal's seal, and NAME.pem, its
 * certificate; 0700. */
#define AUTHORITY_TERMINALS "terminals"

/* In the order in which they are made: a key before its certificate, so that whatever a crash
 * leaves can be gone on with. */
enum authority_file {
	AUTHORITY_KEY,
	AUTHORITY_PEM,
	COLLECTOR_KEY,
	COLLECTOR_PEM,
	AUTHORITY_FILES,
};

struct authority {
	const char *directory; /* the caller's */
	int dirfd; /* locked against a second one of us */
	struct identity authority; /* what isn't there is NULL */
	struct identity collector;
	bool made[AUTHORITY_FILES]; /* by this authority_complete */
};

void authority_close(struct authority *authority);
#define _cleanup_authority_ _cleanup_(authority_close)
#define AUTHORITY_CLOSED                                                                           \
	{                                                                                          \
		.dirfd = -1                                                                        \
	}

const char *authority_file_name(enum authority_file file);
bool authority_has(const struct authority *authority, enum authority_file file);

/* Opens @directory, made if @make says so, and reads what is there. A directory that others may
 * write, and files that can't be read or don't belong together, are errors. -EBUSY if another one
 * works there. */
int authority_open(struct authority *authority, const char *directory, bool make,
		   struct config_error *ret_error);

/* Makes what is missing, for a collector of that name; what is there stays as it is. -EEXIST if
 * what is there is for another name or not valid, -ENOKEY if a key is missing that can't be
 * replaced. Afterwards all is on the disk. */
int authority_complete(struct authority *authority, const char *name,
		       struct config_error *ret_error);

/* Whether terminals can be given certificates; @ret_name is the collector's name. */
int authority_ready(const struct authority *authority, char *ret_name, size_t size,
		    struct config_error *ret_error);

#endif
