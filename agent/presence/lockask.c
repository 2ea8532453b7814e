#include "lockask.h"

#include "cleanup.h"
#include "parcel.h"
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define ASK_MS 8000 /* beyond what sekisho-lock gives logind */

static int wait_for(int fd, int64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int64_t left;
	int r;

	do {
		left = deadline - wire_now();
		r = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);
	return r > 0 ? 0 : r == 0 ? -ETIMEDOUT : -errno;
}

int lockask(const char *socket, enum lock_verb verb, const char *session)
{
	struct lock_request request = {.version = LOCK_VERSION, .verb = verb};
	int64_t deadline = wire_now() + ASK_MS;
	_cleanup_close_ int passed = -1;
	_cleanup_close_ int fd = -1;
	struct lock_reply reply = {};
	int r;

	if (strlen(session) >= sizeof(request.session))
		return -EINVAL;
	memcpy(request.session, session, strlen(session));
	r = wire_connect(socket, deadline, &fd);
	if (r == 0)
		r = parcel_send(fd, &request, sizeof(request), -1, 0);
	if (r == 0)
		r = wait_for(fd, deadline);
	if (r == 0)
		r = parcel_receive(fd, &reply, sizeof(reply), &passed, 0);
	if (r < 0)
		return r;
	if (reply.version != LOCK_VERSION || reply.error > 0)
		return -EBADMSG;
	return reply.error;
}
