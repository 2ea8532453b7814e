#include "control.h"

#include "cleanup.h"
#include "local_socket.h"
#include "misbehave.h"
#include "number.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_MAX 512

struct answer {
	char text[ANSWER_MAX];
	size_t length;
};

struct verb {
	const char *name; /* the words before the value */
	bool value;
	int (*run)(struct device *device, const char *value, uint64_t now_ms,
		   struct answer *answer);
};

__attribute__((format(printf, 2, 3))) static void add(struct answer *answer, const char *format,
						      ...)
{
	size_t room = sizeof(answer->text) - answer->length;
	va_list arguments;
	int count;

	va_start(arguments, format);
	count = vsnprintf(answer->text + answer->length, room, format, arguments);
	va_end(arguments);
	if (count > 0)
		answer->length += (size_t)count < room ? (size_t)count : room - 1;
}

static int run_touch(struct device *device, const char *value, uint64_t now_ms,
		     struct answer *answer)
{
	(void)value;
	(void)answer;
	return device->touch == TOUCH_NEVER ? -EPERM : device_touch(device, now_ms);
}

static int run_touch_mode(struct device *device, const char *value, uint64_t now_ms,
			  struct answer *answer)
{
	(void)now_ms;
	(void)answer;
	return settings_parse_touch(value, &device->touch, &device->touch_ms);
}

static int run_unplug(struct device *device, const char *value, uint64_t now_ms,
		      struct answer *answer)
{
	(void)value;
	(void)now_ms;
	(void)answer;
	device_unplug(device);
	return 0;
}

static int run_plug(struct device *device, const char *value, uint64_t now_ms,
		    struct answer *answer)
{
	(void)value;
	(void)answer;
	return device_plug(device, now_ms);
}

static int run_counter(struct device *device, const char *value, uint64_t now_ms,
		       struct answer *answer)
{
	uint64_t number;

	(void)now_ms;
	(void)answer;
	if (number_parse(value, 0, UINT32_MAX, &number) < 0)
		return -EINVAL;
	device->authenticator.store.counter = (uint32_t)number;
	return store_save(&device->authenticator.store);
}

static int run_pin_retries(struct device *device, const char *value, uint64_t now_ms,
			   struct answer *answer)
{
	uint64_t number;

	(void)now_ms;
	(void)answer;
	if (number_parse(value, 0, PIN_RETRIES_MAX, &number) < 0)
		return -EINVAL;
	/* As after being plugged in anew: three wrong ones in a row don't count over this. */
	device->authenticator.store.pin_retries = (unsigned int)number;
	device->authenticator.pin_mismatches = 0;
	device->authenticator.pin_auth_blocked = false;
	return store_save(&device->authenticator.store);
}

static int run_uv(struct device *device, const char *value, uint64_t now_ms, struct answer *answer)
{
	bool works = strcmp(value, "ok") == 0;

	(void)now_ms;
	(void)answer;
	if (!works && strcmp(value, "fail") != 0)
		return -EINVAL;
	device->authenticator.uv_works = works;
	return 0;
}

static int run_misbehave(struct device *device, const char *value, uint64_t now_ms,
			 struct answer *answer)
{
	enum misbehaviour misbehaviour;
	int r = misbehave_parse(value, &misbehaviour);

	(void)now_ms;
	(void)answer;
	device->signed_before = false;
	if (r == 0)
		device->authenticator.misbehaviours |= 1U << misbehaviour;
	return r;
}

static int run_clear(struct device *device, const char *value, uint64_t now_ms,
		     struct answer *answer)
{
	(void)value;
	(void)now_ms;
	(void)answer;
	device->authenticator.misbehaviours = 0;
	device_drop(device);
	return 0;
}

static int run_status(struct device *device, const char *value, uint64_t now_ms,
		      struct answer *answer)
{
	const struct authenticator *authenticator = &device->authenticator;
	const struct store *store = &authenticator->store;

	(void)value;
	(void)now_ms;
	add(answer, " plugged=%d busy=%d waiting=%d touches=%lu winks=%lu signatures=%lu",
	    device->transport.fd >= 0, device->hid.busy, device->waiting, device->touches,
	    device->winks, authenticator->signatures);
	add(answer, " commands=%lu", device->commands);
	add(answer, " counter=%u pin=%d pin-retries=%u uv-retries=%u blocked=%d residents=%zu",
	    store->counter, store->pin_set, store->pin_retries, store->uv_retries,
	    authenticator->pin_auth_blocked, store->resident_count);
	for (size_t i = 0; i < MISBEHAVE_COUNT; i++) {
		if (misbehaves(authenticator->misbehaviours, (enum misbehaviour)i))
			add(answer, " misbehave=%s", misbehaviour_table[i].name);
	}
	return 0;
}

