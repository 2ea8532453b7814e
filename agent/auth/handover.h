/* A connection handed from one process to another (unix(7), SCM_RIGHTS). */
#ifndef SEKISHO_HANDOVER_H
#define SEKISHO_HANDOVER_H

/* Sends the descriptor @passed through the socket @fd, which never blocks here; the caller still
 * has to close @passed. 0 or -errno. */
int handover_send(int fd, int passed);

/* Takes one; close-on-exec. -ECONNRESET: the other end closed. */
int handover_receive(int fd, int *ret_passed);

#endif
