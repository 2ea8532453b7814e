/* A copy's name is NUMBER.DIGEST: the digest of the roster that the import then wrote. Where it is
 * not the one that is there, the roster was changed since. */
#include "rosterkept.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGITS	  10
#define NAME_SIZE (DIGITS + 1 + ROSTERKEPT_HASH)
#define FLAGS	  (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)

struct copies {
	char names[ROSTERKEPT_MAX + 2][NAME_SIZE]; /* the latest first */
	size_t count;
	uint64_t last; /* number */
};

void rosterkept_release(struct rosterkept *kept)
{
	free(kept->text);
	*kept = (struct rosterkept){};
}

void rosterkept_digest(const char *text, size_t length, char hash[static ROSTERKEPT_HASH])
{
	uint8_t bytes[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)text, length, bytes);
	hex_format(bytes, sizeof(bytes), hash);
}

/* No file is an empty roster. */
static int read_roster(const char *path, char **ret_text, size_t *ret_length)
{
	_cleanup_close_ int fd = -1;
	int r = file_open_trusted(AT_FDCWD, path, 0, &fd);

	if (r == 0)
		return file_read_all(fd, ROSTERFILE_MAX, ret_text, ret_length);
	if (r != -ENOENT)
		return r;
	*ret_text = strdup(ROSTER_HEADER);
	*ret_length = strlen(ROSTER_HEADER);
	return *ret_text ? 0 : -ENOMEM;
}

