/* Any tree as sysfs. The input is a list of changes to one with a keyboard at 1-1: what stands at a
 * path (see paths and put below), and how the root half answers. The gate looks at it twice; it
 * asks for nothing to be opened whose class, read here in another way, no rule allows, asks for an
 * end, and each event of it is whole. */
#include "agent/engine/gate.h"

#include "cleanup.h"
#include "file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEVICE	     "1-1"
#define REQUESTS_MAX 1000 /* of one look: more is a loop */

/* By their place: a change names one by a letter, 'a' for the first. */
static const char *const paths[] = {
	"1-1/authorized",
	"1-1/descriptors",
	"1-1/manufacturer",
	"1-1/product",
	"1-1/serial",
	"1-1/driver",
	"1-1/1-1:1.0/authorized",
	"1-1/1-1:1.0/bInterfaceClass",
	"1-1/1-1:1.0/bInterfaceSubClass",
	"1-1/1-1:1.0/bInterfaceProtocol",
	"1-1/1-1:1.0/power",
	"1-1/1-1:1.0",
	"1-1/1-1:1.1",
	"1-1/1-1:1.1/power",
	"1-1/1-1:1.1/authorized",
	"1-1/1-1:1.1/bInterfaceClass",
	"1-1/1-1:1.1/bInterfaceSubClass",
	"1-1/1-1:1.1/bInterfaceProtocol",
	"1-1/1-1:1.1/driver",
	"1-1",
	"1-1:1.0",
	"1-1:1.1",
	"usb1",
	"usb1/authorized",
	"1-0:1.0",
	"1-1:1.0/driver",
};

static const uint8_t keyboard[] = {
	18, 1, 0,  2, 0, 0, 0, 8,    0x6d, 4, 1, 0, 0, 1, 1, 2, 3, 1, /* device */
	9,  2, 18, 0, 1, 1, 0, 0xa0, 50,   9, 4, 0, 0, 1, 3, 1, 1, 0,
};

static const struct {
	const char *path;
	const void *bytes;
	size_t length;
} usual[] = {
	{"usb1/authorized", "1\n", 2},
	{"1-0:1.0/authorized", "1\n", 2},
	{"1-1/authorized", "0\n", 2},
	{"1-1/descriptors", keyboard, sizeof(keyboard)},
	{"1-1/product", "Keyboard\n", 9},
	{"1-1/1-1:1.0/authorized", "0\n", 2},
	{"1-1/1-1:1.0/bInterfaceClass", "03\n", 3},
	{"1-1/1-1:1.0/bInterfaceSubClass", "01\n", 3},
	{"1-1/1-1:1.0/bInterfaceProtocol", "01\n", 3},
	{"1-1/1-1:1.0/power", "", 0},
};

static const int errors[] = {0, -EIO, -EPERM, -ENODEV, -ENOENT, -ESTALE, -EINVAL};

static char root[] = "/dev/shm/sekisho-fuzz-XXXXXX";
static int tree = -1;
static struct rules rules;

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	return walk->level == 0 ? 0 : remove(path);
}

static void clear(void)
{
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void end(void)
{
	clear();
	rmdir(root);
}

static void make_parents(const char *path)
{
	char parent[64];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		mkdirat(tree, parent, 0755);
	}
}

static void put_file(const char *path, const void *bytes, size_t length)
{
	_cleanup_close_ int fd =
		openat(tree, path,
		       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);

	if (fd >= 0)
		(void)file_write_all(fd, bytes, length);
}

static void put_huge(const char *path)
{
	_cleanup_close_ int fd =
		openat(tree, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);

	if (fd >= 0)
		(void)ftruncate(fd, 64 << 20);
}