static const struct verb verbs[] = {
	{"touch", false, run_touch},	    {"touch-mode", true, run_touch_mode},
	{"unplug", false, run_unplug},	    {"plug", false, run_plug},
	{"set counter", true, run_counter}, {"set pin-retries", true, run_pin_retries},
	{"set uv", true, run_uv},	    {"misbehave", true, run_misbehave},
	{"clear", false, run_clear},	    {"status", false, run_status},
};

static int run_line(struct device *device, const char *line, uint64_t now_ms, struct answer *answer)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		size_t length = strlen(verbs[i].name);

		if (strncmp(line, verbs[i].name, length) != 0)
			continue;
		if (!verbs[i].value && line[length] == '\0')
			return verbs[i].run(device, NULL, now_ms, answer);
		if (verbs[i].value && line[length] == ' ')
			return verbs[i].run(device, line + length + 1, now_ms, answer);
	}
	return -ENOSYS;
}

static void serve_line(int fd, const char *line, struct device *device, uint64_t now_ms)
{
	struct answer answer = {};
	int r;

	add(&answer, "ok");
	r = run_line(device, line, now_ms, &answer);
	if (r < 0) {
		answer.length = 0;
		add(&answer, "error %s", strerror(-r));
	}
	add(&answer, "\n");
	send(fd, answer.text, answer.length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void drop(struct control_client *client)
{
	close(client->fd);
	client->fd = -1;
	client->length = 0;
}

static void serve_client(struct control_client *client, struct device *device, uint64_t now_ms)
{
	ssize_t count;
	char *end;

	count = recv(client->fd, client->line + client->length, CONTROL_LINE - client->length, 0);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count <= 0) {
		drop(client);
		return;
	}
	client->length += (size_t)count;
	while ((end = memchr(client->line, '\n', client->length))) {
		size_t used = (size_t)(end - client->line) + 1;

		*end = '\0';
		serve_line(client->fd, client->line, device, now_ms);
		memmove(client->line, client->line + used, client->length - used);
		client->length -= used;
	}
	if (client->length == CONTROL_LINE)
		drop(client);
}

static void welcome(struct control *control)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->clients[i];

		if (client->fd >= 0)
			continue;
		client->fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		return;
	}
}

void control_prepare(const struct control *control, struct pollfd *polls)
{
	bool room = false;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		polls[i + 1] = (struct pollfd){.fd = control->clients[i].fd, .events = POLLIN};
		room |= control->clients[i].fd < 0;
	}
	polls[0] = (struct pollfd){.fd = room ? control->listener : -1, .events = POLLIN};
}

void control_serve(struct control *control, const struct pollfd *polls, struct device *device,
		   uint64_t now_ms)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (control->clients[i].fd >= 0 && polls[i + 1].revents)
			serve_client(&control->clients[i], device, now_ms);
	}
	if (polls[0].revents)
		welcome(control);
}

int control_open(struct control *control, const char *path)
{
	control->listener = -1;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		control->clients[i] = (struct control_client){.fd = -1};
	return path ? local_socket_listen(path, SOCK_STREAM, &control->listener) : 0;
}

void control_close(struct control *control, const char *path)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (control->clients[i].fd >= 0)
			drop(&control->clients[i]);
	}
	if (control->listener < 0)
		return;
	unlink(path);
	close(control->listener);
	control->listener = -1;
}

int control_tell(const char *path, const char *command)
{
	_cleanup_close_ int fd = -1;
	char answer[ANSWER_MAX + 1];
	ssize_t count;
	int r;

	r = local_socket_connect(path, SOCK_STREAM, &fd);
	if (r < 0)
		return r;
	if (dprintf(fd, "%s\n", command) < 0)
		return -errno;
	/* An answer is one small write of the other side: it comes as a whole. */
	count = recv(fd, answer, sizeof(answer) - 1, 0);
	if (count <= 0)
		return -EPIPE;
	answer[count] = '\0';
	fputs(answer, stdout);
	return strncmp(answer, "ok", 2) == 0 ? 0 : -EBADMSG;
}
