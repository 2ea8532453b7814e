/* The life of sekisho-token: requests on a socket, one token, no state between the verbs. */
#ifndef SEKISHO_TOKENSERVE_H
#define SEKISHO_TOKENSERVE_H

#include <fido.h>

/* Serves until the other end closes or SIGTERM comes. @io: see tokendevice_open(). 0 or -errno. */
int tokenserve_run(int fd, const char *device_path, const fido_dev_io_t *io);

#endif
