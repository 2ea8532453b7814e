#include "journal_store.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK	 65536
#define TORN_MAX 99 /* set-aside files of one segment */
#define MODE	 0640 /* the directory's group, sekisho-audit, may read */

bool journal_store_is_full(int error)
{
	return error == -ENOSPC || error == -EDQUOT;
}

static int write_zeros(const struct journal_store *store, int fd, uint32_t size)
{
	static const char zeros[CHUNK];
	const struct journal_io *io = store->io;

	for (uint32_t at = 0; at < size; at += CHUNK) {
		uint32_t length = size - at < CHUNK ? size - at : CHUNK;
		int r = io->write(io->user, fd, zeros, length, at);

		if (r < 0)
			return r;
	}
	return 0;
}

/* A file of zeros under JOURNAL_NEW_NAME, on the disk. Zeros are written, not only allocated: an
 * fdatasync into unwritten extents has to change metadata each time. */
static int prepare(const struct journal_store *store, uint32_t size, int *ret_fd)
{
	const struct journal_io *io = store->io;
	_cleanup_close_ int fd = -1;
	int r;

	/* A left-over of an interrupted preparation holds no event: none is taken before the name
	 * is on the disk, nor by a later life that finds it with its name. */
	if (unlinkat(store->dirfd, JOURNAL_NEW_NAME, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(store->dirfd, JOURNAL_NEW_NAME,
		    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (fd < 0)
		return -errno;
	r = io->allocate(io->user, fd, size);
	if (r == 0)
		r = write_zeros(store, fd, size);
	if (r == 0)
		r = io->flush(io->user, fd);
	if (r < 0) {
		unlinkat(store->dirfd, JOURNAL_NEW_NAME, 0);
		return r;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int free_name(const struct journal_store *store, struct journal_segment *segment)
{
	char name[JOURNAL_NAME_SIZE];
	struct stat status;

	for (segment->generation = 0; segment->generation <= JOURNAL_GENERATION_MAX;
	     segment->generation++) {
		journal_segment_name(segment, name);
		if (fstatat(store->dirfd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return errno == ENOENT ? 0 : -errno;
	}
	return -EEXIST;
}

static int open_reserve(const struct journal_store *store, int *ret_fd)
{
	_cleanup_close_ int fd = openat(store->dirfd, JOURNAL_RESERVE_NAME,
					O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size < (off_t)store->reserve_size)
		return -EINVAL;
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Writes the header and gives the file its name. */
static int name_segment(const struct journal_store *store, const char *from,
			const struct journal_head *head, enum journal_reason reason,
			struct journal_active *active)
{
	const struct journal_io *io = store->io;
	struct journal_header header = {.first = head->sequence + 1, .reason = reason};
	char line[JOURNAL_LINE_MAX];
	char name[JOURNAL_NAME_SIZE];
	size_t length;
	int r;

	memcpy(header.host, store->host, sizeof(header.host));
	memcpy(header.epoch, store->epoch, sizeof(header.epoch));
	memcpy(header.previous, head->hash, sizeof(header.previous));
	r = journal_format_header(&header, line, &length);
	if (r < 0)
		return r;
	active->segment.first = header.first;
	r = free_name(store, &active->segment);
	if (r < 0)
		return r;
	r = io->write(io->user, active->fd, line, length, 0);
	if (r == 0)
		r = io->flush(io->user, active->fd);
	if (r < 0)
		return r;
	journal_segment_name(&active->segment, name);
	if (renameat(store->dirfd, from, store->dirfd, name) < 0)
		return -errno;
	active->offset = length;
	r = io->sync(io->user, store->dirfd);
	/* "No room" would say that nothing is there. */
	return journal_store_is_full(r) ? -EIO : r;
}

int journal_store_begin(const struct journal_store *store, const struct journal_head *head,
			enum journal_reason reason, bool spare, struct journal_active *ret_active)
{
	struct journal_active active = {.fd = -1, .size = store->segment_size};
	_cleanup_close_ int fd = -1;
	int r;

	if (head->sequence >= JOURNAL_FIRST_MAX)
		return -ERANGE;
	r = prepare(store, store->segment_size, &fd);
	if (spare && journal_store_is_full(r)) {
		active.reserve = true;
		active.size = store->reserve_size;
		if (open_reserve(store, &fd) < 0)
			return r;
	} else if (r < 0) {
		return r;
	}
	active.fd = fd;
	r = name_segment(store, active.reserve ? JOURNAL_RESERVE_NAME : JOURNAL_NEW_NAME, head,
			 reason, &active);
	if (r < 0 && active.offset > 0) /* named */
		ret_active->fd = -1;
	if (r < 0)
		return r;
	active.fd = steal_fd(&fd);
	*ret_active = active;
	return 0;
}

int journal_store_keep_reserve(const struct journal_store *store)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = open_reserve(store, &fd);
	if (r == 0)
		return 0;
	if (r != -ENOENT && r != -EINVAL)
		return r;
	r = prepare(store, store->reserve_size, &fd);
	if (r < 0)
		return r;
	if (renameat(store->dirfd, JOURNAL_NEW_NAME, store->dirfd, JOURNAL_RESERVE_NAME) < 0)
		return -errno;
	return store->io->sync(store->io->user, store->dirfd);
}

void journal_store_seal(const struct journal_store *store, struct journal_active *active)
{
	if (active->fd < 0)
		return;
	/* Readers know the zeros for what they are: if this fails, only space is lost. */
	if (ftruncate(active->fd, (off_t)active->offset) == 0)
		store->io->sync(store->io->user, active->fd);
	close(active->fd);
	active->fd = -1;
}

/* Up to where the file is not zero. */
static int used_end(int fd, uint64_t begin, uint64_t *ret_end)
{
	char bytes[CHUNK];
	uint64_t at = begin, end = begin;

	for (;;) {
		ssize_t count = file_read_at(fd, bytes, sizeof(bytes), (off_t)at);

		if (count < 0)
			return (int)count;
		if (count == 0)
			break;
		for (ssize_t i = 0; i < count; i++)
			if (bytes[i])
				end = at + (uint64_t)i + 1;
		at += (uint64_t)count;
	}
	*ret_end = end;
	return 0;
}

static int copy_range(int from, uint64_t begin, uint64_t end, int to)
{
	char bytes[CHUNK];

	while (begin < end) {
		size_t want = end - begin < sizeof(bytes) ? (size_t)(end - begin) : sizeof(bytes);
		ssize_t count = file_read_at(from, bytes, want, (off_t)begin);
		int r;

		if (count <= 0)
			return count < 0 ? (int)count : -EIO;
		r = file_write_all(to, bytes, (size_t)count);
		if (r < 0)
			return r;
		begin += (uint64_t)count;
	}
	return 0;
}

static int create_torn(const struct journal_store *store, const struct journal_segment *segment,
		       char *name, size_t size, int *ret_fd)
{
	char base[JOURNAL_NAME_SIZE];

	journal_segment_name(segment, base);
	for (unsigned int i = 0; i <= TORN_MAX; i++) {
		int fd;

		if (i == 0)
			snprintf(name, size, "%s.torn", base);
		else
			snprintf(name, size, "%s.torn-%u", base, i);
		fd = openat(store->dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
		if (fd >= 0) {
			*ret_fd = fd;
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int journal_store_set_aside(const struct journal_store *store,
			    const struct journal_segment *segment, uint64_t offset,
			    uint64_t *ret_bytes)
{
	const struct journal_io *io = store->io;
	_cleanup_close_ int from = -1;
	_cleanup_close_ int to = -1;
	char name[JOURNAL_NAME_SIZE + 16];
	uint64_t end = 0;
	int r;

	r = journal_segment_open(store->dirfd, segment, true, &from);
	if (r < 0)
		return r;
	r = used_end(from, offset, &end);
	if (r < 0)
		return r;
	r = create_torn(store, segment, name, sizeof(name), &to);
	if (r < 0)
		return r;
	r = copy_range(from, offset, end, to);
	if (r == 0)
		r = io->flush(io->user, to);
	if (r < 0) {
		/* The bytes still stand in the segment: the half copy tells nothing more. */
		unlinkat(store->dirfd, name, 0);
		return r;
	}
	r = io->sync(io->user, store->dirfd);
	if (r < 0)
		return r;
	if (ftruncate(from, (off_t)offset) < 0)
		return -errno;
	r = io->sync(io->user, from);
	if (r < 0)
		return r;
	*ret_bytes = end - offset;
	return 0;
}
