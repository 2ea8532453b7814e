/* usb_observer OUTPUT TRACE: what an agent costs a device, seen from outside. Listens to the
 * kernel's own messages and writes to OUTPUT, one line each:
 *
 *   ready                              it listens
 *   bound DEVICE VERDICT SHOWN BOUND   microseconds from the message that DEVICE is there to the
 * agent's write that authorizes it, to the message about its first interface, and to the one about
 * the first driver of one gone DEVICE                        it was taken away
 *
 * TRACE is a trace_pipe of tracefs whose clock is "mono" and whose only event is a probe at the
 * kernel's usb_authorize_device(), where the agent's verdict arrives. What follows is the kernel's
 * own work.
 *
 * Shares no code with what it measures. Runs ahead of everything else, so that the times are those
 * of the messages and not of its own turn on the processor. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RECEIVE_BYTES 16384
#define QUEUE_BYTES   (4 * 1024 * 1024)

/* The device plugged in last. */
struct plugged {
	char name[64];
	long long added, shown, bound; /* microseconds; 0: not yet */
};

static int trace; /* TRACE */

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The value of "KEY=" among the zero-terminated strings of a message. */
static const char *value_of(const char *bytes, size_t length, const char *key)
{
	size_t size = strlen(key);

	for (size_t at = 0; at < length; at += strlen(bytes + at) + 1)
		if (strncmp(bytes + at, key, size) == 0)
			return bytes + at + size;
	return "";
}

/* When the last verdict arrived, 0 if none is told since the last call. Lines are
 * "... 12.345678: verdict: ...". */
static long long last_verdict(void)
{
	static char text[8192];
	long long last = 0;
	ssize_t length = read(trace, text, sizeof(text) - 1);
	char *rest = NULL;

	text[length > 0 ? length : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *at = strstr(line, ": verdict:");

		while (at && at > line && at[-1] != ' ')
			at--;
		if (!at)
			continue;
		last = strtoll(at, &at, 10) * 1000000;
		last += *at == '.' ? strtoll(at + 1, NULL, 10) : 0;
	}
	return last;
}

static void see(struct plugged *plugged, const char *bytes, size_t length, long long when)
{
	const char *action = value_of(bytes, length, "ACTION=");
	const char *path = strrchr(value_of(bytes, length, "DEVPATH="), '/');
	const char *type = value_of(bytes, length, "DEVTYPE=");
	size_t name_length;

	if (!path || strcmp(value_of(bytes, length, "SUBSYSTEM="), "usb") != 0)
		return;
	path++;
	if (strcmp(type, "usb_device") == 0) {
		if (strcmp(action, "add") == 0) {
			*plugged = (struct plugged){.added = when};
			snprintf(plugged->name, sizeof(plugged->name), "%s", path);
		} else if (strcmp(action, "remove") == 0) {
			printf("gone %s\n", path);
		}
		return;
	}
	/* "1-2:1.0" is an interface of "1-2". */
	name_length = strcspn(path, ":");
	if (!plugged->added || name_length != strlen(plugged->name) ||
	    strncmp(path, plugged->name, name_length) != 0)
		return;
	if (strcmp(action, "add") == 0 && !plugged->shown) {
		plugged->shown = when;
	} else if (strcmp(action, "bind") == 0 && !plugged->bound) {
		plugged->bound = when;
		printf("bound %s %lld %lld %lld\n", plugged->name, last_verdict() - plugged->added,
		       plugged->shown - plugged->added, plugged->bound - plugged->added);
	}
}

static int listen_to_kernel(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
	int size = QUEUE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	static const struct sched_param first = {.sched_priority = 1};
	static char bytes[RECEIVE_BYTES];
	struct plugged plugged = {};
	int fd;

	if (argc != 3 || !freopen(argv[1], "w", stdout))
		return 2;
	trace = open(argv[2], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (trace < 0)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = listen_to_kernel();
	if (fd < 0 || mlockall(MCL_CURRENT | MCL_FUTURE) < 0 ||
	    sched_setscheduler(0, SCHED_FIFO, &first) < 0) {
		perror("usb_observer");
		return 1;
	}
	puts("ready");
	for (;;) {
		struct sockaddr_nl sender;
		socklen_t size = sizeof(sender);
		ssize_t length = recvfrom(fd, bytes, sizeof(bytes) - 1, 0,
					  (struct sockaddr *)&sender, &size);
		long long when = now_us();

		/* A message lost (ENOBUFS) would make a figure wrong: end, which is noticed. */
		if (length <= 0) {
			perror("usb_observer");
			return 1;
		}
		if (sender.nl_pid != 0)
			continue;
		bytes[length] = '\0';
		see(&plugged, bytes, (size_t)length, when);
	}
}
