/* Where attempts come from: sekisho-lsm hands over the ring, and the folder of the pins, in which
 * it is seen whether the programs are still there. Only root could take them away: a link of this
 * kind has no other end than its last pin's or descriptor's (kernel/bpf/trampoline.c,
 * kernel/bpf/syscall.c: bpf_tracing_link_lops has neither .detach nor .update_prog). */
#include "attempts_source.h"

#include "agent/lsm/pins.h"

#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECT_MS 1000

static void hang_up(struct attempts *attempts)
{
	if (attempts->asking >= 0)
		close(attempts->asking);
	attempts->asking = -1;
}

static void let_go(struct attempts *attempts)
{
	attemptring_close(&attempts->ring, attempts->page);
	if (attempts->pins >= 0)
		close(attempts->pins);
	attempts->pins = -1;
}

void attempts_release(struct attempts *attempts)
{
	hang_up(attempts);
	let_go(attempts);
}

void attempts_ask(struct attempts *attempts)
{
	uint32_t uid;
	int32_t pid;

	if (attempts->asking >= 0 || access(attempts->loaded, F_OK) < 0)
		return;
	attempts->asked = true;
	if (wire_connect(attempts->socket, wire_now() + CONNECT_MS, &attempts->asking) < 0) {
		attempts->asking = -1;
		return;
	}
	if (wire_peer(attempts->asking, &uid, &pid) < 0 || uid != 0)
		hang_up(attempts);
}

static uint64_t inode_of(const struct attempts *attempts, const char *name)
{
	struct stat status;

	return fstatat(attempts->pins, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : status.st_ino;
}

void attempts_remember(struct attempts *attempts)
{
	attempts->ring_inode = inode_of(attempts, ATTEMPT_RING);
	for (size_t i = 0; i < pin_count && i < ATTEMPTS_PINS_MAX; i++)
		attempts->inodes[i] = inode_of(attempts, pin_rows[i].name);
}

static void take(struct attempts *attempts, const int descriptors[static 2])
{
	struct attemptring ring = {.fd = -1};

	let_go(attempts);
	if (attemptring_open(&ring, descriptors[0], attempts->page) < 0) {
		close(descriptors[0]);
		close(descriptors[1]);
		return;
	}
	attempts->ring = ring;
	attempts->pins = descriptors[1];
	attempts->count = 0;
	attempts->asked = false;
	attempts_remember(attempts);
}

void attempts_answered(struct attempts *attempts)
{
	int descriptors[2];
	union {
		char bytes[CMSG_SPACE(sizeof(descriptors))];
		struct cmsghdr header;
	} control = {};
	char answer;
	struct iovec part = {&answer, 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control.bytes)};
	const struct cmsghdr *header;
	ssize_t n = recvmsg(attempts->asking, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0 && errno == EAGAIN)
		return;
	header = n == 1 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(descriptors))) {
		memcpy(descriptors, CMSG_DATA(header), sizeof(descriptors));
		take(attempts, descriptors);
	}
	hang_up(attempts);
}

static void tell_missing(struct attempts *attempts, const char *name, int64_t now)
{
	char path[TAMPER_PATH_MAX];

	snprintf(path, sizeof(path), ATTEMPT_PINS "%s%s", *name ? "/" : "", name);
	tamper_found(attempts->tamper,
		     &(struct tamper_case){"program", path, "missing", "pinned", 0, NULL}, now);
}

void attempts_look(struct attempts *attempts, int64_t now)
{
	size_t missing = 0, last = 0;

	if (attempts->asking >= 0)
		return;
	if (attempts->ring.fd < 0) {
		/* It was asked for, unless sekisho-lsm was later than we. */
		if (attempts->asked)
			tell_missing(attempts, "", now);
		attempts_ask(attempts);
		return;
	}
	for (size_t i = 0; i < pin_count && i < ATTEMPTS_PINS_MAX; i++) {
		if (inode_of(attempts, pin_rows[i].name) == attempts->inodes[i])
			continue;
		missing++;
		last = i;
	}
	/* sekisho-lsm has loaded them anew: the ring is another one too. */
	if (inode_of(attempts, ATTEMPT_RING) == attempts->ring_inode && missing == 0)
		return;
	if (inode_of(attempts, pin_rows[last].name) == 0)
		tell_missing(attempts, missing > 1 ? "" : pin_rows[last].name, now);
	attempts_ask(attempts);
}
