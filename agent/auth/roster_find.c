#include "roster.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes read at first: most lines fit, and a look-up stays below 64 KiB in a file of any size. */
#define PROBE 1024

/* A file of so many bytes is read at once, as a look-up in it would take as many small reads. */
#define WHOLE 16384

struct source {
	int fd;
	bool whole;
	size_t length; /* of @text */
	char text[WHOLE];
};

static ssize_t read_at(const struct source *source, char *bytes, size_t length, off_t place)
{
	if (!source->whole)
		return file_read_at(source->fd, bytes, length, place);
	if (place < 0)
		return -EINVAL;
	if ((size_t)place >= source->length)
		return 0;
	if (length > source->length - (size_t)place)
		length = source->length - (size_t)place;
	memcpy(bytes, source->text + place, length);
	return (ssize_t)length;
}

/* A line of the file: its place and its bytes without the newline. */
struct line {
	off_t start;
	off_t next; /* where the following line starts */
	size_t length;
	char text[ROSTER_LINE_MAX];
};

/* The line that starts at @place. -ENODATA at the end of the file. */
static int read_line(const struct source *source, off_t place, struct line *line)
{
	const char *end = NULL;

	for (size_t size = PROBE; !end; size = sizeof(line->text)) {
		ssize_t count = read_at(source, line->text, size, place);

		if (count < 0)
			return (int)count;
		if (count == 0)
			return -ENODATA;
		end = memchr(line->text, '\n', (size_t)count);
		if (!end && size == sizeof(line->text))
			return -EINVAL; /* too long, or the file's last line lacks its newline */
	}
	line->start = place;
	line->length = (size_t)(end - line->text);
	line->next = place + (off_t)line->length + 1;
	return 0;
}

/* The first line that starts at or after @place, which must not be before the first line. */
static int seek_line(const struct source *source, off_t place, struct line *line)
{
	int r;

	/* From the byte before: if that is a newline, the line starts exactly at @place. */
	r = read_line(source, place - 1, line);
	if (r < 0)
		return r;
	return read_line(source, line->next, line);
}

/* Orders a line against a user: by bytes of the name, the shorter first. */
static int compare(const struct line *line, const char *user)
{
	const char *space = memchr(line->text, ' ', line->length);
	size_t name = space ? (size_t)(space - line->text) : line->length;
	size_t wanted = strlen(user);
	int order = memcmp(line->text, user, name < wanted ? name : wanted);

	if (order != 0)
		return order;
	return (name > wanted) - (name < wanted);
}

/* The place of the first line that is not before @user, or the file's end. */
static int first_of(const struct source *source, off_t low, off_t high, const char *user,
		    off_t *ret_place)
{
	struct line line;
	int r;

	/* Lines before @low are before the user; the line at @high, if any, is not. */
	while (low < high) {
		off_t middle = low + (high - low) / 2;

		r = seek_line(source, middle, &line);
		if (r == -ENODATA || (r == 0 && line.start >= high)) {
			/* No line starts in the upper half. */
			high = middle;
			continue;
		}
		if (r < 0)
			return r;
		if (compare(&line, user) < 0)
			low = line.next;
		else
			high = middle;
	}
	*ret_place = low;
	return 0;
}

static int open_file(int fd, struct source *source, off_t *ret_first, off_t *ret_end,
		     const char **ret_wrong)
{
	char header[sizeof(ROSTER_HEADER)];
	struct stat status;
	ssize_t length;

	source->fd = fd;
	source->whole = false;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size <= WHOLE) {
		length = file_read_at(fd, source->text, WHOLE, 0);
		if (length < 0)
			return (int)length;
		source->length = (size_t)length;
		source->whole = length == status.st_size;
	}
	length = read_at(source, header, sizeof(ROSTER_HEADER) - 1, 0);
	if (length < 0)
		return (int)length;
	*ret_wrong = "the first line must be \"# sekisho-roster 1\"";
	if (length != sizeof(ROSTER_HEADER) - 1 ||
	    memcmp(header, ROSTER_HEADER, (size_t)length) != 0)
		return -EINVAL;
	*ret_first = (off_t)length;
	*ret_end = status.st_size;
	return 0;
}

int roster_find(int fd, const char *user, struct roster_person *ret_person, const char **ret_wrong)
{
	struct source source;
	struct line line;
	off_t place = 0, end = 0;
	int r;

	ret_person->n_periods = 0;
	ret_person->n_entries = 0;
	*ret_wrong = NULL;
	r = open_file(fd, &source, &place, &end, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "a line is too long or lacks its newline";
	r = first_of(&source, place, end, user, &place);
	if (r < 0)
		return r;
	for (;; place = line.next) {
		r = read_line(&source, place, &line);
		if (r == -ENODATA || (r == 0 && compare(&line, user) != 0))
			break;
		if (r == 0)
			r = roster_person_read(ret_person, line.text, line.length, ret_wrong);
		if (r < 0)
			return r;
	}
	*ret_wrong = NULL;
	return 0;
}
