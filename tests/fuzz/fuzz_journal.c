/* Any bytes as the journal's newest segment (the first byte says how the input is used): the writer
 * starts, keeps what was there, its own events verify, and a second start finds nothing new. */
#include "agent/engine/journal.h"
#include "journal_cursor.h"
#include "journal_verify.h"

#include "cleanup.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIRST "0000000000000001.seg"

static char path[64];
static int directory = -1;

static int no_sync(void *user, int fd)
{
	(void)user;
	(void)fd;
	return 0;
}

static int write_at(void *user, int fd, const void *bytes, size_t length, uint64_t offset)
{
	(void)user;
	return pwrite(fd, bytes, length, (off_t)offset) == (ssize_t)length ? 0 : -EIO;
}

static int allocate(void *user, int fd, uint64_t size)
{
	(void)user;
	(void)fd;
	(void)size;
	return 0;
}

static int available(void *user, int dirfd, uint64_t *ret_bytes)
{
	(void)user;
	(void)dirfd;
	*ret_bytes = UINT64_MAX;
	return 0;
}

static uint64_t still(void *user)
{
	(void)user;
	return 1790000000000000;
}

static const struct journal_io io = {
	.write = write_at,
	.flush = no_sync,
	.sync = no_sync,
	.allocate = allocate,
	.available = available,
	.realtime_us = still,
	.monotonic_us = still,
};

static const struct journal_options options = {
	.host = "0123456789abcdef0123456789abcdef",
	.boot = "0123456789abcdef0123456789abcdef",
	.segment_size = 4 * JOURNAL_LINE_MAX,
	.reserve_size = 4 * JOURNAL_LINE_MAX,
	.io = &io,
};

static void empty(void)
{
	DIR *stream = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *entry;

	if (!stream)
		__builtin_trap();
	while ((entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			unlinkat(directory, entry->d_name, 0);
	closedir(stream);
}

static void clean_up(void)
{
	empty();
	rmdir(path);
}

static void put(const char *name, const uint8_t *bytes, size_t length)
{
	_cleanup_close_ int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || file_write_all(fd, bytes, length) < 0)
		__builtin_trap();
}

static void record(unsigned int count, struct journal_recovery *ret_recovery)
{
	struct record_request request = {
		.kind = "login.granted",
		.id = "fuzz",
		.fields = "{\"user\":\"taro\"}",
		.time = 1790000000000000,
	};
	struct journal *journal;
	uint64_t sequence;

	if (journal_open(path, &options, &journal, ret_recovery) < 0)
		__builtin_trap(); /* never refuses for what it finds */
	for (unsigned int i = 0; i < count; i++)
		if (journal_record(journal, &request, &sequence) < 0)
			__builtin_trap();
	journal_close(journal);
}

/* A good journal to be spoilt: its bytes with @data written over it at a place. */
static void put_spoilt(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	struct journal_recovery recovery;
	size_t place;

	record(12, &recovery);
	if (size < 2)
		return;
	place = ((size_t)data[0] << 8 | data[1]) % (4 * JOURNAL_LINE_MAX);
	fd = openat(directory, FIRST, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, data + 2, size - 2, (off_t)place) < 0)
		__builtin_trap();
}

static void count_own(unsigned int *ret_count)
{
	static struct journal_cursor cursor;
	struct journal_record entry;
	struct journal_span line;
	unsigned int count = 0;
	int r;

	journal_cursor_begin(&cursor, directory, false);
	while ((r = journal_cursor_next(&cursor, &entry, &line)) != 0)
		if (r > 0 && entry.id.length == 4 && memcmp(entry.id.bytes, "fuzz", 4) == 0)
			count++;
	journal_cursor_end(&cursor);
	*ret_count = count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_summary before, after;
	struct journal_recovery first, second;
	unsigned int had, own;

	if (size == 0)
		return 0;
	if (directory < 0) {
		snprintf(path, sizeof(path), "/tmp/sekisho-fuzz-XXXXXX");
		if (!mkdtemp(path))
			__builtin_trap();
		directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		atexit(clean_up);
	}
	empty();
	if (data[0] & 1)
		put_spoilt(data + 1, size - 1);
	else
		put(FIRST, data + 1, size - 1);
	if (journal_verify(directory, 0, NULL, NULL, &before) < 0)
		__builtin_trap();
	count_own(&had);
	record(3, &first);
	record(1, &second);
	if (second.torn || second.broken)
		__builtin_trap(); /* told once */
	count_own(&own);
	/* A torn tail may hold whole lines of a group never flushed; a break keeps everything. */
	if (first.torn ? own < 4 : own != had + 4)
		__builtin_trap();
	if (journal_verify(directory, 0, NULL, NULL, &after) < 0)
		__builtin_trap();
	/* Damage stays told, and the writer's own lines add none. */
	if (first.torn ? after.findings != 0 : after.findings > before.findings)
		__builtin_trap();
	if (first.broken != (before.findings > 0 && !first.torn))
		__builtin_trap();
	return 0;
}
