/* A file that the collector signed, such as sekisho-collector verify writes, for the commands that
 * take one. */
#ifndef SEKISHO_SIGNED_FILE_H
#define SEKISHO_SIGNED_FILE_H

#include "agent/forward/collectors.h"

#include <stddef.h>

struct signed_file {
	const char *command, *path;
	struct collectors collectors; /* who must have signed it */
	char *text;
	size_t length;
};

void signed_file_release(struct signed_file *file);
#define _cleanup_signed_ __attribute__((cleanup(signed_file_release)))

/* Reads .path, and who the collector is from @configuration. COMMAND_OK, or tells why not. */
int signed_file_read(struct signed_file *file, const char *configuration);

/* Tells what signed_open found, -EBADMSG excepted. */
int signed_file_fail(const struct signed_file *file, int error);

#endif
