#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int plug(struct transport *transport)
{
	if (transport->fd >= 0)
		return 0;
	transport->fd = open(transport->settings->hidg, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return transport->fd < 0 ? -errno : 0;
}

/* Silent from now on; the gadget itself stays where whoever made it plugged it in. */
static void unplug(struct transport *transport)
{
	if (transport->fd >= 0)
		close(transport->fd);
	transport->fd = -1;
}

static int receive(struct transport *transport, uint8_t ret_report[static REPORT_SIZE])
{
	ssize_t length = read(transport->fd, ret_report, REPORT_SIZE);

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return length == REPORT_SIZE;
}

/* The last report may still be on its way: the bus asks for one a few milliseconds at a time. */
static void send_report(struct transport *transport, const uint8_t report[static REPORT_SIZE])
{
	for (int tries = 0; transport->fd >= 0 && tries < 500; tries++) {
		if (write(transport->fd, report, REPORT_SIZE) >= 0 || errno != EAGAIN)
			return;
		usleep(1000);
	}
}

const struct transport_kind transport_hidg = {
	.plug = plug,
	.unplug = unplug,
	.receive = receive,
	.send = send_report,
};
