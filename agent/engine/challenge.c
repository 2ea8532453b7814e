#include "challenge.h"

#include "cleanup.h"
#include "escape.h"
#include "event.h"
#include "file.h"
#include "number.h"
#include "parcel.h"
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define CONNECT_MS 1000
#define GRACE_MS   5000 /* for the reader to say that time is up */

/* The port of the machine: behind it a device can make itself as many hubs and ports as it likes.
 */
static void port_of(const char *name, char port[static FACTS_NAME_MAX])
{
	snprintf(port, FACTS_NAME_MAX, "%.*s", (int)strcspn(name, "."), name);
}

static struct challenge *find(struct challenges *challenges, uint64_t inode)
{
	for (size_t i = 0; i < CHALLENGES_MAX; i++)
		if (challenges->list[i].inode == inode)
			return &challenges->list[i];
	return NULL;
}

bool challenge_allow(struct challenges *challenges, const char *name, int64_t now)
{
	struct challenge_begun *free_one = NULL;
	char port[FACTS_NAME_MAX];
	size_t count = 0;

	port_of(name, port);
	for (size_t i = 0; i < CHALLENGE_BEGUN_MAX; i++) {
		struct challenge_begun *one = &challenges->begun[i];

		if (one->port[0] && now - one->at >= CHALLENGE_HOUR_MS)
			one->port[0] = '\0';
		if (!one->port[0])
			free_one = one;
		else if (strcmp(one->port, port) == 0)
			count++;
	}
	if (!free_one || count >= CHALLENGE_HOURLY || !find(challenges, 0))
		return false;
	memcpy(free_one->port, port, sizeof(port));
	free_one->at = now;
	return true;
}

void challenge_passed(struct challenges *challenges, const char *name)
{
	struct challenge_begun *last = NULL;
	char port[FACTS_NAME_MAX];

	port_of(name, port);
	for (size_t i = 0; i < CHALLENGE_BEGUN_MAX; i++) {
		struct challenge_begun *one = &challenges->begun[i];

		if (strcmp(one->port, port) == 0 && (!last || one->at > last->at))
			last = one;
	}
	if (last)
		last->port[0] = '\0';
}

/* Each digit is as likely as any other: bytes beyond the last whole ten are drawn again. */
static int make_code(char code[static CHALLENGE_DIGITS + 1])
{
	for (size_t i = 0; i < CHALLENGE_DIGITS;) {
		uint8_t byte;

		if (getrandom(&byte, sizeof(byte), 0) != (ssize_t)sizeof(byte))
			return -EIO;
		if (byte < 250)
			code[i++] = (char)('0' + byte % 10);
	}
	code[CHALLENGE_DIGITS] = '\0';
	return 0;
}

/* drivers/usb/core/endpoint.c: "0008". */
static int read_packet(int devices, const char *interface, unsigned int endpoint,
		       uint16_t *ret_packet)
{
	char path[FACTS_NAME_MAX + sizeof("/ep_81/wMaxPacketSize")], text[16], *end;
	unsigned long packet;
	int r;

	snprintf(path, sizeof(path), "%s/ep_%02x/wMaxPacketSize", interface, endpoint);
	r = file_read_line(devices, path, text, sizeof(text));
	if (r < 0)
		return r;
	packet = strtoul(text, &end, 16) & 0x7ff; /* USB 2.0, table 9-13 */
	if (end == text || *end != '\0' || packet < CHALLENGE_PACKET_MIN ||
	    packet > CHALLENGE_PACKET_MAX)
		return -EBADMSG;
	*ret_packet = (uint16_t)packet;
	return 0;
}

/* As the kernel has it: nothing of the descriptors is read once more. */
static int find_endpoint(int devices, const char *interface, uint8_t *ret_endpoint,
			 uint16_t *ret_packet)
{
	for (unsigned int endpoint = 0x81; endpoint <= 0x8f; endpoint++) {
		char path[FACTS_NAME_MAX + sizeof("/ep_81/type")], type[16];

		snprintf(path, sizeof(path), "%s/ep_%02x/type", interface, endpoint);
		if (file_read_line(devices, path, type, sizeof(type)) < 0 ||
		    strcmp(type, "Interrupt") != 0)
			continue;
		*ret_endpoint = (uint8_t)endpoint;
		return read_packet(devices, interface, endpoint, ret_packet);
	}
	return -ENXIO;
}

static int describe(int devices, const struct device_facts *facts, const char *interface,
		    struct challenge_task *task)
{
	const char *last = strrchr(interface, '.');
	uint64_t number;
	int r = last ? number_parse(last + 1, 0, UINT8_MAX, &number) : -EINVAL;

	*task = (struct challenge_task){.version = CHALLENGE_VERSION,
					.seconds = CHALLENGE_SECONDS,
					.tries = CHALLENGE_TRIES};
	if (r == 0)
		r = find_endpoint(devices, interface, &task->endpoint, &task->packet);
	if (r < 0)
		return r;
	task->interface = (uint8_t)number;
	snprintf(task->port, sizeof(task->port), "%s", facts->name);
	return 0;
}

