#include "otpfile.h"

#include "cleanup.h"
#include "file.h"
#include "rosterfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 512

/* The file's bytes: wiped when they go. */
struct bytes {
	char *text;
	size_t length;
};

static void bytes_wipe(struct bytes *bytes)
{
	if (bytes->text)
		explicit_bzero(bytes->text, bytes->length);
	free(bytes->text);
}

static int path_of(const char *directory, char path[static PATH_SIZE])
{
	int length = snprintf(path, PATH_SIZE, "%s/" OTPFILE_NAME, directory);

	return length < 0 || length >= PATH_SIZE ? -ENAMETOOLONG : 0;
}

/* In one piece of memory, for what grows leaves copies behind. */
static int read_whole(int fd, struct bytes *bytes)
{
	struct stat status;
	ssize_t count;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size > OTPFILE_MAX)
		return -EFBIG;
	bytes->text = malloc((size_t)status.st_size + 1);
	if (!bytes->text)
		return -ENOMEM;
	bytes->length = (size_t)status.st_size;
	count = file_read_at(fd, bytes->text, bytes->length, 0);
	if (count < 0)
		return (int)count;
	/* It is replaced, never written to: who else writes is none of ours. */
	return (size_t)count == bytes->length ? 0 : -EBUSY;
}

static int open_own(const char *path, struct config_error *error, int *ret_fd)
{
	struct stat status;
	int r;

	r = file_open_trusted(AT_FDCWD, path, geteuid(), ret_fd);
	if (r == 0 && fstat(*ret_fd, &status) == 0 && status.st_uid == geteuid() &&
	    (status.st_mode & 077) == 0)
		return 0;
	if (r == 0 || r == -EPERM)
		return config_fail(error, -EPERM, path, 0,
				   "must be sekisho-auth's and readable by nobody else: "
				   "chown sekisho-auth: and chmod 600 it, and give its people new "
				   "seeds if others could read it");
	return r;
}

/* The lines of @user, or of everybody (NULL), which then must be in order; at most @max. */
static int parse(const struct bytes *bytes, const char *path, const char *user,
		 struct otp_entry *entries, size_t max, size_t *ret_count,
		 struct config_error *error)
{
	const char *end = bytes->text + bytes->length;
	const size_t header = sizeof(OTPFILE_HEADER) - 1;
	const size_t wanted = user ? strlen(user) : 0;
	unsigned int line = 1;
	size_t count = 0;

	if (bytes->length < header || memcmp(bytes->text, OTPFILE_HEADER, header) != 0)
		return config_fail(error, -EINVAL, path, 1,
				   "the first line must be \"# sekisho-otp 1\"");
	for (const char *at = bytes->text + header; at < end; at++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *wrong = "the person has two lines";
		int r;

		line++;
		if (!newline)
			return config_fail(error, -EINVAL, path, line, "the line has no newline");
		if (!user || ((size_t)(newline - at) > wanted && memcmp(at, user, wanted) == 0 &&
			      at[wanted] == ' ')) {
			r = count == max ? -EINVAL
					 : otpfile_parse_line(at, (size_t)(newline - at),
							      &entries[count], &wrong);
			if (r < 0)
				return config_fail(error, r, path, line, "%s", config_words(wrong));
			if (count > 0 && strcmp(entries[count - 1].user, entries[count].user) >= 0)
				return config_fail(error, -EINVAL, path, line,
						   "one line a person, sorted by the bytes of the "
						   "user's name");
			/* A name with blanks in it may be the beginning of somebody else's line. */
			count += !user || strcmp(entries[count].user, user) == 0;
		}
		at = newline;
	}
	*ret_count = count;
	return 0;
}

static int make_room(struct otpfile *file, size_t room)
{
	file->entries = calloc(room, sizeof(*file->entries));
	file->room = room;
	return file->entries ? 0 : -ENOMEM;
}

static int load(const char *directory, const char *user, struct otpfile *file,
		struct config_error *error)
{
	_cleanup_(bytes_wipe) struct bytes bytes = {};
	_cleanup_close_ int fd = -1;
	char path[PATH_SIZE];
	size_t lines = 1;
	int r;

	error->text[0] = '\0';
	r = path_of(directory, path);
	if (r == 0)
		r = open_own(path, error, &fd);
	/* For who changes it, a file that is not there yet is an empty one. */
	if (r == -ENOENT && !user)
		return make_room(file, 1);
	if (r == -ENOENT || r == -EPERM)
		return r;
	if (r == 0)
		r = read_whole(fd, &bytes);
	if (r < 0)
		return config_fail(error, r, path, 0, "%s", strerror(-r));
	for (size_t i = 0; !user && i < bytes.length; i++)
		lines += bytes.text[i] == '\n';
	r = make_room(file, lines);
	if (r < 0)
		return config_fail(error, r, path, 0, "%s", strerror(-r));
	return parse(&bytes, path, user, file->entries, file->room, &file->count, error);
}

