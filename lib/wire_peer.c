/* Beside wire.c for the root half, which sends no messages of that form. */
#include "wire.h"

#include <errno.h>
#include <sys/socket.h>

int wire_peer(int fd, uint32_t *ret_uid, int32_t *ret_pid)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return -errno;
	*ret_uid = peer.uid;
	*ret_pid = peer.pid;
	return 0;
}
