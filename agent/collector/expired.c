#include "expired.h"

#include "cleanup.h"
#include "escape.h"
#include "marks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int expired_lock(const char *folder, bool exclusive, int *ret_fd)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	do
		r = flock(fd, exclusive ? LOCK_EX | LOCK_NB : LOCK_SH);
	while (r < 0 && errno == EINTR);
	/* Who only reads may do so where a file system has no locks. */
	if (r < 0 && exclusive) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int64_t written(const struct stat *status)
{
	return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

bool expired_is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       one->st_size == other->st_size && written(one) == written(other);
}

/* -EXDEV: it is about another folder. */
static int open_file(const char *directory, const char *folder, uid_t owner, json_t **ret_root)
{
	_cleanup_free_ char *real = realpath(folder, NULL);
	char path[PATH_MAX];
	const char *about;
	int r;

	*ret_root = NULL;
	/* Whoever reads the folder tells that it can't be. */
	if (!real)
		return -ENOENT;
	if (snprintf(path, sizeof(path), "%s/" EXPIRED_FILE, directory) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = marks_open(path, owner, EXPIRED_FILE_MAX, ret_root);
	if (r < 0)
		return r;
	about = json_string_value(json_object_get(*ret_root, "folder"));
	if (!about)
		return -EBADMSG;
	return strcmp(about, real) == 0 ? 0 : -EXDEV;
}

int expired_load(const char *directory, const char *folder, uid_t owner, struct audit *audit,
		 uint64_t *ret_count)
{
	json_t *root;
	int r = open_file(directory, folder, owner, &root);

	*ret_count = 0;
	if (r == 0)
		r = marks_read(root, audit_begin_expired, audit, ret_count);
	json_decref(root);
	return r == -ENOENT ? 0 : r;
}

int expired_load_file(const char *path, uid_t owner, struct audit *audit, uint64_t *ret_count)
{
	json_t *root;
	int r = marks_open(path, owner, EXPIRED_FILE_MAX, &root);

	*ret_count = 0;
	if (r == 0)
		r = marks_read(root, audit_begin_expired, audit, ret_count);
	json_decref(root);
	return r;
}

int expired_load_going(const char *directory, const char *folder, json_t **ret_going)
{
	json_t *root;
	int r = open_file(directory, folder, 0, &root);

	*ret_going = r == 0 ? json_incref(json_object_get(root, "going")) : NULL;
	json_decref(root);
	return r == -ENOENT ? 0 : r;
}

static json_t *pack_status(const struct stat *status)
{
	return json_pack("{s:I, s:I, s:I}", "inode", (json_int_t)status->st_ino, "size",
			 (json_int_t)status->st_size, "written", (json_int_t)written(status));
}

bool expired_is_going(const json_t *going, const char *file, const struct stat *status)
{
	char name[PATH_MAX];
	json_t *object, *wanted;
	bool found;

	escape_text(file, strlen(file), name, sizeof(name));
	object = json_object_get(going, name);
	wanted = object ? pack_status(status) : NULL;
	found = object && json_equal(object, wanted);
	json_decref(wanted);
	return found;
}

/* While it is there as it was. */
static int add_file(json_t *going, const char *folder, const char *name, json_t *object)
{
	char file[PATH_MAX], path[PATH_MAX];
	struct stat status;
	json_t *now;
	int r = 0;

	snprintf(file, sizeof(file), "%s", name);
	escape_undo(file);
	if (snprintf(path, sizeof(path), "%s/%s", folder, file) >= (int)sizeof(path) ||
	    lstat(path, &status) < 0)
		return 0;
	now = pack_status(&status);
	if (!now)
		return -ENOMEM;
	if (json_equal(now, object))
		r = json_object_set(going, name, object) < 0 ? -ENOMEM : 0;
	json_decref(now);
	return r;
}

static int add_files(json_t *going, const char *folder, const struct expiry *expiry)
{
	char name[PATH_MAX];
	const char *former;
	json_t *object;
	int r = 0;

	json_object_foreach(expiry->going, former, object)
	{
		if (r == 0)
			r = add_file(going, folder, former, object);
	}
	for (size_t i = 0; i < expiry->n_files && r == 0; i++) {
		const struct expiry_file *one = &expiry->files[i];
		/* A terminal chooses it: it need not be UTF-8. */
		const char *file = one->path + expiry->folder_length + 1;

		if (one->reason != EXPIRY_GOES)
			continue;
		escape_text(file, strlen(file), name, sizeof(name));
		object = pack_status(&one->status);
		r = object ? add_file(going, folder, name, object) : -ENOMEM;
		json_decref(object);
	}
	return r;
}

int expired_save(const char *directory, const char *folder, const struct expiry *expiry)
{
	_cleanup_free_ char *real = realpath(folder, NULL);
	json_t *root = marks_pack(&expiry->old), *going = json_object();
	char path[PATH_MAX];
	int r = root ? add_files(going, folder, expiry) : -ENOMEM;

	if (r == 0 && !real)
		r = -ENOENT;
	if (r == 0 && (json_object_set(root, "going", going) < 0 ||
		       json_object_set_new(root, "folder", json_string(real)) < 0))
		r = -ENOMEM;
	if (r == 0 &&
	    snprintf(path, sizeof(path), "%s/" EXPIRED_FILE, directory) >= (int)sizeof(path))
		r = -ENAMETOOLONG;
	if (r == 0)
		r = marks_write(path, root, EXPIRED_FILE_MAX);
	json_decref(going);
	json_decref(root);
	return r;
}
