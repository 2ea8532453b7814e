#include "journal_segment.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGITS 16

static void cleanup_dir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

void journal_segment_name(const struct journal_segment *segment,
			  char name[static JOURNAL_NAME_SIZE])
{
	if (segment->generation == 0)
		snprintf(name, JOURNAL_NAME_SIZE, "%016" PRIu64 ".seg", segment->first);
	else
		snprintf(name, JOURNAL_NAME_SIZE, "%016" PRIu64 "-%u.seg", segment->first,
			 segment->generation);
}

int journal_segment_parse(const char *name, struct journal_segment *ret_segment)
{
	struct journal_segment segment = {};
	char part[JOURNAL_NAME_SIZE], again[JOURNAL_NAME_SIZE];
	size_t length = strlen(name);
	uint64_t generation;

	if (length < DIGITS + 4 || length >= sizeof(part) || strcmp(name + length - 4, ".seg") != 0)
		return -EINVAL;
	memcpy(part, name, DIGITS);
	part[DIGITS] = '\0';
	if (number_parse(part, 1, JOURNAL_FIRST_MAX, &segment.first) < 0)
		return -EINVAL;
	if (length > DIGITS + 4) {
		memcpy(part, name + DIGITS + 1, length - DIGITS - 5);
		part[length - DIGITS - 5] = '\0';
		if (number_parse(part, 1, JOURNAL_GENERATION_MAX, &generation) < 0)
			return -EINVAL;
		segment.generation = (unsigned int)generation;
	}
	/* One way only to write a name. */
	journal_segment_name(&segment, again);
	if (strcmp(name, again) != 0)
		return -EINVAL;
	*ret_segment = segment;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct journal_segment *a = left;
	const struct journal_segment *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->generation > b->generation) - (a->generation < b->generation);
}

static bool is_companion(const char *name)
{
	return strcmp(name, JOURNAL_RESERVE_NAME) == 0 || strcmp(name, JOURNAL_NEW_NAME) == 0 ||
	       strstr(name, ".seg.torn") != NULL;
}

int journal_segment_list(int dirfd, struct journal_segment **ret_segments, size_t *ret_count,
			 unsigned int *ret_foreign)
{
	_cleanup_(cleanup_dir) DIR *directory = NULL;
	_cleanup_free_ struct journal_segment *segments = NULL;
	_cleanup_close_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t count = 0, size = 0;
	unsigned int foreign = 0;

	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory)
		return -errno;
	steal_fd(&fd); /* the directory stream owns it now */
	for (;;) {
		struct journal_segment segment;
		const struct dirent *entry;

		errno = 0;
		entry = readdir(directory);
		if (!entry && errno)
			return -errno;
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (journal_segment_parse(entry->d_name, &segment) < 0) {
			foreign += !is_companion(entry->d_name);
			continue;
		}
		if (count == JOURNAL_SEGMENTS_MAX)
			return -EFBIG;
		if (count == size) {
			struct journal_segment *grown;

			size = size ? size * 2 : 64;
			grown = reallocarray(segments, size, sizeof(*segments));
			if (!grown)
				return -ENOMEM;
			segments = grown;
		}
		segments[count++] = segment;
	}
	if (count > 0)
		qsort(segments, count, sizeof(*segments), compare);
	*ret_segments = steal_pointer(segments);
	*ret_count = count;
	if (ret_foreign)
		*ret_foreign = foreign;
	return 0;
}

int journal_segment_open(int dirfd, const struct journal_segment *segment, bool writable,
			 int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	char name[JOURNAL_NAME_SIZE];
	struct stat status;

	journal_segment_name(segment, name);
	/* O_NONBLOCK: a FIFO in the file's place must not hold us up before fstat sees it. */
	fd = openat(dirfd, name,
		    (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
			    O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int journal_segment_header(int dirfd, const struct journal_segment *segment,
			   struct journal_header *ret_header)
{
	_cleanup_close_ int fd = -1;
	char line[JOURNAL_LINE_MAX];
	const char *end;
	ssize_t length;
	int r;

	r = journal_segment_open(dirfd, segment, false, &fd);
	if (r < 0)
		return r;
	length = file_read_at(fd, line, sizeof(line), 0);
	if (length < 0)
		return (int)length;
	end = memchr(line, '\n', (size_t)length);
	if (!end)
		return -EBADMSG;
	return journal_parse_header(line, (size_t)(end - line), ret_header);
}
