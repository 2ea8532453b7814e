/* What terminals are given: a directory each (a bundle), and what the collector keeps of it. */
#ifndef SEKISHO_COLLECTOR_ISSUE_H
#define SEKISHO_COLLECTOR_ISSUE_H

#include "authority.h"
#include "name.h"
#include "sealkeys.h"

#include <stdbool.h>
#include <stddef.h>

struct issue {
	const struct authority *authority; /* ready */
	char collector[NAME_MAX_HOST + 1]; /* its name */
	int terminals; /* directories */
	int output;
	bool renew; /* a certificate for a terminal that has its seal */
	bool letters; /* the terminal fetches its letters from the collector's web server */
	bool reseal; /* a seal for a terminal that lost its own */
	const struct sealkeys *ended; /* then: the keys up to now, all ended */
};

/* Whether the collector knows the terminal; whether its bundle lies there. */
bool issue_known(const struct issue *issue, const char *name);
bool issue_handed_out(const struct issue *issue, const char *name);

/* Goes on with a terminal that was stored when we were interrupted: its finished bundle is put in
 * its place. 1: done. 0: there is no such bundle. -errno. */
int issue_finish(const struct issue *issue, const char *name);

/* Makes @count bundles, whose names are right and free. The collector's part of each is on the disk
 * before any bundle gets its name. On failure nothing was handed out, but some may be stored;
 * issue_finish and the same call again put that right. -errno with @ret_name, the one at fault. */
int issue_batch(const struct issue *issue, const char *const names[], size_t count,
		const char **ret_name);

#endif
