#include "handover.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A message of one byte with room for one descriptor. */
struct parcel {
	char byte;
	struct iovec vector;
	struct msghdr message;
	union {
		struct cmsghdr header; /* aligned as cmsg(3) wants it */
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
};

static struct msghdr *prepare(struct parcel *parcel)
{
	*parcel = (struct parcel){};
	parcel->vector = (struct iovec){&parcel->byte, sizeof(parcel->byte)};
	parcel->message = (struct msghdr){
		.msg_iov = &parcel->vector,
		.msg_iovlen = 1,
		.msg_control = &parcel->control,
		.msg_controllen = sizeof(parcel->control.bytes),
	};
	return &parcel->message;
}

int handover_send(int fd, int passed)
{
	struct parcel parcel;
	const struct msghdr *message = prepare(&parcel);
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(passed));
	memcpy(CMSG_DATA(header), &passed, sizeof(passed));
	return sendmsg(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int handover_receive(int fd, int *ret_passed)
{
	struct parcel parcel;
	struct msghdr *message = prepare(&parcel);
	const struct cmsghdr *header;
	ssize_t length;

	do
		length = recvmsg(fd, message, MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	if (length == 0)
		return -ECONNRESET;
	header = CMSG_FIRSTHDR(message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(*ret_passed)))
		return -EBADMSG;
	memcpy(ret_passed, CMSG_DATA(header), sizeof(*ret_passed));
	return 0;
}
