/* usb_observer OUTPUT TRACE: what an agent costs a device, by the kernel's own clock. Writes to
 * OUTPUT, one line each:
 *
 *   ready
 *   bound DEVICE VERDICT SHOWN BOUND
 *   gone DEVICE
 *
 * once it reads; once a driver is bound: the microseconds from the kernel's message that DEVICE is
 * there to the agent's write that authorizes it, to the message about its first interface, and to
 * that about its first driver; once it was taken away.
 *
 * TRACE is a trace_pipe of tracefs with the probes that bench_usb.py sets: "message" where the
 * kernel begins to send one, "verdict" where the agent's write arrives (usb_authorize_device()).
 * What follows that is the kernel's own work.
 *
 * Shares no code with what it measures. It looks ten times a second and gives way to everything
 * else: each event has its time already. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS 100000000

/* The device plugged in last. */
struct plugged {
	char name[64];
	long long added, verdict, shown, bound; /* microseconds; 0: not yet */
};

/* Microseconds of "... 12.345678: " before the event's name; -1: there is no time. */
static long long time_before(const char *line, const char *event)
{
	const char *at = event;
	long long seconds;
	char *dot;

	while (at > line && at[-1] != ' ')
		at--;
	seconds = strtoll(at, &dot, 10);
	return *dot == '.' ? seconds * 1000000 + strtoll(dot + 1, NULL, 10) : -1;
}

/* Of 'name="1-2:1.0" action="ACTION=add"' the value behind @key, up to its quotation mark, which is
 * cut off; "": there is none. */
static const char *value_of(char *text, const char *key)
{
	char *value = strstr(text, key);

	if (!value)
		return "";
	value += strlen(key);
	value[strcspn(value, "\"")] = '\0';
	return value;
}

static void see_message(struct plugged *plugged, char *text, long long when)
{
	const char *action = value_of(text, "action=\"ACTION=");
	const char *name = value_of(text, "name=\"");
	size_t length = strcspn(name, ":");

	if (name[length] == '\0' && strcmp(action, "add") == 0) {
		*plugged = (struct plugged){.added = when};
		snprintf(plugged->name, sizeof(plugged->name), "%s", name);
	} else if (name[length] == '\0' && strcmp(action, "remove") == 0) {
		printf("gone %s\n", name);
	} else if (name[length] == ':' && length == strlen(plugged->name) &&
		   strncmp(name, plugged->name, length) == 0) {
		/* "1-2:1.0" is an interface of "1-2". */
		if (strcmp(action, "add") == 0 && !plugged->shown)
			plugged->shown = when;
		if (strcmp(action, "bind") != 0 || plugged->bound)
			return;
		plugged->bound = when;
		printf("bound %s %lld %lld %lld\n", plugged->name,
		       plugged->verdict - plugged->added, plugged->shown - plugged->added,
		       plugged->bound - plugged->added);
	}
}

static void see(struct plugged *plugged, char *line)
{
	char *message = strstr(line, ": message: ");
	const char *verdict = strstr(line, ": verdict: ");

	/* Events that were lost would make a figure wrong: end, which is noticed. */
	if (strstr(line, "LOST"))
		exit(1);
	if (message)
		see_message(plugged, message, time_before(line, message));
	else if (verdict && plugged->added && !plugged->verdict)
		plugged->verdict = time_before(line, verdict);
}

int main(int argc, char **argv)
{
	const struct timespec pause = {0, LOOK_NS};
	struct plugged plugged = {};
	char *line = NULL;
	size_t size = 0;
	FILE *trace;
	int fd;

	if (argc != 3 || !freopen(argv[1], "w", stdout))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = open(argv[2], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	trace = fd < 0 ? NULL : fdopen(fd, "r");
	if (!trace || setpriority(PRIO_PROCESS, 0, 19) < 0) {
		perror("usb_observer");
		return 1;
	}
	puts("ready");
	for (;;) {
		if (getline(&line, &size, trace) > 0) {
			see(&plugged, line);
			continue;
		}
		if (ferror(trace) && errno != EAGAIN) {
			perror("usb_observer");
			return 1;
		}
		clearerr(trace);
		nanosleep(&pause, NULL);
	}
}
