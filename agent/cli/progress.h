/* How far something has come that takes a while: a bar on standard error where that is a terminal,
 * else nothing. */
#ifndef SEKISHO_CLI_PROGRESS_H
#define SEKISHO_CLI_PROGRESS_H

#include <stddef.h>

struct progress {
	size_t total;
	unsigned int shown; /* percent, plus one */
};

void progress_show(struct progress *progress, size_t done);
void progress_end(struct progress *progress);

#endif
