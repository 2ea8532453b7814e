/* What sekisho-collector verify shows, for people or as JSON. */
#ifndef SEKISHO_VERIFY_SHOW_H
#define SEKISHO_VERIFY_SHOW_H

#include "audit.h"
#include "files.h"
#include "shown.h"

#include <jansson.h>

struct verification {
	const char *path, *temporary, *directory, *marks, *requests, *receipts;
	bool directory_given; /* by --directory: then it has to be a collector's */
	bool json;
	bool progress; /* is shown */
	uint64_t silent_s; /* 0: silence is no finding */
	time_t now;
	struct terminals terminals;
	time_t *heard; /* when the newest record of each came; 0: none is here */
	const char *expired_file; /* NULL: DIRECTORY's, if it is about .path */
	bool expired_elsewhere; /* it is not */
	uint64_t expired; /* journals whose beginning was deleted */
	struct shown shown;
	uint64_t silent, unsealed, duplicates;
	json_t *findings, *chains;
};

/* audit_report_fn, files_progress_fn: with the verification. */
void verify_report(void *verification, const struct audit_finding *finding);
void verify_progress(void *verification, uint64_t done, uint64_t total);

/* Every journal, and the verdict. Returns the program's exit status. */
int verify_show(struct verification *verification, const struct audit *audit,
		const struct files_summary *files);

#endif
