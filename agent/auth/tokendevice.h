/* One token, opened for the verbs that follow each other at once and closed again: it is not held
 * while a person is asked. */
#ifndef SEKISHO_TOKENDEVICE_H
#define SEKISHO_TOKENDEVICE_H

#include "tokenproto.h"

#include <fido.h>
#include <stdbool.h>

struct tokendevice {
	fido_dev_t *dev;
	int64_t deadline; /* of the verb */
	uint64_t max_list; /* the longest list it takes, while it is open; 0: it was not asked */
};

/* Arms SIGTERM: it interrupts libfido2's wait, after which the token is told to stop blinking. */
int tokendevice_arm(void);

/* SIGTERM came. */
bool tokendevice_stopped(void);

/* Opens @path. @io replaces libfido2's hidraw functions, NULL keeps them. Calls @busy(@user) once
 * if another program holds the token for more than a moment, and goes on waiting. */
enum token_status tokendevice_open(const char *path, const fido_dev_io_t *io, uint32_t timeout_ms,
				   void (*busy)(void *user), void *user,
				   struct tokendevice *ret_device);

/* Begins a further verb on an open token. */
enum token_status tokendevice_again(struct tokendevice *device, uint32_t timeout_ms);

/* What a libfido2 error code means. */
enum token_status tokendevice_status(const struct tokendevice *device, int code);

/* Ends what is under way on the token if @code says that it may be, and closes. Safe on a closed
 * one. */
void tokendevice_close(struct tokendevice *device, enum token_status status);

#endif