int otpfile_find(const char *directory, const char *user, struct otp_entry *ret_entry,
		 struct config_error *ret_error)
{
	_cleanup_otpfile_ struct otpfile file = {};
	int r;

	r = load(directory, user, &file, ret_error);
	if (r < 0)
		return r;
	if (file.count == 0)
		return -ENOENT;
	*ret_entry = file.entries[0];
	return 0;
}

int otpfile_load(const char *directory, struct otpfile *ret_file, struct config_error *ret_error)
{
	_cleanup_otpfile_ struct otpfile file = {};
	int r;

	r = load(directory, NULL, &file, ret_error);
	if (r < 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): _cleanup_otpfile_ releases it */
		return r;
	*ret_file = file;
	file = (struct otpfile){};
	return 0;
}

void otpfile_release(struct otpfile *file)
{
	if (file->entries)
		explicit_bzero(file->entries, file->room * sizeof(*file->entries));
	free(file->entries);
	*file = (struct otpfile){};
}

/* What goes in must come out the same: a name from the command line is anybody's bytes. */
static int check(const struct otp_entry *entry)
{
	_cleanup_otp_entry_ struct otp_entry back = {};
	char line[OTPFILE_LINE];
	const char *wrong;
	int r;

	r = otpfile_format_line(entry, line);
	if (r == 0)
		r = otpfile_parse_line(line, strlen(line) - 1, &back, &wrong);
	explicit_bzero(line, sizeof(line));
	if (r < 0)
		return r;
	return strcmp(back.user, entry->user) == 0 && back.otp.kind == entry->otp.kind ? 0
										       : -EINVAL;
}

int otpfile_reserve(struct otpfile *file, size_t more)
{
	struct otp_entry *larger = calloc(file->count + more, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	if (file->count > 0)
		memcpy(larger, file->entries, file->count * sizeof(*larger));
	/* Not realloc(3), which leaves the seeds behind. */
	explicit_bzero(file->entries, file->room * sizeof(*file->entries));
	free(file->entries);
	file->entries = larger;
	file->room = file->count + more;
	return 0;
}

int otpfile_add(struct otpfile *file, const struct otp_entry *entry)
{
	size_t at = 0;
	int r;

	r = check(entry);
	if (r < 0)
		return r;
	while (at < file->count && strcmp(file->entries[at].user, entry->user) < 0)
		at++;
	if (at < file->count && strcmp(file->entries[at].user, entry->user) == 0)
		return -EEXIST;
	if (file->count == file->room)
		return -ENOBUFS;
	memmove(file->entries + at + 1, file->entries + at,
		(file->count - at) * sizeof(*file->entries));
	file->entries[at] = *entry;
	file->count++;
	return 0;
}

int otpfile_remove(struct otpfile *file, const char *user)
{
	for (size_t i = 0; i < file->count; i++) {
		if (strcmp(file->entries[i].user, user) != 0)
			continue;
		memmove(file->entries + i, file->entries + i + 1,
			(file->count - i - 1) * sizeof(*file->entries));
		otp_entry_wipe(&file->entries[--file->count]);
		return 0;
	}
	return -ENOENT;
}

int otpfile_save(const char *directory, const struct otpfile *file)
{
	_cleanup_(bytes_wipe) struct bytes bytes = {};
	_cleanup_close_ int dirfd = -1;
	size_t used = sizeof(OTPFILE_HEADER) - 1;
	int r;

	bytes.length = used + file->count * OTPFILE_LINE;
	bytes.text = calloc(1, bytes.length);
	if (!bytes.text)
		return -ENOMEM;
	memcpy(bytes.text, OTPFILE_HEADER, used);
	for (size_t i = 0; i < file->count; i++) {
		r = otpfile_format_line(&file->entries[i], bytes.text + used);
		if (r < 0)
			return r;
		used += strlen(bytes.text + used);
	}
	if (used > OTPFILE_MAX)
		return -EFBIG;
	dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dirfd < 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): bytes_wipe() releases it */
		return -errno;
	return file_write_atomic(dirfd, OTPFILE_NAME, bytes.text, used, 0600);
}

int otpfile_lock(const char *directory, int *ret_fd)
{
	char path[PATH_SIZE];
	int r = path_of(directory, path);

	return r < 0 ? r : rosterfile_lock(path, ret_fd);
}
