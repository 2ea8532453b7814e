#include "filelist.h"

#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define SMALL_MAX  ((uint64_t)1024 * 1024)
#define LARGE_MAX  ((uint64_t)64 * 1024 * 1024) /* a roster of 100,000 people has 50 */
#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

const char *const filelist_group_names[FILELIST_GROUPS] = {
	[FILELIST_LOGIN] = "log-in",	[FILELIST_PEOPLE] = "people",
	[FILELIST_DEVICES] = "devices", [FILELIST_COLLECTOR] = "collector",
	[FILELIST_DOORS] = "doors",
};

/* Below /etc. One that ends with a slash is a directory, of which each file counts whose name ends
 * so. Not of /etc/security what a change of a password writes there. */
static const struct place {
	enum filelist_group group;
	const char *path;
	const char *ending;
	uint64_t max; /* bytes that are read; 0: SMALL_MAX */
} places[] = {
	{FILELIST_DOORS, "pam.conf", NULL, 0},
	{FILELIST_DOORS, "pam.d/", "", 0},
	{FILELIST_DOORS, "security/", ".conf", 0},
	{FILELIST_DOORS, "security/access.d/", ".conf", 0},
	{FILELIST_DOORS, "security/namespace.init", NULL, 0},
	{FILELIST_DOORS, "ssh/sshd_config", NULL, 0},
	{FILELIST_DOORS, "ssh/sshd_config.d/", ".conf", 0},
	{FILELIST_LOGIN, "sekisho/sekisho.conf", NULL, 0},
	{FILELIST_LOGIN, "sekisho/sekisho.conf.d/", ".conf", 0},
	{FILELIST_PEOPLE, "sekisho/roster", NULL, LARGE_MAX},
	{FILELIST_PEOPLE, "sekisho/operators", NULL, 0},
	{FILELIST_PEOPLE, "sekisho/substitutes", NULL, 0},
	{FILELIST_DEVICES, "sekisho/devices.conf", NULL, LARGE_MAX},
	{FILELIST_DEVICES, "sekisho/devices.conf.d/", ".conf", LARGE_MAX},
	{FILELIST_DEVICES, "sekisho/disks.conf", NULL, 0},
	{FILELIST_DEVICES, "sekisho/disks.conf.d/", ".conf", 0},
	{FILELIST_DEVICES, "sekisho/lsm.conf", NULL, 0},
	{FILELIST_DEVICES, "sekisho/lsm.conf.d/", ".conf", 0},
	{FILELIST_DEVICES, "sekisho/buses.conf", NULL, 0},
	{FILELIST_COLLECTOR, "sekisho/collector.conf", NULL, 0},
	{FILELIST_COLLECTOR, "sekisho/collector.conf.d/", ".conf", 0},
	{FILELIST_COLLECTOR, "sekisho/journal.conf", NULL, 0},
	{FILELIST_COLLECTOR, "sekisho/journal.conf.d/", ".conf", 0},
};

/* authselect(8) puts links into pam.d, into its own folder beside it. One that leads elsewhere may
 * lead to a file system that hangs, and would hang us. openat2(2) could tell, but
 * RestrictSUIDSGID= answers ENOSYS to it. */
static bool stays_here(const char *name, const char *target)
{
	/* One in /etc itself. */
	const bool outer = !strchr(name, '/');
	const char *const beginnings[] = {"/etc/", "/usr/", outer ? "../usr/" : "../", ""};

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		const size_t length = strlen(beginnings[i]);

		if (strncmp(target, beginnings[i], length) == 0)
			return target[length] != '/' && !strstr(target + length, "..");
	}
	return false;
}

static bool leads_elsewhere(int etc, const char *path, size_t length)
{
	char target[PATH_MAX] = "", name[PATH_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)length, path);
	/* Zero-terminated: the last byte stays as it is. */
	return readlinkat(etc, name, target, sizeof(target) - 1) >= 0 && !stays_here(name, target);
}

static int open_below(int etc, const char *path, int flags)
{
	size_t length = 0;
	int fd;

	/* Each on the way; with the slash behind it a folder's link would be followed at once. */
	do {
		length += strcspn(path + length, "/");
		if (leads_elsewhere(etc, path, length))
			return -EXDEV;
		length += strspn(path + length, "/");
	} while (path[length] != '\0');
	fd = openat(etc, path, flags);
	return fd < 0 ? -errno : fd;
}

/* What is neither a file nor, with @folder, a directory is none of ours. One that can't be seen is
 * listed all the same: that is told. */
static int add(struct filelist *list, int etc, const struct place *place, const char *name,
	       bool folder)
{
	struct filelist_file *file = &list->files[list->count];
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct stat status = {};

	snprintf(path, sizeof(path), "/etc/%s%s", place->path, name);
	fd = open_below(etc, path + strlen("/etc/"), O_PATH | O_CLOEXEC);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd >= 0 && (fstat(fd, &status) < 0 || !(S_ISREG(status.st_mode) || folder)))
		return 0;
	if (list->count == FILELIST_MAX) {
		list->missed++;
		return 0;
	}
	*file = (struct filelist_file){
		.path = strdup(path),
		.group = place->group,
		.max = place->max ? place->max : SMALL_MAX,
		.device = status.st_dev,
		.inode = status.st_ino,
		.size = (uint64_t)status.st_size,
		.written = status.st_mtim,
		.changed = status.st_ctim,
	};
	if (!file->path)
		return -ENOMEM;
	list->count++;
	return 0;
}

static bool ends_with(const char *name, const char *ending)
{
	size_t length = strlen(name), least = strlen(ending);

	return length >= least && strcmp(name + length - least, ending) == 0;
}

static int add_folder(struct filelist *list, int etc, const struct place *place)
{
	int fd = open_below(etc, place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (fd >= 0 && !directory)
		close(fd);
	if (!directory)
		return add(list, etc, place, "", true);
	/* Also those whose name begins with a dot: PAM takes any. */
	while (r == 0 && (entry = readdir(directory)))
		if (ends_with(entry->d_name, place->ending))
			r = add(list, etc, place, entry->d_name, false);
	closedir(directory);
	return r;
}

static int by_path(const void *left, const void *right)
{
	const struct filelist_file *one = left, *other = right;

	return strcmp(one->path, other->path);
}

int filelist_make(int etc, struct filelist *ret_list)
{
	struct filelist list = {};
	int r = 0;

	list.files = calloc(FILELIST_MAX + 1, sizeof(*list.files));
	if (!list.files)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(places); i++) {
		const struct place *place = &places[i];

		r = place->ending ? add_folder(&list, etc, place)
				  : add(&list, etc, place, "", false);
	}
	if (r < 0) {
		filelist_release(&list);
		return r;
	}
	qsort(list.files, list.count, sizeof(*list.files), by_path);
	*ret_list = list;
	return 0;
}

void filelist_release(struct filelist *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->files[i].path);
	free(list->files);
	*list = (struct filelist){};
}

void filelist_read(int etc, struct filelist_file *file)
{
	_cleanup_close_ int fd = open_below(etc, file->path + strlen("/etc/"), READ_FLAGS);

	file->error = fd < 0 ? fd : filedigest(fd, file->max, file->hash);
}

static bool same_time(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

bool filelist_is_untouched(const struct filelist_file *old, const struct filelist_file *now)
{
	return old->device == now->device && old->inode == now->inode && old->size == now->size &&
	       same_time(&old->written, &now->written) && same_time(&old->changed, &now->changed);
}