/* systemd, as root, holds the listening socket. */
static int connect_reader(const struct challenges *challenges, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	uint32_t uid;
	int32_t pid;
	int r = wire_connect(challenges->socket, wire_now() + CONNECT_MS, &fd);

	if (r < 0)
		return r;
	r = wire_peer(fd, &uid, &pid);
	if (r < 0)
		return r;
	if (uid != challenges->owner)
		return -EPERM;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int challenge_begin(struct challenges *challenges, int devices, const struct device_facts *facts,
		    const char *interface, int usb, int64_t now)
{
	struct challenge *one = find(challenges, 0);
	_cleanup_close_ int fd = -1;
	struct challenge_task task;
	int r = one ? describe(devices, facts, interface, &task) : -EBUSY;

	if (r == 0)
		r = make_code(one->code);
	if (r == 0)
		r = connect_reader(challenges, &fd);
	if (r < 0)
		return r;
	memcpy(task.code, one->code, sizeof(task.code));
	r = parcel_send(fd, &task, sizeof(task), usb, MSG_DONTWAIT);
	explicit_bzero(task.code, sizeof(task.code));
	if (r < 0)
		return r;
	challenges->total++;
	one->fd = steal_fd(&fd);
	one->inode = facts->inode;
	one->until = now + INT64_C(1000) * CHALLENGE_SECONDS;
	memcpy(one->device, facts->name, sizeof(one->device));
	memcpy(one->name, facts->product, sizeof(one->name));
	return 0;
}

static void end(struct challenge *one)
{
	close(one->fd);
	explicit_bzero(one, sizeof(*one));
}

bool challenge_is_under_way(const struct challenges *challenges, uint64_t inode)
{
	for (size_t i = 0; i < CHALLENGES_MAX; i++)
		if (challenges->list[i].inode == inode)
			return true;
	return false;
}

size_t challenge_count(const struct challenges *challenges)
{
	size_t count = 0;

	for (size_t i = 0; i < CHALLENGES_MAX; i++)
		count += challenges->list[i].inode != 0;
	return count;
}

void challenge_cancel(struct challenges *challenges, uint64_t inode)
{
	struct challenge *one = inode ? find(challenges, inode) : NULL;

	if (one)
		end(one);
}

size_t challenge_poll(const struct challenges *challenges, struct pollfd *polls)
{
	size_t count = 0;

	for (size_t i = 0; i < CHALLENGES_MAX; i++)
		if (challenges->list[i].inode)
			polls[count++] = (struct pollfd){challenges->list[i].fd, POLLIN, 0};
	return count;
}

int64_t challenge_deadline(const struct challenges *challenges)
{
	int64_t next = WIRE_NO_DEADLINE;

	for (size_t i = 0; i < CHALLENGES_MAX; i++)
		if (challenges->list[i].inode && challenges->list[i].until + GRACE_MS < next)
			next = challenges->list[i].until + GRACE_MS;
	return next;
}

/* -EAGAIN: it has not ended. A reader that says something else, or dies, has failed. */
static int read_result(const struct challenge *one, int64_t now,
		       struct challenge_result *ret_result)
{
	int passed = -1;
	int r = parcel_receive(one->fd, ret_result, sizeof(*ret_result), &passed, MSG_DONTWAIT);

	if (passed >= 0)
		close(passed);
	if (r == -EAGAIN && now >= one->until + GRACE_MS)
		return -ETIMEDOUT;
	if (r == 0 && (ret_result->version != CHALLENGE_VERSION || ret_result->outcome == 0 ||
		       ret_result->outcome >= CHALLENGE_OUTCOME_COUNT))
		return -EBADMSG;
	return r;
}

uint64_t challenge_take(struct challenges *challenges, int64_t now,
			enum challenge_outcome *ret_outcome, int *ret_error)
{
	for (size_t i = 0; i < CHALLENGES_MAX; i++) {
		struct challenge *one = &challenges->list[i];
		struct challenge_result result = {};
		uint64_t inode = one->inode;
		int r = inode ? read_result(one, now, &result) : -EAGAIN;

		if (r == -EAGAIN)
			continue;
		*ret_outcome = CHALLENGE_BROKEN;
		*ret_error = r;
		if (r == 0) {
			*ret_outcome = (enum challenge_outcome)result.outcome;
			*ret_error = result.error;
		}
		end(one);
		return inode;
	}
	return 0;
}

json_t *challenge_tell(const struct challenges *challenges, int64_t now)
{
	json_t *list = json_array();

	for (size_t i = 0; i < CHALLENGES_MAX; i++) {
		const struct challenge *one = &challenges->list[i];
		char name[EVENT_VALUE_MAX];

		if (!one->inode || one->until <= now)
			continue;
		escape_text(one->name, strlen(one->name), name, sizeof(name));
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I}", "device", one->device,
						      "name", name, "code", one->code, "seconds",
						      (json_int_t)(one->until - now + 999) / 1000));
	}
	return list;
}
