#include "wire.h"

#include "cleanup.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Older modules, sessions and a spool are still there after an upgrade. Whoever raises the version
 * does what docs/protocol.md says, and then changes this line. */
_Static_assert(WIRE_VERSION == 1, "see docs/protocol.md, \"Another version\"");

struct header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
};

struct field_header {
	uint16_t tag;
	uint16_t length;
};

int64_t wire_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int append(struct wire_packet *packet, uint16_t tag, const void *bytes, size_t length)
{
	struct field_header field = {.tag = tag, .length = (uint16_t)length};

	if (length > UINT16_MAX || length + sizeof(field) > sizeof(packet->bytes) - packet->length)
		return -EMSGSIZE;
	memcpy(packet->bytes + packet->length, &field, sizeof(field));
	memcpy(packet->bytes + packet->length + sizeof(field), bytes, length);
	packet->length += sizeof(field) + length;
	return 0;
}

/* Where a field's bytes lie in the struct, and how many are in use. */
static int field_bytes(const struct wire_field *field, const void *message, const void **ret_bytes,
		       size_t *ret_length)
{
	const uint8_t *place = (const uint8_t *)message + field->offset;
	uint32_t length;

	switch (field->kind) {
	case WIRE_U32:
	case WIRE_U64:
		*ret_bytes = place;
		*ret_length = field->size;
		return 0;
	case WIRE_STRING:
		*ret_bytes = place;
		*ret_length = strnlen((const char *)place, field->size);
		return *ret_length < field->size ? 0 : -EINVAL;
	case WIRE_BYTES:
		memcpy(&length, place, sizeof(length));
		*ret_bytes = place + sizeof(length);
		*ret_length = length;
		return length <= field->size ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

int wire_encode(const struct wire_layout *layout, const void *message,
		struct wire_packet *ret_packet)
{
	struct header header = {WIRE_MAGIC, WIRE_VERSION, layout->type};
	int r;

	memcpy(ret_packet->bytes, &header, sizeof(header));
	ret_packet->length = sizeof(header);
	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct wire_field *field = &layout->fields[i];
		const void *bytes;
		size_t length;
		bool number = field->kind == WIRE_U32 || field->kind == WIRE_U64;

		r = field_bytes(field, message, &bytes, &length);
		if (r < 0)
			return r;
		if (!field->required && (length == 0 || (number && is_zero(bytes, length))))
			continue;
		r = append(ret_packet, field->tag, bytes, length);
		if (r < 0)
			return r;
	}
	return 0;
}

int wire_type(const struct wire_packet *packet, uint16_t *ret_type)
{
	struct header header;

	if (packet->length < sizeof(header))
		return -EBADMSG;
	memcpy(&header, packet->bytes, sizeof(header));
	if (header.magic != WIRE_MAGIC)
		return -EBADMSG;
	if (header.version != WIRE_VERSION)
		return -EPROTONOSUPPORT;
	*ret_type = header.type;
	return 0;
}

static int store(const struct wire_field *field, const uint8_t *bytes, size_t length,
		 uint8_t *message)
{
	uint8_t *place = message + field->offset;
	uint32_t size = (uint32_t)length;

	switch (field->kind) {
	case WIRE_U32:
	case WIRE_U64:
		if (length != field->size)
			return -EBADMSG;
		memcpy(place, bytes, length);
		return 0;
	case WIRE_STRING:
		if (length >= field->size || memchr(bytes, '\0', length))
			return -EBADMSG;
		memcpy(place, bytes, length);
		return 0;
	case WIRE_BYTES:
		if (length > field->size)
			return -EBADMSG;
		memcpy(place, &size, sizeof(size));
		memcpy(place + sizeof(size), bytes, length);
		return 0;
	}
	return -EBADMSG;
}

static int decode_fields(const struct wire_layout *layout, const struct wire_packet *packet,
			 void *message)
{
	size_t at = sizeof(struct header);
	uint32_t seen = 0;
	int r;

	while (at < packet->length) {
		struct field_header header;
		size_t i;

		if (packet->length - at < sizeof(header))
			return -EBADMSG;
		memcpy(&header, packet->bytes + at, sizeof(header));
		at += sizeof(header);
		if (packet->length - at < header.length)
			return -EBADMSG;
		for (i = 0; i < layout->n_fields; i++)
			if (layout->fields[i].tag == header.tag)
				break;
		if (i == layout->n_fields || (seen & 1u << i))
			return -EBADMSG;
		r = store(&layout->fields[i], packet->bytes + at, header.length, message);
		if (r < 0)
			return r;
		seen |= 1u << i;
		at += header.length;
	}
	for (size_t i = 0; i < layout->n_fields; i++)
		if (layout->fields[i].required && !(seen & 1u << i))
			return -EBADMSG;
	return 0;
}

int wire_decode(const struct wire_layout *layout, const struct wire_packet *packet,
		void *ret_message)
{
	uint16_t type;
	int r;

	explicit_bzero(ret_message, layout->size);
	r = wire_type(packet, &type);
	if (r < 0)
		return r;
	if (type != layout->type)
		return -EBADMSG;
	r = decode_fields(layout, packet, ret_message);
	if (r < 0)
		explicit_bzero(ret_message, layout->size);
	return r;
}

/* Waits until @fd is ready for @events or the deadline is over. */
static int wait_ready(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = events};
		int timeout = -1;
		int r;

		if (deadline != WIRE_NO_DEADLINE) {
			int64_t left = deadline - wire_now();

			if (left <= 0)
				return -ETIMEDOUT;
			timeout = left > 60000 ? 60000 : (int)left;
		}
		r = poll(&poll_fd, 1, timeout);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

int wire_send_packet(int fd, const struct wire_packet *packet, int64_t deadline)
{
	for (;;) {
		ssize_t sent = send(fd, packet->bytes, packet->length, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r;

		if (sent >= 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = wait_ready(fd, POLLOUT, deadline);
		if (r < 0)
			return r;
	}
}

int wire_receive_packet(int fd, struct wire_packet *ret_packet, int64_t deadline)
{
	for (;;) {
		ssize_t length = recv(fd, ret_packet->bytes, sizeof(ret_packet->bytes),
				      MSG_DONTWAIT | MSG_TRUNC);
		int r;

		if (length == 0)
			return -ECONNRESET;
		if (length > 0) {
			if ((size_t)length > sizeof(ret_packet->bytes))
				return -EMSGSIZE;
			ret_packet->length = (size_t)length;
			return 0;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = wait_ready(fd, POLLIN, deadline);
		if (r < 0)
			return r;
	}
}

int wire_send(int fd, const struct wire_layout *layout, const void *message, int64_t deadline)
{
	_cleanup_packet_ struct wire_packet packet;
	int r;

	r = wire_encode(layout, message, &packet);
	if (r < 0)
		return r;
	return wire_send_packet(fd, &packet, deadline);
}

int wire_receive(int fd, const struct wire_layout *layout, void *ret_message, int64_t deadline)
{
	_cleanup_packet_ struct wire_packet packet;
	int r;

	r = wire_receive_packet(fd, &packet, deadline);
	if (r < 0)
		return r;
	return wire_decode(layout, &packet, ret_message);
}

void wire_packet_wipe(struct wire_packet *packet)
{
	explicit_bzero(packet, sizeof(*packet));
}

int wire_connect(const char *path, int64_t deadline, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = -1;
	size_t length = strlen(path);

	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, length);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		struct timespec pause = {.tv_nsec = 10000000}; /* 10 ms */

		/* EAGAIN: the listener's backlog is full; Unix sockets give nothing to poll for. */
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (deadline != WIRE_NO_DEADLINE && wire_now() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}
