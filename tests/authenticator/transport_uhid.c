#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <linux/uhid.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One input and one output report of 64 bytes, usage page FIDO (CTAP 2.1, 11.2.8.2). */
static const uint8_t descriptor[] = {
	0x06, 0xd0, 0xf1, /* usage page: FIDO alliance */
	0x09, 0x01, /* usage: authenticator */
	0xa1, 0x01, /* collection: application */
	0x09, 0x20, /* usage: data in */
	0x15, 0x00, 0x26, 0xff,	       0x00, /* bytes from 0 to 255 */
	0x75, 0x08, 0x95, REPORT_SIZE, /* 8 bits, 64 times */
	0x81, 0x02, /* input */
	0x09, 0x21, /* usage: data out */
	0x15, 0x00, 0x26, 0xff,	       0x00, 0x75, 0x08, 0x95, REPORT_SIZE, 0x91, 0x02, /* output */
	0xc0, /* end of collection */
};

static int write_event(int fd, const struct uhid_event *event)
{
	ssize_t written = write(fd, event, sizeof(*event));

	if (written < 0)
		return -errno;
	return written == (ssize_t)sizeof(*event) ? 0 : -EIO;
}

static int plug(struct transport *transport)
{
	const struct settings *settings = transport->settings;
	struct uhid_event event = {.type = UHID_CREATE2};
	struct uhid_create2_req *create = &event.u.create2;
	int fd;
	int r;

	if (transport->fd >= 0)
		return 0;
	fd = open("/dev/uhid", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	snprintf((char *)create->name, sizeof(create->name), "%s", settings->name);
	snprintf((char *)create->uniq, sizeof(create->uniq), "%s", settings->serial);
	snprintf((char *)create->phys, sizeof(create->phys), "softkey-%d", (int)getpid());
	memcpy(create->rd_data, descriptor, sizeof(descriptor));
	create->rd_size = sizeof(descriptor);
	create->bus = BUS_USB;
	create->vendor = settings->vendor;
	create->product = settings->product;
	r = write_event(fd, &event);
	if (r < 0) {
		close(fd);
		return r;
	}
	transport->fd = fd;
	return 0;
}

static void unplug(struct transport *transport)
{
	const struct uhid_event event = {.type = UHID_DESTROY};

	if (transport->fd < 0)
		return;
	/* Closing destroys as well; asked for by name it is done before this returns. */
	(void)write_event(transport->fd, &event);
	close(transport->fd);
	transport->fd = -1;
}

/* A request nobody waits for us to serve would hold the platform up for five seconds. */
static int refuse(const struct transport *transport, const struct uhid_event *event)
{
	struct uhid_event answer = {};

	if (event->type == UHID_GET_REPORT) {
		answer.type = UHID_GET_REPORT_REPLY;
		answer.u.get_report_reply.id = event->u.get_report.id;
		answer.u.get_report_reply.err = EIO;
	} else {
		answer.type = UHID_SET_REPORT_REPLY;
		answer.u.set_report_reply.id = event->u.set_report.id;
		answer.u.set_report_reply.err = EIO;
	}
	return write_event(transport->fd, &answer);
}

static int receive(struct transport *transport, uint8_t ret_report[static REPORT_SIZE])
{
	struct uhid_event event = {};
	const struct uhid_output_req *output = &event.u.output;
	ssize_t length;

	length = read(transport->fd, &event, sizeof(event));
	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (event.type == UHID_GET_REPORT || event.type == UHID_SET_REPORT)
		return refuse(transport, &event);
	if (event.type != UHID_OUTPUT)
		return 0;
	/* hidraw passes the report number on, also where the device has none. */
	if (output->size == REPORT_SIZE + 1 && output->data[0] == 0)
		memcpy(ret_report, output->data + 1, REPORT_SIZE);
	else if (output->size == REPORT_SIZE)
		memcpy(ret_report, output->data, REPORT_SIZE);
	else
		return 0;
	return 1;
}

static void send_report(struct transport *transport, const uint8_t report[static REPORT_SIZE])
{
	struct uhid_event event = {.type = UHID_INPUT2};

	if (transport->fd < 0)
		return;
	event.u.input2.size = REPORT_SIZE;
	memcpy(event.u.input2.data, report, REPORT_SIZE);
	(void)write_event(transport->fd, &event);
}

const struct transport_kind transport_uhid = {
	.plug = plug,
	.unplug = unplug,
	.receive = receive,
	.send = send_report,
};
