/* The files below a directory, read line by line into a judge. */
#ifndef SEKISHO_COLLECTOR_FILES_H
#define SEKISHO_COLLECTOR_FILES_H

#include "audit.h"

/* How far it is; called some times a second. */
typedef void files_progress_fn(void *user, uint64_t done, uint64_t total);

struct files_summary {
	uint64_t files;
	uint64_t bytes;
	uint64_t skipped; /* names that do not end in .log, and what is no regular file */
};

/* Feeds every NAME.log below @path, in the order of the names. Links are not followed but for @path
 * itself. Files that
 * can't be read are findings; -errno if the directory can't be, or of audit_line. */
int files_feed(const char *path, struct audit *audit, files_progress_fn *progress, void *user,
	       struct files_summary *ret_summary);

#endif
