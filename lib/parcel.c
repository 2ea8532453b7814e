#include "parcel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for one descriptor; with its padding, on 64 bits, for two, so that who receives offers less.
 */
union control {
	struct cmsghdr header; /* aligned as cmsg(3) wants it */
	char bytes[CMSG_SPACE(sizeof(int))];
};

int parcel_send(int fd, const void *data, size_t size, int passed, int flags)
{
	union control control = {};
	struct iovec vector = {(void *)data, size};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	ssize_t sent;

	if (passed >= 0) {
		struct cmsghdr *header = &control.header;

		message.msg_control = &control;
		message.msg_controllen = sizeof(control.bytes);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(passed));
		memcpy(CMSG_DATA(header), &passed, sizeof(passed));
	}
	sent = sendmsg(fd, &message, flags | MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EIO;
}

/* The kernel closes what there is no room for. */
static int descriptor_of(struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int passed = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(passed)))
		memcpy(&passed, CMSG_DATA(header), sizeof(passed));
	return passed;
}

int parcel_receive(int fd, void *data, size_t size, int *ret_passed, int flags)
{
	union control control;
	struct iovec vector = {data, size};
	struct msghdr message;
	ssize_t length;
	int passed;

	do {
		message = (struct msghdr){.msg_iov = &vector,
					  .msg_iovlen = 1,
					  .msg_control = &control,
					  .msg_controllen = CMSG_LEN(sizeof(int))};
		length = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	passed = descriptor_of(&message);
	if ((size_t)length == size && !(message.msg_flags & MSG_TRUNC)) {
		*ret_passed = passed;
		return 0;
	}
	if (passed >= 0)
		close(passed);
	return length == 0 ? -ECONNRESET : -EBADMSG;
}
