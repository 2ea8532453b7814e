#include "spool.h"

#include "cleanup.h"
#include "digest.h"
#include "file.h"
#include "storefile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SPOOL_MAGIC 0x4c4f5053u /* "SPOL" */
/* One more slot, the first, counts what was dropped. */
#define FILE_SIZE ((SPOOL_SLOTS + 1) * (size_t)SPOOL_SLOT_SIZE)

struct slot_header {
	uint32_t magic; /* 0: free */
	uint32_t class;
	uint64_t sequence;
	uint32_t length; /* of the packet that follows */
	uint32_t reserved;
	uint8_t check[DIGEST_CUT]; /* of the packet */
};
/* It is held for a write, which on a busy disk takes its time; no person waits for it (record.c).
 */
#define LOCK_MS	   60000
#define PACKET_MAX (SPOOL_SLOT_SIZE - sizeof(struct slot_header))

struct dropped {
	uint64_t count;
};

static off_t place_of(size_t index)
{
	return (off_t)(index + 1) * SPOOL_SLOT_SIZE;
}

static int read_whole(int fd, void *bytes, size_t length, off_t place)
{
	ssize_t count = file_read_at(fd, bytes, length, place);

	if (count < 0)
		return (int)count;
	return count == (ssize_t)length ? 0 : -EIO;
}

static int lock(int fd)
{
	return storefile_lock(fd, 0, wire_now() + LOCK_MS);
}

static void unlock(int fd)
{
	storefile_unlock(fd, 0);
}

/* What was written, to the disk. After the lock was given back: who comes next need not wait, and
 * may share the flush. An event that is sent and cleared meanwhile is in the journal. */
static int sync_file(int fd)
{
	return fdatasync(fd) < 0 ? -errno : 0;
}

static int read_headers(int fd, struct slot_header headers[static SPOOL_SLOTS])
{
	for (size_t i = 0; i < SPOOL_SLOTS; i++) {
		int r = read_whole(fd, &headers[i], sizeof(headers[i]), place_of(i));

		if (r < 0)
			return r;
	}
	return 0;
}

static int count_dropped(int fd, int64_t change, uint64_t *ret_count)
{
	struct dropped dropped = {};
	int r;

	r = read_whole(fd, &dropped, sizeof(dropped), 0);
	if (r < 0)
		return r;
	dropped.count += (uint64_t)change;
	*ret_count = dropped.count;
	return change == 0 ? 0 : file_write_at(fd, &dropped, sizeof(dropped), 0);
}

int spool_dropped(int dirfd, const char *name, int64_t change, uint64_t *ret_count)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = storefile_open(dirfd, name, FILE_SIZE, &fd);
	if (r == 0)
		r = lock(fd);
	if (r < 0)
		return r;
	r = count_dropped(fd, change, ret_count);
	unlock(fd);
	return r < 0 || change == 0 ? r : sync_file(fd);
}

static int put(int fd, size_t index, struct slot_header *header, const struct wire_packet *packet)
{
	uint8_t slot[SPOOL_SLOT_SIZE] = {};
	int r;

	r = digest_cut(packet->bytes, packet->length, header->check);
	if (r < 0)
		return r;
	memcpy(slot, header, sizeof(*header));
	memcpy(slot + sizeof(*header), packet->bytes, packet->length);
	return file_write_at(fd, slot, sizeof(slot), place_of(index));
}

/* Puts the packet into a free slot of the locked file. -ENOSPC if there is none for its class. */
static int put_free(int fd, enum spool_class class, const struct wire_packet *packet)
{
	struct slot_header headers[SPOOL_SLOTS] = {};
	struct slot_header header = {.magic = SPOOL_MAGIC,
				     .class = class,
				     .sequence = 1,
				     .length = (uint32_t)packet->length};
	size_t refusals = 0;
	size_t free_slot = SPOOL_SLOTS;
	int r;

	r = read_headers(fd, headers);
	if (r < 0)
		return r;
	for (size_t i = 0; i < SPOOL_SLOTS; i++) {
		if (headers[i].magic != SPOOL_MAGIC) {
			if (free_slot == SPOOL_SLOTS)
				free_slot = i;
			continue;
		}
		refusals += headers[i].class == SPOOL_REFUSAL;
		if (headers[i].sequence >= header.sequence)
			header.sequence = headers[i].sequence + 1;
	}
	if (free_slot == SPOOL_SLOTS || (class == SPOOL_REFUSAL && refusals >= SPOOL_REFUSALS_MAX))
		return -ENOSPC;
	return put(fd, free_slot, &header, packet);
}

int spool_add(int dirfd, const char *name, enum spool_class class,
	      const struct record_request *record)
{
	_cleanup_close_ int fd = -1;
	struct wire_packet packet;
	uint64_t dropped;
	int written;
	int r;

	r = wire_encode(&record_request_layout, record, &packet);
	if (r < 0)
		return r;
	if (packet.length > PACKET_MAX)
		return -EMSGSIZE;
	r = storefile_open(dirfd, name, FILE_SIZE, &fd);
	if (r == 0)
		r = lock(fd);
	if (r < 0)
		return r;
	r = put_free(fd, class, &packet);
	written = r;
	if (r == -ENOSPC && class == SPOOL_REFUSAL)
		written = count_dropped(fd, 1, &dropped);
	unlock(fd);
	if (written == 0)
		written = sync_file(fd);
	return written < 0 ? written : r;
}

