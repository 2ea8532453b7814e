/* Where attempts come from: sekisho-lsm hands over the ring, and the folder of the pins, in which
 * it is seen whether the programs are still there. Only root could take them away: a link of this
 * kind has no other end than its last pin's or descriptor's (kernel/bpf/trampoline.c,
 * kernel/bpf/syscall.c: bpf_tracing_link_lops has neither .detach nor .update_prog). */
#include "attempts_source.h"

#include "cleanup.h"
#include "file.h"
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
	for (size_t i = 0; i < pin_count; i++)
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
	attempts->count = attempts->earlier = 0;
	attempts->asked = false;
	attempts_remember(attempts);
}

static void tell_pin(struct attempts *attempts, const char *name, const char *found, int64_t now)
{
	char path[TAMPER_PATH_MAX];

	snprintf(path, sizeof(path), ATTEMPT_PINS "%s%s", *name ? "/" : "", name);
	tamper_found(attempts->tamper,
		     &(struct tamper_case){"program", path, found, "pinned", 0, NULL}, now);
}

void attempts_answered(struct attempts *attempts, int64_t now)
{
	int descriptors[2];
	union {
		char bytes[CMSG_SPACE(sizeof(descriptors))];
		struct cmsghdr header;
	} control = {};
	char answer[ATTEMPT_ANSWER_MAX] = "";
	struct iovec part = {answer, sizeof(answer) - 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control.bytes)};
	const struct cmsghdr *header;
	ssize_t n = recvmsg(attempts->asking, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0 && errno == EAGAIN)
		return;
	header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(descriptors))) {
		memcpy(descriptors, CMSG_DATA(header), sizeof(descriptors));
		take(attempts, descriptors);
	}
	/* What is merely missing we have seen ourselves. */
	if (n > 1 && !attempts->seen_missing)
		tell_pin(attempts, answer + 1, "another one", now);
	attempts->seen_missing = false;
	hang_up(attempts);
}

/* Somebody switched off what the kernel calls our programs by: sekisho-lsm, when it is asked,
 * switches it on. */
static bool are_called(struct attempts *attempts, int64_t now)
{
	char value[16];

	if (file_read_line(AT_FDCWD, attempts->calls, value, sizeof(value)) < 0 ||
	    strcmp(value, "0") != 0)
		return true;
	tamper_found(attempts->tamper,
		     &(struct tamper_case){"value", attempts->calls, value, "1", 0, NULL}, now);
	return false;
}

void attempts_look(struct attempts *attempts, int64_t now)
{
	size_t changed = 0, missing = 0, last = 0;

	if (attempts->asking >= 0)
		return;
	if (attempts->ring.fd < 0) {
		/* It was asked for, unless sekisho-lsm was later than we. */
		if (attempts->asked)
			tell_pin(attempts, "", "missing", now);
		attempts_ask(attempts);
		return;
	}
	for (size_t i = 0; i < pin_count; i++) {
		uint64_t inode = inode_of(attempts, pin_rows[i].name);

		if (inode == attempts->inodes[i])
			continue;
		changed++;
		if (inode != 0)
			continue;
		missing++;
		last = i;
	}
	/* Without it sekisho-lsm knows none of its own. */
	if (access(attempts->loaded, F_OK) < 0)
		tamper_found(
			attempts->tamper,
			&(struct tamper_case){"file", attempts->loaded, "missing", NULL, 0, NULL},
			now);
	if (missing > 0)
		tell_pin(attempts, missing > 1 ? "" : pin_rows[last].name, "missing", now);
	attempts->seen_missing = missing > 0;
	/* Another one at its place may be sekisho-lsm's, which knows its own. */
	if (!are_called(attempts, now) || changed > 0 ||
	    inode_of(attempts, ATTEMPT_RING) != attempts->ring_inode)
		attempts_ask(attempts);
}
