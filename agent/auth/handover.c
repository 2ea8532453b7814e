#include "handover.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Aligned as cmsg(3) wants it. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int handover_send(int fd, int passed)
{
	char byte = 0;
	struct iovec vector = {&byte, sizeof(byte)};
	union control control = {};
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(passed));
	memcpy(CMSG_DATA(header), &passed, sizeof(passed));
	return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int handover_receive(int fd, int *ret_passed)
{
	char byte;
	struct iovec vector = {&byte, sizeof(byte)};
	union control control = {};
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes),
	};
	const struct cmsghdr *header;
	ssize_t length;

	do
		length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	if (length == 0)
		return -ECONNRESET;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(*ret_passed)))
		return -EBADMSG;
	memcpy(ret_passed, CMSG_DATA(header), sizeof(*ret_passed));
	return 0;
}
