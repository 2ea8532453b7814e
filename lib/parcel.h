/* A packet of fixed size on a SOCK_SEQPACKET socket, with or without one descriptor (unix(7),
 * SCM_RIGHTS). */
#ifndef SEKISHO_PARCEL_H
#define SEKISHO_PARCEL_H

#include <stddef.h>

/* Sends @size bytes, and the descriptor @passed unless it is -1; the caller still has to close
 * that.
 * @flags as for send(2); no signal is raised. 0 or -errno. */
int parcel_send(int fd, const void *data, size_t size, int passed, int flags);

/* Takes a packet and, close-on-exec, what came with it: -1 if nothing did. -ECONNRESET: the other
 * end closed; -EBADMSG: of another size. @flags as for recv(2). */
int parcel_receive(int fd, void *data, size_t size, int *ret_passed, int flags);

#endif
