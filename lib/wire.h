/* Messages between our processes: one SOCK_SEQPACKET packet each.
 *
 * A packet is a header of 8 bytes {magic, version, type} and a list of fields {tag, length, bytes};
 * numbers are in the machine's byte order, for both ends are on one machine. What a message may
 * hold is a table of struct wire_field, used for writing and for reading: an unknown tag, a tag
 * twice, a wrong length, a missing required field, an embedded zero in a string are all -EBADMSG.
 *
 * Deadlines are absolute, CLOCK_MONOTONIC, in milliseconds; WIRE_NO_DEADLINE waits for ever. */
#ifndef SEKISHO_WIRE_H
#define SEKISHO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC	 0x484b4553u /* "SEKH" read as little endian */
#define WIRE_VERSION	 1 /* raised: docs/protocol.md, "Another version" */
#define WIRE_MESSAGE_MAX 8192 /* bytes of one packet */
#define WIRE_NO_DEADLINE INT64_MAX

enum wire_kind {
	WIRE_U32, /* uint32_t */
	WIRE_U64, /* uint64_t */
	WIRE_STRING, /* char[size], zero-terminated in memory, without the zero on the wire */
	WIRE_BYTES, /* struct wire_bytes followed in memory by size bytes: see WIRE_BLOB */
};

/* A field of bytes in a message's struct: WIRE_BLOB(signature, 512); gives .signature.length and
 * .signature.data. */
#define WIRE_BLOB(name, size)                                                                      \
	struct {                                                                                   \
		uint32_t length;                                                                   \
		uint8_t data[size];                                                                \
	} name

struct wire_field {
	uint16_t tag;
	enum wire_kind kind;
	bool required;
	size_t offset; /* in the message's struct */
	size_t size; /* of a string with its zero, or of a blob's data */
};

#define WIRE_FIELD_U32(tag, type, member, required)                                                \
	{                                                                                          \
		tag, WIRE_U32, required, offsetof(type, member), sizeof(uint32_t)                  \
	}
#define WIRE_FIELD_U64(tag, type, member, required)                                                \
	{                                                                                          \
		tag, WIRE_U64, required, offsetof(type, member), sizeof(uint64_t)                  \
	}
#define WIRE_FIELD_STRING(tag, type, member, required)                                             \
	{                                                                                          \
		tag, WIRE_STRING, required, offsetof(type, member), sizeof(((type *)0)->member)    \
	}
#define WIRE_FIELD_BLOB(tag, type, member, required)                                               \
	{                                                                                          \
		tag, WIRE_BYTES, required, offsetof(type, member),                                 \
			sizeof(((type *)0)->member.data)                                           \
	}

struct wire_layout {
	uint16_t type; /* of the message */
	const struct wire_field *fields;
	size_t n_fields; /* at most 32 */
	size_t size; /* of the message's struct */
};

struct wire_packet {
	size_t length; /* bytes in use */
	uint8_t bytes[WIRE_MESSAGE_MAX];
};

/* Now, on CLOCK_MONOTONIC, in milliseconds. */
int64_t wire_now(void);

/* Struct to packet. An optional field that is zero or empty is left out. -EMSGSIZE if it does not
 * fit, -EINVAL if a string has no zero or a blob's length is beyond its size. Pure. */
int wire_encode(const struct wire_layout *layout, const void *message,
		struct wire_packet *ret_packet);

/* Packet to struct; the struct is zeroed first, also on failure. -EBADMSG, or -EPROTONOSUPPORT for
 * another version. Pure. */
int wire_decode(const struct wire_layout *layout, const struct wire_packet *packet,
		void *ret_message);

/* The message's type after a check of the header. -EBADMSG, -EPROTONOSUPPORT. Pure. */
int wire_type(const struct wire_packet *packet, uint16_t *ret_type);

/* -ETIMEDOUT, -EPIPE or -ECONNRESET if the peer is gone, or another -errno. No signal is raised. */
int wire_send_packet(int fd, const struct wire_packet *packet, int64_t deadline);

/* As above; -ECONNRESET at end of file, -EMSGSIZE for a packet over WIRE_MESSAGE_MAX. File
 * descriptors that came along are not taken (the kernel closes them). */
int wire_receive_packet(int fd, struct wire_packet *ret_packet, int64_t deadline);

/* Encode and send; receive and decode (-EBADMSG if the message is of another type). The packet in
 * between is wiped. */
int wire_send(int fd, const struct wire_layout *layout, const void *message, int64_t deadline);
int wire_receive(int fd, const struct wire_layout *layout, void *ret_message, int64_t deadline);

void wire_packet_wipe(struct wire_packet *packet);
#define _cleanup_packet_ __attribute__((cleanup(wire_packet_wipe)))

/* Connects to a SOCK_SEQPACKET Unix socket. -ENOENT, -ECONNREFUSED: nobody there. -ETIMEDOUT.
 * The socket is non-blocking and close-on-exec. */
int wire_connect(const char *path, int64_t deadline, int *ret_fd);

/* The user at the other end when the connection was made (SO_PEERCRED). For a listening socket
 * that systemd holds, the connecting side sees uid 0. */
int wire_peer(int fd, uint32_t *ret_uid, int32_t *ret_pid);

#endif
