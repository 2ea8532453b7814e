/* A journal in a directory of its own, with clocks that stand still and a disk that fails when it
 * is told to. */
#ifndef SEKISHO_JOURNAL_FIXTURE_H
#define SEKISHO_JOURNAL_FIXTURE_H

#include "agent/engine/journal.h"
#include "event.h"
#include "file.h"
#include "journal_cursor.h"
#include "journal_verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define FIXTURE_HOST	"0123456789abcdef0123456789abcdef"
#define FIXTURE_BOOT	"fedcba9876543210fedcba9876543210"
#define FIXTURE_SEGMENT (4u * JOURNAL_LINE_MAX)
#define FIXTURE_DISK	(64u * FIXTURE_SEGMENT)
#define FIXTURE_TIME	UINT64_C(1790000000123456)

/* One thing that the disk does: how often it was asked, and how many of the next times fail. */
struct fixture_task {
	unsigned int count;
	unsigned int fail;
	int error;
};

struct fixture_disk {
	struct fixture_task write, flush, sync, allocate;
	uint64_t monotonic;
	uint64_t taken; /* bytes of FIXTURE_DISK that are not available */
};

static inline int fixture_ask(struct fixture_task *task)
{
	task->count++;
	if (task->fail == 0)
		return 0;
	task->fail--;
	return task->error;
}

static inline int fixture_write(void *user, int fd, const void *bytes, size_t length,
				uint64_t offset)
{
	struct fixture_disk *disk = user;
	int r = fixture_ask(&disk->write);

	if (r < 0)
		return r;
	return pwrite(fd, bytes, length, (off_t)offset) == (ssize_t)length ? 0 : -errno;
}

static inline int fixture_flush(void *user, int fd)
{
	struct fixture_disk *disk = user;

	(void)fd;
	return fixture_ask(&disk->flush);
}

static inline int fixture_sync(void *user, int fd)
{
	struct fixture_disk *disk = user;

	(void)fd;
	return fixture_ask(&disk->sync);
}

static inline int fixture_allocate(void *user, int fd, uint64_t size)
{
	struct fixture_disk *disk = user;

	(void)fd;
	(void)size;
	return fixture_ask(&disk->allocate);
}

static inline int fixture_available(void *user, int dirfd, uint64_t *ret_bytes)
{
	const struct fixture_disk *disk = user;

	(void)dirfd;
	*ret_bytes = FIXTURE_DISK - disk->taken;
	return 0;
}

static inline uint64_t fixture_realtime(void *user)
{
	(void)user;
	return FIXTURE_TIME;
}

static inline uint64_t fixture_monotonic(void *user)
{
	struct fixture_disk *disk = user;

	return disk->monotonic += 1000;
}

struct fixture {
	char path[64];
	int dirfd;
	struct fixture_disk disk;
	struct journal_io io;
	struct journal_options options;
	struct journal *journal;
	struct journal_recovery recovery;
};

static inline void fixture_empty(int dirfd)
{
	DIR *directory = fdopendir(openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.' && unlinkat(dirfd, entry->d_name, 0) < 0)
			unlinkat(dirfd, entry->d_name, AT_REMOVEDIR);
	closedir(directory);
}

static inline int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/sekisho-journal-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->dirfd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture->io = (struct journal_io){
		.write = fixture_write,
		.flush = fixture_flush,
		.sync = fixture_sync,
		.allocate = fixture_allocate,
		.available = fixture_available,
		.realtime_us = fixture_realtime,
		.monotonic_us = fixture_monotonic,
		.user = &fixture->disk,
	};
	fixture->options = (struct journal_options){
		.host = FIXTURE_HOST,
		.boot = FIXTURE_BOOT,
		.segment_size = FIXTURE_SEGMENT,
		.reserve_size = FIXTURE_SEGMENT,
		.io = &fixture->io,
	};
	*state = fixture;
	return fixture->dirfd < 0 ? -1 : 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	journal_close(fixture->journal);
	fixture_empty(fixture->dirfd);
	close(fixture->dirfd);
	rmdir(fixture->path);
	free(fixture);
	return 0;
}

static inline void fixture_open(struct fixture *fixture)
{
	assert_null(fixture->journal);
	assert_int_equal(journal_open(fixture->path, &fixture->options, &fixture->journal,
				      &fixture->recovery),
			 0);
}

static inline void fixture_close(struct fixture *fixture)
{
	journal_close(fixture->journal);
	fixture->journal = NULL;
}

