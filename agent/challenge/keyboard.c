#include "keyboard.h"

#include "wire.h"

#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <sys/ioctl.h>

#define TO_INTERFACE 0x21 /* bmRequestType: class, interface, from the host */
#define SET_IDLE     0x0a /* HID 1.11, 7.2 */
#define SET_PROTOCOL 0x0b
#define CONTROL_MS   500
#define ERRORS_MAX   16 /* of the line, in a row */

static void request(int fd, uint8_t interface, uint8_t what, uint16_t value)
{
	struct usbdevfs_ctrltransfer transfer = {
		.bRequestType = TO_INTERFACE,
		.bRequest = what,
		.wValue = value,
		.wIndex = interface,
		.timeout = CONTROL_MS,
	};

	ioctl(fd, USBDEVFS_CONTROL, &transfer);
}

void keyboard_speak(int fd, uint8_t interface, bool boot)
{
	request(fd, interface, SET_PROTOCOL, boot ? 0 : 1);
	request(fd, interface, SET_IDLE, 0);
}

/* Waits for one report. 0, or as keyboard_read. */
static int await(int fd, int peer, int64_t deadline)
{
	struct pollfd polls[] = {{.fd = fd, .events = POLLOUT}, {.fd = peer, .events = POLLIN}};
	int64_t left = deadline - wire_now();
	int r;

	if (left <= 0)
		return -ETIMEDOUT;
	r = poll(polls, 2, left > 60000 ? 60000 : (int)left);
	if (r < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (polls[1].revents)
		return -ECONNRESET; /* nothing more is said on it */
	if (polls[0].revents & POLLOUT)
		return 0;
	return polls[0].revents ? -ENODEV : -EAGAIN;
}

int keyboard_read(int fd, uint8_t endpoint, uint16_t packet, struct answer *answer, int peer,
		  int64_t deadline, enum answer_state *ret_state)
{
	uint8_t report[CHALLENGE_PACKET_MAX];
	struct usbdevfs_urb urb, *done;
	unsigned int errors = 0;
	int r;

	for (;;) {
		urb = (struct usbdevfs_urb){.type = USBDEVFS_URB_TYPE_INTERRUPT,
					    .endpoint = endpoint,
					    .buffer = report,
					    .buffer_length = packet};
		if (ioctl(fd, USBDEVFS_SUBMITURB, &urb) < 0)
			return -errno;
		do
			r = await(fd, peer, deadline);
		while (r == -EAGAIN);
		/* What is still under way ends with the process, which is what a failure is. */
		if (r < 0)
			return r;
		if (ioctl(fd, USBDEVFS_REAPURBNDELAY, &done) < 0)
			return -errno;
		if (urb.status < 0 && ++errors > ERRORS_MAX)
			return urb.status;
		if (urb.status < 0)
			continue;
		errors = 0;
		*ret_state = answer_report(answer, report, (size_t)urb.actual_length);
		if (*ret_state != ANSWER_MORE)
			return 0;
	}
}
