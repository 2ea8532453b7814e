#include "transport.h"

#include "local_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void hang_up(struct transport *transport)
{
	if (transport->fd >= 0 && transport->fd != transport->listener)
		close(transport->fd);
	transport->fd = transport->listener;
}

static int plug(struct transport *transport)
{
	int fd;
	int r;

	if (transport->listener >= 0)
		return 0;
	r = local_socket_listen(transport->settings->socket, SOCK_SEQPACKET, &fd);
	if (r < 0)
		return r;
	/* As with udev: the name is there first, and a change of its mode says that it can be used.
	 */
	if (chmod(transport->settings->socket, 0600) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	transport->listener = fd;
	transport->fd = fd;
	return 0;
}

static void unplug(struct transport *transport)
{
	if (transport->listener < 0)
		return;
	/* Unreachable before anybody hears of it by the end of his connection. */
	unlink(transport->settings->socket);
	hang_up(transport);
	close(transport->listener);
	transport->listener = -1;
	transport->fd = -1;
}

static int receive(struct transport *transport, uint8_t ret_report[static REPORT_SIZE])
{
	uint8_t packet[REPORT_SIZE + 2];
	ssize_t length;

	if (transport->fd == transport->listener) {
		int fd = accept4(transport->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return errno == EAGAIN || errno == ECONNABORTED ? 0 : -errno;
		transport->fd = fd;
		return 0;
	}
	length = recv(transport->fd, packet, sizeof(packet), 0);
	/* ECONNRESET: the other side has gone and left keepalives unread, which says nothing of
	 * what it sent before that: it is behind the error. */
	if (length < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
		return 0;
	if (length == REPORT_SIZE) {
		memcpy(ret_report, packet, REPORT_SIZE);
		return 1;
	}
	if (length == REPORT_SIZE + 1 && packet[0] == 0) {
		memcpy(ret_report, packet + 1, REPORT_SIZE);
		return 1;
	}
	hang_up(transport);
	return 0;
}

static void send_report(struct transport *transport, const uint8_t report[static REPORT_SIZE])
{
	if (transport->fd >= 0 && transport->fd != transport->listener)
		send(transport->fd, report, REPORT_SIZE, MSG_NOSIGNAL | MSG_DONTWAIT);
}

const struct transport_kind transport_socket = {
	.plug = plug,
	.unplug = unplug,
	.receive = receive,
	.send = send_report,
};
