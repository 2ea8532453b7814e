/* sekisho-priv: the root half. Takes fixed-size requests of one user, does them one after the
 * other, links libc alone. */
#include "cleanup.h"
#include "parcel.h"
#include "verb.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LISTEN_FD 3 /* systemd's first, sd_listen_fds(3) */

/* Requests of one connection until it ends. The engine that was killed has closed its end, so the
 * next one is not kept waiting. */
static void serve(int sysfs, int dev, int fd)
{
	struct priv_request request;
	struct priv_reply reply;
	ssize_t length;

	for (;;) {
		_cleanup_close_ int passed = -1;

		length = recv(fd, &request, sizeof(request), MSG_TRUNC);
		if (length < 0 && errno == EINTR)
			continue;
		if (length != (ssize_t)sizeof(request) || verb_check(&request) < 0) {
			if (length > 0)
				fputs("sekisho-priv: a malformed request: connection closed\n",
				      stderr);
			return;
		}
		reply = (struct priv_reply){
			.version = PRIV_VERSION,
			.verb = request.verb,
			.error = verb_run(sysfs, dev, &request, &passed),
		};
		if (parcel_send(fd, &reply, sizeof(reply), passed, 0) < 0)
			return;
	}
}

static int fail(const char *what)
{
	fprintf(stderr, "sekisho-priv: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(void)
{
	const struct passwd *engine;
	struct statfs status;
	int sysfs, dev;
	uid_t uid;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail("PR_SET_DUMPABLE");
	engine = getpwnam("sekisho");
	if (!engine) {
		fputs("sekisho-priv: there is no user 'sekisho': install the package again\n",
		      stderr);
		return 1;
	}
	uid = engine->pw_uid;
	sysfs = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sysfs < 0 || fstatfs(sysfs, &status) < 0)
		return fail("/sys");
	if (status.f_type != SYSFS_MAGIC) {
		fputs("sekisho-priv: /sys is not the kernel's\n", stderr);
		return 1;
	}
	dev = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dev < 0)
		return fail("/dev");
	for (;;) {
		_cleanup_close_ int fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);
		uint32_t caller;
		int32_t process;

		if (fd >= 0) {
			if (wire_peer(fd, &caller, &process) == 0 && caller == uid)
				serve(sysfs, dev, fd);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return fail("waiting for the agent (started by systemd?)");
		}
	}
}