static void take_away(const char *path)
{
	char whole[128];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	nftw(whole, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	remove(whole);
}

static void put(char what, const char *path, const uint8_t *bytes, size_t length)
{
	char target[256];

	if (what != '+')
		take_away(path);
	make_parents(path);
	snprintf(target, sizeof(target), "%.*s", (int)length, (const char *)bytes);
	switch (what) {
	case 'd':
		mkdirat(tree, path, 0755);
		break;
	case 'p':
		mkfifoat(tree, path, 0644);
		break;
	case 'l':
		(void)symlinkat(target, tree, path);
		break;
	case 'h':
		put_huge(path);
		break;
	case 'n':
		break;
	default:
		put_file(path, bytes, length);
		break;
	}
}

static void put_usual(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		put('f', usual[i].path, usual[i].bytes, usual[i].length);
	put('l', "1-1/driver", (const uint8_t *)"../drivers/usb", 14);
	put('l', "1-1:1.0", (const uint8_t *)"1-1/1-1:1.0", 11);
	put('l', "1-1:1.1", (const uint8_t *)"1-1/1-1:1.1", 11);
}

/* Changes up to the end of the input or a '='; each is a kind, a path, two bytes of length. */
static size_t change(const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (size - at >= 4 && data[at] != '=') {
		size_t length = (size_t)data[at + 2] | (size_t)data[at + 3] << 8;

		if (length > size - at - 4)
			length = size - at - 4;
		put((char)data[at], paths[(uint8_t)(data[at + 1] - 'a') % ARRAY_SIZE(paths)],
		    data + at + 4, length);
		at += 4 + length;
	}
	return at;
}

static size_t read_whole(const char *path, uint8_t *bytes, size_t size)
{
	_cleanup_close_ int fd = openat(tree, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t count = fd < 0 ? -1 : read(fd, bytes, size);

	return count < 0 ? 0 : (size_t)count;
}

/* The shipped rules: input, hubs, card readers. */
static bool is_allowed(unsigned int class)
{
	return class == 0x03 || class == 0x09 || class == 0x0b;
}

/* An interface of an allowed class stands somewhere in the device's bytes. */
static bool may_open_device(void)
{
	static uint8_t bytes[1 << 20];
	size_t length = read_whole(DEVICE "/descriptors", bytes, sizeof(bytes));

	for (size_t i = 0; i + 9 <= length; i++)
		if (bytes[i] >= 9 && bytes[i + 1] == 4 && is_allowed(bytes[i + 5]))
			return true;
	return false;
}

static bool may_open_interface(const char *name, unsigned int only)
{
	char path[64];
	uint8_t text[8] = {};
	unsigned int class;
	size_t length;

	snprintf(path, sizeof(path), DEVICE "/%.31s/bInterfaceClass", name);
	length = read_whole(path, text, sizeof(text));
	if (length < 2 || length > 3 || !isxdigit(text[0]) || !isxdigit(text[1]) ||
	    (length == 3 && text[2] != '\n'))
		return false;
	class = (unsigned int)strtoul((const char *)text, NULL, 16);
	return only ? class == only : is_allowed(class);
}

static void check(const struct priv_request *request)
{
	bool fine = true;

	if (strcmp(request->name, "1-0:1.0") == 0)
		return; /* the root hub's own */
	if (request->verb == PRIV_DEVICE_OPEN)
		fine = may_open_device();
	else if (request->verb == PRIV_INTERFACE_OPEN || request->verb == PRIV_INTERFACE_PROBE)
		fine = may_open_interface(request->name, 0);
	else if (request->verb == PRIV_INTERFACE_BIND_HID)
		fine = may_open_interface(request->name, 0x03);
	else if (request->verb == PRIV_INTERFACE_BIND_HUB)
		fine = may_open_interface(request->name, 0x09);
	if (!fine)
		__builtin_trap();
}

/* What is asked is done, or fails as the input says. */
static int serve(const struct priv_request *request, uint8_t *answers)
{
	int error = *answers % 4 ? 0 : errors[*answers / 4 % ARRAY_SIZE(errors)];
	char path[96];
	bool opens = request->verb == PRIV_DEVICE_OPEN || request->verb == PRIV_INTERFACE_OPEN;
	bool closes = request->verb == PRIV_DEVICE_CLOSE || request->verb == PRIV_INTERFACE_CLOSE;

	*answers = (uint8_t)(*answers * 5 + 1);
	if (error < 0)
		return error;
	snprintf(path, sizeof(path), "%.47s/authorized", request->name);
	if (opens || closes)
		put_file(path, opens ? "1\n" : "0\n", 2);
	snprintf(path, sizeof(path), "%.47s/driver", request->name);
	if (request->verb == PRIV_INTERFACE_BIND_HID)
		(void)symlinkat("../drivers/usbhid", tree, path);
	return 0;
}

static void settle(struct gate *gate, int peer, uint8_t *answers)
{
	for (int i = 0; i < REQUESTS_MAX; i++) {
		struct priv_reply reply = {.version = PRIV_VERSION};
		struct priv_request request;

		if (privlink_dispatch(gate->link, 0, gate_done, gate) < 0)
			__builtin_trap();
		if (recv(peer, &request, sizeof(request), MSG_DONTWAIT) != sizeof(request))
			return;
		check(&request);
		reply.verb = request.verb;
		reply.error = serve(&request, answers);
		if (send(peer, &reply, sizeof(reply), 0) != sizeof(reply))
			__builtin_trap();
	}
	__builtin_trap(); /* it asks without end */
}

/* Text that can be shown and chained; jansson takes valid UTF-8 alone. */
static void tell(void *user, const struct event *event)
{
	static struct record_request record;
	const char *key;
	json_t *value;

	(void)user;
	if (event->error < 0 || event_to_record(event, &record) < 0 ||
	    event_stray_field(event->kind, event->fields))
		__builtin_trap();
	json_object_foreach(event->fields, key, value)
	{
		for (const char *at = json_string_value(value); *at; at++)
			if (iscntrl((unsigned char)*at))
				__builtin_trap();
	}
	value = json_loads(record.fields, JSON_REJECT_DUPLICATES, NULL);
	if (!value)
		__builtin_trap();
	json_decref(value);
}

static void begin(void)
{
	struct config_error error;

	if (!mkdtemp(root) || rules_load("packaging/devices.conf", getuid(), &rules, &error) < 0)
		abort();
	atexit(end);
	tree = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct uevent changed = {
		.action = UEVENT_CHANGE, .type = UEVENT_DEVICE, .name = DEVICE};
	static struct privlink link;
	uint8_t answers;
	struct gate gate;
	int pair[2];
	size_t used;

	if (size == 0)
		return 0;
	if (tree < 0)
		begin();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	answers = data[0];
	link = (struct privlink){.fd = pair[0]};
	gate = (struct gate){.devices = tree, .link = &link, .rules = &rules, .tell = tell};
	clear();
	put_usual();
	used = 1 + change(data + 1, size - 1);
	gate_scan(&gate);
	settle(&gate, pair[1], &answers);
	if (used < size)
		change(data + used + 1, size - used - 1);
	gate_uevent(&gate, &changed);
	gate_catch_up(&gate);
	settle(&gate, pair[1], &answers);
	gate.now = THROTTLE_WINDOW_MS;
	gate_tick(&gate);
	gate_release(&gate);
	privlink_close(&link);
	close(pair[1]);
	return 0;
}
