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

static int64_t changed(const struct stat *status)
{
	return (int64_t)status->st_ctim.tv_sec * 1000000000 + status->st_ctim.tv_nsec;
}

bool expired_is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       one->st_size == other->st_size && changed(one) == changed(other);
}

/* -EXDEV: it is about another folder. */
static int open_file(const char *directory, const char *folder, uid_t owner, json_t **ret_root)
{
	_cleanup_free_ char *real = realpath(folder, NULL);
	char path[PATH_MAX];
	const char *about;
	int r;

	*ret_root = NULL;
	if (!real)
		return -errno;
	if (snprintf(path, sizeof(path), "%s/" EXPIRED_FILE, directory) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = marks_open(path, owner, ret_root);
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
	int r = marks_open(path, owner, &root);

	*ret_count = 0;
	if (r == 0)
		r = marks_read(root, audit_begin_expired, audit, ret_count);
	json_decref(root);
	return r;
}

/* What was written since is another file, and stays. */
static int delete_one(int fd, const json_t *object, uint64_t *count)
{
	const char *text = json_string_value(json_object_get(object, "file"));
	_cleanup_free_ char *file = text ? strdup(text) : NULL;
	const json_int_t inode = json_integer_value(json_object_get(object, "inode")),
			 size = json_integer_value(json_object_get(object, "size")),
			 when = json_integer_value(json_object_get(object, "changed"));
	struct stat status;

	if (!file)
		return text ? -ENOMEM : -EBADMSG;
	escape_undo(file);
	if (fstatat(fd, file, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if ((json_int_t)status.st_ino != inode || status.st_size != size ||
	    changed(&status) != when)
		return 0;
	if (unlinkat(fd, file, 0) < 0)
		return -errno;
	++*count;
	return 0;
}

int expired_go_on(const char *directory, const char *folder, int fd, uint64_t *ret_count)
{
	const json_t *object;
	json_t *root;
	size_t i;
	int r = open_file(directory, folder, 0, &root);

	*ret_count = 0;
	json_array_foreach(json_object_get(root, "going"), i, object)
	{
		if (r == 0)
			r = delete_one(fd, object, ret_count);
	}
	json_decref(root);
	return r == -ENOENT ? 0 : r;
}

static int add_file(json_t *list, const char *path, const struct stat *status)
{
	char name[PATH_MAX];
	json_t *object;

	/* A terminal chooses it: it need not be UTF-8. */
	escape_text(path, strlen(path), name, sizeof(name));
	object = json_pack("{s:s, s:I, s:I, s:I}", "file", name, "inode",
			   (json_int_t)status->st_ino, "size", (json_int_t)status->st_size,
			   "changed", (json_int_t)changed(status));
	return json_array_append_new(list, object) < 0 ? -ENOMEM : 0;
}

static int add_files(json_t *root, const struct expiry *expiry)
{
	json_t *list = json_array();
	int r = 0;

	for (size_t i = 0; i < expiry->n_files && r == 0; i++)
		if (expiry->files[i].reason == EXPIRY_GOES)
			r = add_file(list, expiry->files[i].path + expiry->folder_length + 1,
				     &expiry->files[i].status);
	return json_object_set_new(root, "going", list) < 0 ? -ENOMEM : r;
}

int expired_save(const char *directory, const char *folder, const struct expiry *expiry, bool done)
{
	_cleanup_free_ char *real = realpath(folder, NULL);
	json_t *root = marks_pack(&expiry->old);
	char path[PATH_MAX];
	int r = 0;

	if (!real)
		r = -errno;
	else if (!root || json_object_set_new(root, "folder", json_string(real)) < 0)
		r = -ENOMEM;
	else if (snprintf(path, sizeof(path), "%s/" EXPIRED_FILE, directory) >= (int)sizeof(path))
		r = -ENAMETOOLONG;
	if (r == 0 && !done)
		r = add_files(root, expiry);
	if (r == 0)
		r = marks_write(path, root);
	json_decref(root);
	return r;
}