/* What others could write into it would open doors. */
static int open_folder(const char *path, bool make, int *ret_dirfd)
{
	char folder[ROSTERKEPT_PATH];
	_cleanup_close_ int fd = -1;
	struct stat status;

	if ((size_t)snprintf(folder, sizeof(folder), "%s.before", path) >= sizeof(folder))
		return -ENAMETOOLONG;
	if (make && mkdir(folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(folder, FLAGS);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (status.st_uid != 0 || (status.st_mode & 022))
		return -EPERM;
	*ret_dirfd = steal_fd(&fd);
	return 0;
}

static bool is_copy(const char *name, uint64_t *ret_number)
{
	if (strlen(name) != NAME_SIZE - 1 || name[DIGITS] != '.' ||
	    strspn(name + DIGITS + 1, "0123456789abcdef") != ROSTERKEPT_HASH - 1)
		return false;
	*ret_number = 0;
	for (size_t i = 0; i < DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		*ret_number = *ret_number * 10 + (uint64_t)(name[i] - '0');
	}
	return true;
}

/* What is more than can be kept is taken away, below @dirfd (-1: only left out). */
static void insert(int dirfd, struct copies *copies, const char *name)
{
	size_t at = copies->count;

	while (at > 0 && strcmp(copies->names[at - 1], name) < 0)
		at--;
	memmove(copies->names[at + 1], copies->names[at], (copies->count - at) * NAME_SIZE);
	memcpy(copies->names[at], name, NAME_SIZE);
	if (copies->count < ROSTERKEPT_MAX)
		copies->count++;
	else
		(void)unlinkat(dirfd, copies->names[ROSTERKEPT_MAX], 0);
}

static int list(int dirfd, struct copies *copies)
{
	int fd = openat(dirfd, ".", FLAGS);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint64_t number;

	*copies = (struct copies){};
	if (!stream) {
		int r = -errno;

		if (fd >= 0)
			close(fd);
		return r;
	}
	while ((entry = readdir(stream))) {
		if (!is_copy(entry->d_name, &number))
			continue;
		copies->last = number > copies->last ? number : copies->last;
		insert(-1, copies, entry->d_name);
	}
	closedir(stream);
	return 0;
}

int rosterkept_add(const char *path, const struct rosterfile *new)
{
	_cleanup_free_ char *before = NULL, *after = NULL;
	_cleanup_close_ int dirfd = -1;
	char old_hash[ROSTERKEPT_HASH], new_hash[ROSTERKEPT_HASH], name[NAME_SIZE];
	size_t before_length = 0, after_length = 0;
	struct copies copies = {};
	int r = read_roster(path, &before, &before_length);

	if (r == 0)
		r = rosterfile_format(new, &after, &after_length);
	if (r < 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): _cleanup_free_ releases both */
		return r;
	rosterkept_digest(before, before_length, old_hash);
	rosterkept_digest(after, after_length, new_hash);
	if (strcmp(old_hash, new_hash) == 0)
		return 0;
	r = open_folder(path, true, &dirfd);
	if (r == 0)
		r = list(dirfd, &copies);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%010" PRIu64 ".%s", copies.last % 9999999999 + 1, new_hash);
	r = file_write_atomic(dirfd, name, before, before_length, 0600);
	if (r == 0)
		insert(dirfd, &copies, name);
	return r;
}

static int read_copy(int dirfd, const char *name, struct rosterkept *kept)
{
	_cleanup_close_ int fd = -1;
	struct stat status = {};
	int r = file_open_trusted(dirfd, name, 0, &fd);

	if (r == 0 && fstat(fd, &status) < 0)
		r = -errno;
	if (r < 0)
		return r;
	kept->since = status.st_mtime;
	return file_read_all(fd, ROSTERFILE_MAX, &kept->text, &kept->length);
}

static int look_at(int dirfd, const char *path, const char *name, struct rosterkept *kept)
{
	char hash[ROSTERKEPT_HASH];
	int r;

	snprintf(kept->path, sizeof(kept->path), "%s.before/%s", path, name);
	free(kept->text);
	kept->text = NULL;
	(void)is_copy(name, &kept->number);
	r = read_copy(dirfd, name, kept);
	if (r < 0)
		return r;
	rosterkept_digest(kept->text, kept->length, hash);
	if (strcmp(hash, kept->found) == 0)
		return -EALREADY;
	return strcmp(name + DIGITS + 1, kept->found) == 0 ? 0 : -ESTALE;
}

/* The roster is as the copy @at has it: that import was undone, or nothing came of it. The one
 * before can be undone as well, by its number. */
static int look_behind(int dirfd, const char *path, const struct copies *copies, size_t at,
		       uint64_t number, struct rosterkept *kept)
{
	struct rosterkept next = {};
	int r = -EALREADY;

	memcpy(next.found, kept->found, sizeof(next.found));
	while (r == -EALREADY && ++at < copies->count)
		r = look_at(dirfd, path, copies->names[at], &next);
	if (r == 0 && next.number == number) {
		rosterkept_release(kept);
		*kept = next;
		return 0;
	}
	if (r == 0) {
		kept->next = next.number;
		kept->next_since = next.since;
	}
	rosterkept_release(&next);
	return r == 0 || r == -ESTALE ? -EALREADY : r;
}

static int find(int dirfd, const char *path, const struct copies *copies, uint64_t number,
		struct rosterkept *kept)
{
	int r = -ENOENT;

	/* An undoing that was cut off leaves copies before the one that it put back. */
	for (size_t i = 0; i < copies->count; i++) {
		r = look_at(dirfd, path, copies->names[i], kept);
		if (r == -EALREADY)
			return look_behind(dirfd, path, copies, i, number, kept);
		if (r == 0 && i == 0)
			return number && number != kept->number ? -EINVAL : 0;
		if (r < 0 && r != -ESTALE)
			return r;
	}
	/* The latest is told. */
	return copies->count == 0 ? -ENOENT : look_at(dirfd, path, copies->names[0], kept);
}

int rosterkept_find(const char *path, uint64_t number, struct rosterkept *ret_kept)
{
	_cleanup_free_ char *now = NULL;
	_cleanup_close_ int dirfd = -1;
	struct copies copies = {};
	size_t length = 0;
	int r = read_roster(path, &now, &length);

	if (r == 0)
		r = open_folder(path, false, &dirfd);
	if (r == 0)
		r = list(dirfd, &copies);
	if (r == 0)
		rosterkept_digest(now, length, ret_kept->found);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): _cleanup_free_ releases it */
	return r < 0 ? r : find(dirfd, path, &copies, number, ret_kept);
}

/* The copy becomes @text, and the import before it one that made that of the roster: so both can
 * still be told. Its time stays. */
static int replace(int dirfd, const struct rosterkept *kept, const char *name, const char *text,
		   size_t length)
{
	const struct timespec times[] = {{.tv_sec = kept->since}, {.tv_sec = kept->since}};
	char old_hash[ROSTERKEPT_HASH], hash[ROSTERKEPT_HASH], renamed[NAME_SIZE];
	struct copies copies = {};
	int r = list(dirfd, &copies);

	rosterkept_digest(kept->text, kept->length, old_hash);
	rosterkept_digest(text, length, hash);
	for (size_t i = 0; r == 0 && i < copies.count; i++) {
		if (strcmp(copies.names[i], name) >= 0 ||
		    strcmp(copies.names[i] + DIGITS + 1, old_hash) != 0)
			continue;
		snprintf(renamed, sizeof(renamed), "%.*s.%s", DIGITS, copies.names[i], hash);
		if (renameat(dirfd, copies.names[i], dirfd, renamed) < 0)
			r = -errno;
	}
	/* Which syncs the folder, too. */
	if (r == 0)
		r = file_write_atomic(dirfd, name, text, length, 0600);
	if (r == 0)
		(void)utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW);
	return r;
}

/* The copies of later imports, of which nothing came. Where one stays, rosterkept_find() passes it
 * over. */
static void drop(int dirfd, const char *name)
{
	struct copies copies = {};

	if (list(dirfd, &copies) < 0)
		return;
	for (size_t i = 0; i < copies.count && strcmp(copies.names[i], name) > 0; i++)
		(void)unlinkat(dirfd, copies.names[i], 0);
}

int rosterkept_restore(const char *path, const struct rosterkept *kept, const char *text,
		       size_t length)
{
	const char *name = strrchr(kept->path, '/') + 1;
	_cleanup_close_ int dirfd = -1;
	int r = open_folder(path, false, &dirfd);

	if (r == 0 && (length != kept->length || memcmp(text, kept->text, length) != 0))
		r = replace(dirfd, kept, name, text, length);
	if (r == 0)
		r = rosterfile_write(path, text, length);
	if (r == 0)
		drop(dirfd, name);
	return r;
}