/* Event number @number: the same bytes each time. '*' and 'J' are one bit away from LF. */
static inline void fixture_request(unsigned int number, struct record_request *ret_request)
{
	memset(ret_request, 0, sizeof(*ret_request));
	snprintf(ret_request->kind, sizeof(ret_request->kind), "login.granted");
	snprintf(ret_request->id, sizeof(ret_request->id), "event-%u", number);
	snprintf(ret_request->fields, sizeof(ret_request->fields),
		 "{\"service\":\"login\",\"user\":\"JIRO * \\u5c71\\u7530 %u\"}", number);
	ret_request->time = FIXTURE_TIME + number;
}

static inline int fixture_record(struct fixture *fixture, unsigned int number,
				 uint64_t *ret_sequence)
{
	struct record_request request;

	fixture_request(number, &request);
	return journal_record(fixture->journal, &request, ret_sequence);
}

/* Records events @first to @last, which must get consecutive numbers. */
static inline void fixture_fill(struct fixture *fixture, unsigned int first, unsigned int last)
{
	for (unsigned int i = first; i <= last; i++) {
		uint64_t sequence;

		assert_int_equal(fixture_record(fixture, i, &sequence), 0);
	}
}

static inline struct journal_oldest fixture_oldest(const struct fixture *fixture)
{
	struct journal_oldest oldest;

	assert_int_equal(journal_oldest(fixture->journal, &oldest), 0);
	return oldest;
}

static inline bool fixture_has(const struct fixture *fixture, const char *name)
{
	return faccessat(fixture->dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static const struct journal_cause fixture_unknown __attribute__((unused)) = {"none", "size"};

/* Tells of the oldest records and takes them away, as an agent without a seal does. */
static inline int fixture_drop(struct fixture *fixture, const struct journal_oldest *oldest,
			       const char *mark)
{
	const struct journal_cause cause = {mark, "age"};
	int r = journal_tell_dropped(fixture->journal, oldest, &cause, NULL);

	return r < 0 ? r : journal_take_away(fixture->journal, oldest);
}

/* The findings of a verification as text, one a line: "FILE:LINE damage FIRST-LAST". */
struct fixture_findings {
	char text[8192];
	size_t length;
	struct journal_summary summary;
};

static inline void fixture_note(void *user, const struct journal_finding *finding)
{
	struct fixture_findings *findings = user;

	findings->length += (size_t)snprintf(
		findings->text + findings->length, sizeof(findings->text) - findings->length,
		"%s:%" PRIu64 " %s %" PRIu64 "-%" PRIu64 "\n", finding->file, finding->line,
		journal_damage_name(finding->damage), finding->sequence, finding->last);
	assert_true(findings->length < sizeof(findings->text));
}

/* Verifies and compares with what is expected, word for word. */
static inline void fixture_expect(const struct fixture *fixture, const char *expected,
				  struct journal_summary *ret_summary)
{
	struct fixture_findings findings = {};

	assert_int_equal(
		journal_verify(fixture->dirfd, 0, fixture_note, &findings, &findings.summary), 0);
	assert_string_equal(findings.text, expected);
	if (ret_summary)
		*ret_summary = findings.summary;
}

/* Counts what a reader sees, records and (NULL is fine) damaged places; each sequence must come
 * once, in order. */
static inline unsigned int fixture_count(const struct fixture *fixture, unsigned int *ret_damaged)
{
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;
	unsigned int count = 0, damaged = 0;
	uint64_t last = 0;
	int r;

	assert_non_null(cursor);
	journal_cursor_begin(cursor, fixture->dirfd, false);
	while ((r = journal_cursor_next(cursor, &record, &line)) != 0) {
		if (r < 0) {
			damaged++;
			continue;
		}
		assert_true(record.sequence > last);
		last = record.sequence;
		count++;
	}
	journal_cursor_end(cursor);
	free(cursor);
	if (ret_damaged)
		*ret_damaged = damaged;
	return count;
}

static inline void fixture_read(const struct fixture *fixture, const char *name, char **ret_bytes,
				size_t *ret_length)
{
	int fd = openat(fixture->dirfd, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(file_read_all(fd, 64 << 20, ret_bytes, ret_length), 0);
	close(fd);
}

static inline void fixture_write_file(const struct fixture *fixture, const char *name,
				      const void *bytes, size_t length)
{
	int fd = openat(fixture->dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, bytes, length), 0);
	close(fd);
}

/* The length of the lines, without the zeros after them. */
static inline size_t fixture_used(const char *bytes, size_t length)
{
	while (length > 0 && bytes[length - 1] == '\0')
		length--;
	return length;
}

#endif
