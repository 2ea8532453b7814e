#include "dayfiles.h"

#include "cleanup.h"
#include "collected.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define TAIL_MAX ((off_t)1 << 20) /* more than rsyslog takes of a record */
#define LOCK_MS	 10000u
#define TRIES	 3

struct dayfile {
	char name[DAYFILES_NAME];
	int fd;
};

static bool is_day(const char *text, size_t length)
{
	static const char shape[] = "0000-00-00 ";

	if (length < sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
			return false;
	return true;
}

void dayfiles_split(const char *text, size_t length, const char today[static DAYFILES_DAY],
		    struct dayfiles_record *ret_record)
{
	const char *host = text + DAYFILES_DAY, *end = NULL;
	size_t size = 0;

	*ret_record = (struct dayfiles_record){.name = DAYFILES_UNKNOWN};
	if (is_day(text, length))
		end = memchr(host, ' ', length - DAYFILES_DAY);
	if (!end) {
		memcpy(ret_record->day, today, DAYFILES_DAY);
		ret_record->line = text;
		ret_record->length = length;
		return;
	}
	size = (size_t)(end - host);
	if (size > 0 && size <= DAYFILES_NAME - sizeof(".log") && !memchr(host, '/', size) &&
	    !memchr(host, '\0', size))
		snprintf(ret_record->name, sizeof(ret_record->name), "%.*s.log", (int)size, host);
	memcpy(ret_record->day, text, DAYFILES_DAY - 1);
	ret_record->line = end + 1;
	ret_record->length = length - (size_t)(end + 1 - text);
}

static int compare(const void *left, const void *right)
{
	return strcmp(((const struct dayfile *)left)->name, ((const struct dayfile *)right)->name);
}

static void free_file(void *pointer)
{
	struct dayfile *file = pointer;

	close(file->fd);
	free(file);
}

void dayfiles_close(struct dayfiles *files)
{
	tdestroy(files->files, free_file);
	files->files = NULL;
	files->count = 0;
	files->day[0] = '\0';
}

static int sync_folder(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* The day's folder is there, and would be after a power cut. */
static int begin_day(struct dayfiles *files, const char *day)
{
	char path[PATH_MAX];
	int r;

	dayfiles_close(files);
	if (snprintf(path, sizeof(path), "%s/%s", files->folder, day) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (mkdir(files->folder, 0750) < 0 && errno != EEXIST)
		return -errno;
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return -errno;
	r = sync_folder(files->folder);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/..", files->folder);
	r = sync_folder(path);
	if (r == 0)
		memcpy(files->day, day, DAYFILES_DAY);
	return r;
}

static int open_file(const char *folder, const char *path, int *ret_fd)
{
	_cleanup_close_ int fd = open(
		path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
		0640);
	struct stat status;
	int r;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	r = sync_folder(folder);
	if (r == 0)
		*ret_fd = steal_fd(&fd);
	return r;
}

static void forget(struct dayfiles *files, struct dayfile *file)
{
	tdelete(file, &files->files, compare);
	files->count--;
	free_file(file);
}

static int find_file(struct dayfiles *files, const char *name, const char *path,
		     struct dayfile **ret_file)
{
	struct dayfile key = {}, *file;
	char folder[PATH_MAX];
	void *node;
	int r;

	snprintf(key.name, sizeof(key.name), "%s", name);
	node = tfind(&key, &files->files, compare);
	if (node) {
		*ret_file = *(struct dayfile **)node;
		return 0;
	}
	if (files->count >= files->max) {
		tdestroy(files->files, free_file);
		files->files = NULL;
		files->count = 0;
	}
	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	r = open_file(folder, path, &key.fd);
	if (r < 0)
		return r;
	file = malloc(sizeof(*file));
	if (file)
		*file = key;
	if (!file || !tsearch(file, &files->files, compare)) {
		close(key.fd);
		free(file);
		return -ENOMEM;
	}
	files->count++;
	*ret_file = file;
	return 0;
}

/* One of ours that a killed rsyslog left behind may still be writing, or that of another input. */
static int lock(int fd)
{
	static const struct timespec pause = {.tv_nsec = 1000000};

	for (unsigned int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i >= LOCK_MS)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* A line without an end, as a crash leaves it: what is no whole record was acknowledged to nobody
 * and is taken off; anything else is ended. */
static int mend_end(int fd, off_t size)
{
	_cleanup_free_ char *tail = NULL;
	struct collected collected;
	const char *begin;
	ssize_t length;
	char last;

	length = size == 0 ? 0 : file_read_at(fd, &last, 1, size - 1);
	if (length <= 0 || last == '\n')
		return (int)length < 0 ? (int)length : 0;
	length = size < TAIL_MAX ? size : TAIL_MAX;
	tail = malloc((size_t)length);
	if (!tail)
		return -ENOMEM;
	length = file_read_at(fd, tail, (size_t)length, size - length);
	if (length < 0)
		return (int)length;
	begin = memrchr(tail, '\n', (size_t)length);
	if (!begin && length < size)
		return file_write_all(fd, "\n", 1);
	begin = begin ? begin + 1 : tail;
	length -= begin - tail;
	if (collected_parse(begin, (size_t)length, &collected) == 0)
		return file_write_all(fd, "\n", 1);
	return ftruncate(fd, size - length) < 0 ? -errno : 0;
}

/* -ESTALE: the file is not there any more by its name, and what is in it is in nobody's. */
static int append(int fd, const char *path, const char *line, size_t length)
{
	struct stat before = {}, now;
	int r;

	r = lock(fd);
	if (r == 0 && fstat(fd, &before) < 0)
		r = -errno;
	if (r == 0)
		r = mend_end(fd, before.st_size);
	if (r == 0 && fstat(fd, &before) < 0)
		r = -errno;
	if (r < 0)
		return r;
	r = file_write_all(fd, line, length);
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	if (r < 0) {
		/* Where that fails too whoever writes next sees to the end. */
		(void)!ftruncate(fd, before.st_size);
		return r;
	}
	if (lstat(path, &now) < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ESTALE : -errno;
	if (now.st_dev != before.st_dev || now.st_ino != before.st_ino)
		return -ESTALE;
	flock(fd, LOCK_UN);
	return 0;
}

static int store(struct dayfiles *files, const struct dayfiles_record *record, const char *name)
{
	char path[PATH_MAX];
	struct dayfile *file;
	int r;

	if (strcmp(files->day, record->day) != 0) {
		r = begin_day(files, record->day);
		if (r < 0)
			return r;
	}
	if (snprintf(path, sizeof(path), "%s/%s/%s", files->folder, record->day, name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	r = find_file(files, name, path, &file);
	if (r < 0)
		return r;
	r = append(file->fd, path, record->line, record->length);
	/* What a failed flush has left of the record in memory counts as written from then on: the
	 * next try writes it anew, through a descriptor of its own. */
	if (r < 0)
		forget(files, file);
	return r;
}

/* Of this name alone: another one may go. */
static bool is_of_name(int code)
{
	static const int codes[] = {-ENAMETOOLONG, -EILSEQ, -EINVAL, -ELOOP,
				    -EISDIR,	   -ENXIO,  -EACCES, -EPERM};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (code == codes[i])
			return true;
	return false;
}

int dayfiles_store(struct dayfiles *files, const struct dayfiles_record *record)
{
	const char *name = record->name;
	int r = 0;

	for (unsigned int i = 0; i < TRIES; i++) {
		r = store(files, record, name);
		/* Whoever deletes a day, or moves it away, does so while rsyslog runs. */
		if (r == -ESTALE || r == -ENOENT)
			dayfiles_close(files);
		else if (is_of_name(r) && name == record->name)
			name = DAYFILES_UNKNOWN;
		else
			break;
	}
	if (r < 0)
		return r;
	return strcmp(name, record->name) != 0 || strcmp(name, DAYFILES_UNKNOWN) == 0;
}
