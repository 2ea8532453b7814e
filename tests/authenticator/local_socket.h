/* A Unix socket at a path. */
#ifndef SOFTKEY_LOCAL_SOCKET_H
#define SOFTKEY_LOCAL_SOCKET_H

/* @type is SOCK_STREAM or SOCK_SEQPACKET. Removes a socket that lies at @path, nothing else. The
 * descriptor does not block. -ENAMETOOLONG, -EADDRINUSE and other errors of bind. */
int local_socket_listen(const char *path, int type, int *ret_fd);

/* Errors of connect. */
int local_socket_connect(const char *path, int type, int *ret_fd);

#endif
