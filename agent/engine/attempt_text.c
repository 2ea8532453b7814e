#include "attempt_text.h"

#include "cleanup.h"
#include "seat.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const actions[ATTEMPT_ACTION_COUNT] = {
	[ATTEMPT_MOUNT] = "mount",
	[ATTEMPT_RAW_COMMAND] = "raw-command",
	[ATTEMPT_BLOCK_WRITE] = "block-write",
	[ATTEMPT_SOCKET] = "socket",
	[ATTEMPT_OPEN] = "open",
};

/* What the kernel wrote may be full to the last byte. */
static void set_text(struct event *event, const char *key, const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	if (length > 0)
		event_set_bytes(event, key, text, length);
}

/* "block sda", as of other devices bus and name; "block 8:0" where it has gone. */
static void set_device(const struct attempt *attempt, const char *sysfs, struct event *event)
{
	const char *kind = attempt->block ? "block" : "char";
	unsigned int major = attempt->device >> 20, minor = attempt->device & 0xfffff;
	char path[256], link[256], text[300];
	const char *name = NULL;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/dev/%s/%u:%u", sysfs, kind, major, minor);
	length = readlink(path, link, sizeof(link) - 1);
	if (length > 0) {
		link[length] = '\0';
		name = strrchr(link, '/');
	}
	if (name)
		snprintf(text, sizeof(text), "%s %s", kind, name + 1);
	else
		snprintf(text, sizeof(text), "%s %u:%u", kind, major, minor);
	event_set(event, "device", text);
}

static void set_who(const struct attempt *attempt, const char *run, struct event *event)
{
	char name[PROTOCOL_USER_MAX] = "";

	event_set_number(event, "caller", attempt->uid);
	event_set_number(event, "pid", attempt->pid);
	set_text(event, "program", attempt->program, sizeof(attempt->program));
	if (attempt->login_uid == ATTEMPT_NOBODY)
		return;
	event_set_number(event, "uid", attempt->login_uid);
	if (seat_user_name(run, attempt->login_uid, name) == 0)
		event_set(event, "user", name);
}

static void set_family(unsigned int family, struct event *event)
{
	if (family == AF_BLUETOOTH)
		event_set(event, "family", "bluetooth");
	else
		event_set_number(event, "family", family);
}

void attempt_describe(const struct attempt *attempt, const char *run, const char *sysfs,
		      struct event *event)
{
	char command[16];

	event_set(event, "action",
		  attempt->action < ATTEMPT_ACTION_COUNT ? actions[attempt->action] : "unknown");
	set_who(attempt, run, event);
	if (attempt->device != 0)
		set_device(attempt, sysfs, event);
	switch (attempt->action) {
	case ATTEMPT_MOUNT:
		set_text(event, "filesystem", attempt->text, sizeof(attempt->text));
		set_text(event, "source", attempt->source, sizeof(attempt->source));
		break;
	case ATTEMPT_RAW_COMMAND:
		snprintf(command, sizeof(command), "0x%x", attempt->number);
		event_set(event, "command", attempt->number ? command : NULL);
		break;
	case ATTEMPT_SOCKET:
		set_family(attempt->number, event);
		break;
	default:
		set_text(event, "path", attempt->text, sizeof(attempt->text));
		break;
	}
}