/* The used slot with the smallest sequence; SPOOL_SLOTS if there is none. */
static size_t oldest(const struct slot_header headers[static SPOOL_SLOTS], bool grants)
{
	size_t found = SPOOL_SLOTS;

	for (size_t i = 0; i < SPOOL_SLOTS; i++)
		if (headers[i].magic == SPOOL_MAGIC &&
		    !(grants && headers[i].class == SPOOL_REFUSAL) &&
		    (found == SPOOL_SLOTS || headers[i].sequence < headers[found].sequence))
			found = i;
	return found;
}

static int take(int fd, size_t index, const struct slot_header *header,
		struct record_request *ret_record)
{
	struct wire_packet packet = {.length = header->length};
	uint8_t check[DIGEST_CUT];
	int r;

	if (header->length > PACKET_MAX)
		return -EBADMSG;
	r = read_whole(fd, packet.bytes, packet.length,
		       place_of(index) + (off_t)sizeof(struct slot_header));
	if (r == 0)
		r = digest_cut(packet.bytes, packet.length, check);
	if (r < 0)
		return r;
	if (memcmp(check, header->check, sizeof(check)) != 0)
		return -EBADMSG;
	return wire_decode(&record_request_layout, &packet, ret_record);
}

/* The oldest event and its slot. 1, 0 if there is none; -EBADMSG, -EPROTONOSUPPORT: damaged. */
static int peek(int fd, bool grants, size_t *ret_index, struct slot_header *ret_header,
		struct record_request *ret_record)
{
	struct slot_header headers[SPOOL_SLOTS] = {};
	int r;

	r = read_headers(fd, headers);
	if (r < 0)
		return r;
	*ret_index = oldest(headers, grants);
	if (*ret_index == SPOOL_SLOTS)
		return 0;
	*ret_header = headers[*ret_index];
	r = take(fd, *ret_index, ret_header, ret_record);
	return r < 0 ? r : 1;
}

/* Counts a lost event before its slot is given up. */
static int clear(int fd, size_t index, const struct slot_header *sent, bool lost)
{
	struct slot_header header = {};
	uint64_t dropped;
	int r;

	r = read_whole(fd, &header, sizeof(header), place_of(index));
	/* Another flush may have been quicker. */
	if (r < 0 || memcmp(&header, sent, sizeof(header)) != 0)
		return r;
	if (lost) {
		r = count_dropped(fd, 1, &dropped);
		if (r == 0)
			r = sync_file(fd);
	}
	header.magic = 0;
	return r < 0 ? r : file_write_at(fd, &header, sizeof(header), place_of(index));
}

/* Hands over one event, of @grants alone if it says so: 1, 0 if there was none. The lock is not
 * held while it is sent, for the engine may be slow and log-ins may want to add. */
static int flush_one(int fd, bool grants, spool_send_fn *send, void *user)
{
	struct record_request record;
	struct slot_header header = {};
	bool lost = false;
	size_t index = 0;
	int r;

	r = lock(fd);
	if (r < 0)
		return r;
	r = peek(fd, grants, &index, &header, &record);
	unlock(fd);
	if (r == 1) {
		record.late = 1;
		r = send(user, &record);
		lost = r == SPOOL_LOST;
	} else if (r == -EBADMSG || r == -EPROTONOSUPPORT) {
		/* Damaged: it was never acknowledged as whole, or the disk lost it. */
		lost = true;
	} else {
		return r;
	}
	if (r < 0 && !lost)
		return r;
	r = lock(fd);
	if (r == 0)
		r = clear(fd, index, &header, lost);
	unlock(fd);
	if (r == 0)
		r = sync_file(fd);
	return r < 0 ? r : 1;
}

int spool_flush(int dirfd, const char *name, spool_send_fn *send, void *user)
{
	_cleanup_close_ int fd = -1;
	int full = 0;
	int r;

	r = storefile_open(dirfd, name, FILE_SIZE, &fd);
	if (r < 0)
		return r;
	do {
		r = flush_one(fd, full < 0, send, user);
		/* On a full disk there may be room for grants yet, and refusals come first only by
		 * their age. */
		if (full == 0 && (r == -ENOSPC || r == -EDQUOT)) {
			full = r;
			r = 1;
		}
	} while (r > 0);
	return r < 0 ? r : full;
}

int spool_count(int dirfd, const char *name, size_t *ret_count)
{
	struct slot_header headers[SPOOL_SLOTS] = {};
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint64_t dropped = 0;
	int r;

	*ret_count = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = read_headers(fd, headers);
	if (r == 0)
		r = count_dropped(fd, 0, &dropped);
	if (r < 0)
		return r;
	*ret_count = dropped > 0;
	for (size_t i = 0; i < SPOOL_SLOTS; i++)
		*ret_count += headers[i].magic == SPOOL_MAGIC;
	return 0;
}
