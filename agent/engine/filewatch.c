#include "filewatch.h"

#include "cleanup.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL_MAX  ((uint64_t)1024 * 1024)
#define LARGE_MAX  ((uint64_t)64 * 1024 * 1024) /* a roster of 100,000 people has 50 */
#define HASH_TEXT  (2 * FILEDIGEST_SIZE + 1)
#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

enum group { LOGIN, PEOPLE, DEVICES, COLLECTOR, DOORS, GROUP_COUNT };

static const char *const groups[GROUP_COUNT] = {"log-in", "people", "devices", "collector",
						"doors"};

/* Below /etc. One that ends with a slash is a directory, of which each file counts whose name ends
 * so. Not of /etc/security what a change of a password writes there. */
static const struct place {
	enum group group;
	const char *path;
	const char *ending;
	uint64_t max; /* bytes that are read; 0: SMALL_MAX */
} places[] = {
	{DOORS, "pam.conf", NULL, 0},
	{DOORS, "pam.d/", "", 0},
	{DOORS, "security/", ".conf", 0},
	{DOORS, "security/access.d/", ".conf", 0},
	{DOORS, "security/namespace.init", NULL, 0},
	{DOORS, "ssh/sshd_config", NULL, 0},
	{DOORS, "ssh/sshd_config.d/", ".conf", 0},
	{LOGIN, "sekisho/sekisho.conf", NULL, 0},
	{LOGIN, "sekisho/sekisho.conf.d/", ".conf", 0},
	{PEOPLE, "sekisho/roster", NULL, LARGE_MAX},
	{PEOPLE, "sekisho/operators", NULL, 0},
	{PEOPLE, "sekisho/substitutes", NULL, 0},
	{DEVICES, "sekisho/devices.conf", NULL, LARGE_MAX},
	{DEVICES, "sekisho/devices.conf.d/", ".conf", LARGE_MAX},
	{DEVICES, "sekisho/disks.conf", NULL, 0},
	{DEVICES, "sekisho/disks.conf.d/", ".conf", 0},
	{DEVICES, "sekisho/lsm.conf", NULL, 0},
	{DEVICES, "sekisho/lsm.conf.d/", ".conf", 0},
	{DEVICES, "sekisho/buses.conf", NULL, 0},
	{COLLECTOR, "sekisho/collector.conf", NULL, 0},
	{COLLECTOR, "sekisho/collector.conf.d/", ".conf", 0},
	{COLLECTOR, "sekisho/journal.conf", NULL, 0},
	{COLLECTOR, "sekisho/journal.conf.d/", ".conf", 0},
};

struct list {
	struct filewatch_file *files;
	size_t count, missed;
};

static void release_files(struct filewatch_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(files[i].path);
	free(files);
}

static void cleanup_list(struct list *list)
{
	release_files(list->files, list->count);
}

void filewatch_release(struct filewatch *watch)
{
	release_files(watch->list, watch->count);
	watch->list = NULL;
	watch->count = 0;
}

static void cleanup_digest(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

/* authselect(8) puts links into pam.d, into its own folder beside it. One that leads elsewhere may
 * lead to a file system that hangs, and would hang us. openat2(2) could tell, but
 * RestrictSUIDSGID= answers ENOSYS to it. */
static bool stays_here(const char *target)
{
	static const char *const beginnings[] = {"/etc/", "/usr/", "../", ""};

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		const size_t length = strlen(beginnings[i]);

		if (strncmp(target, beginnings[i], length) == 0)
			return target[length] != '/' && !strstr(target + length, "..");
	}
	return false;
}

static int open_below(int etc, const char *path, int flags)
{
	char target[PATH_MAX] = "";
	int fd;

	/* Zero-terminated: the last byte stays as it is. */
	if (readlinkat(etc, path, target, sizeof(target) - 1) >= 0 && !stays_here(target))
		return -EXDEV;
	fd = openat(etc, path, flags);
	return fd < 0 ? -errno : fd;
}

static void read_hash(int etc, struct filewatch_file *file)
{
	int fd = open_below(etc, file->path + strlen("/etc/"), READ_FLAGS);

	file->error = fd < 0 ? fd : filedigest(fd, file->max, file->hash);
	if (fd >= 0)
		close(fd);
}

/* What is neither a file nor, with @folder, a directory is none of ours. One that can't be seen is
 * listed all the same: that is told. */
static int add(struct list *list, int etc, const struct place *place, const char *name, bool folder)
{
	struct filewatch_file *file = &list->files[list->count];
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct stat status = {};

	snprintf(path, sizeof(path), "/etc/%s%s", place->path, name);
	fd = open_below(etc, path + strlen("/etc/"), O_PATH | O_CLOEXEC);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd >= 0 && (fstat(fd, &status) < 0 || !(S_ISREG(status.st_mode) || folder)))
		return 0;
	if (list->count == FILEWATCH_MAX) {
		list->missed++;
		return 0;
	}
	*file = (struct filewatch_file){
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

static int add_folder(struct list *list, int etc, const struct place *place)
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
	const struct filewatch_file *one = left, *other = right;

	return strcmp(one->path, other->path);
}

static int list_files(int etc, struct list *ret_list)
{
	int r = 0;

	ret_list->files = calloc(FILEWATCH_MAX + 1, sizeof(*ret_list->files));
	if (!ret_list->files)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(places); i++) {
		const struct place *place = &places[i];

		r = place->ending ? add_folder(ret_list, etc, place)
				  : add(ret_list, etc, place, "", false);
	}
	qsort(ret_list->files, ret_list->count, sizeof(*ret_list->files), by_path);
	return r;
}

static bool same_time(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

static bool is_untouched(const struct filewatch_file *old, const struct filewatch_file *now)
{
	return old->device == now->device && old->inode == now->inode && old->size == now->size &&
	       same_time(&old->written, &now->written) && same_time(&old->changed, &now->changed);
}

/* The file's hash, why there is none, or that there is no file. */
static const char *describe(const struct filewatch_file *file, char text[static HASH_TEXT])
{
	if (!file)
		return "no file";
	if (file->error < 0)
		return strerror(-file->error);
	hex_format(file->hash, sizeof(file->hash), text);
	return text;
}

/* @old or @now: NULL where there was none, or is none any more. */
static void tell_change(const struct filewatch *watch, unsigned int group, const char *path,
			const struct filewatch_file *old, const struct filewatch_file *now)
{
	_cleanup_event_ struct event event = {};
	char before[HASH_TEXT], after[HASH_TEXT];

	if (event_begin(&event, EVENT_SETTINGS_CHANGED) < 0)
		return;
	event_set(&event, "group", groups[group]);
	event_set(&event, "file", path);
	event_set(&event, "sha256", describe(now, after));
	event_set(&event, "replaced", describe(old, before));
	watch->tell(watch->user, &event);
}

/* What sha256sum(1) prints of each file, hashed: two terminals with the same files have the same.
 */
static int digest_group(const struct filewatch *watch, unsigned int group, size_t *ret_count,
			char ret_text[static HASH_TEXT])
{
	_cleanup_(cleanup_digest) EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t hash[FILEDIGEST_SIZE];
	char text[HASH_TEXT];
	bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	*ret_count = 0;
	for (size_t i = 0; good && i < watch->count; i++) {
		const struct filewatch_file *file = &watch->list[i];
		char line[PATH_MAX + HASH_TEXT + 64];

		if (file->group != group)
			continue;
		snprintf(line, sizeof(line), "%s  %s\n", describe(file, text), file->path);
		good = EVP_DigestUpdate(context, line, strlen(line)) == 1;
		(*ret_count)++;
	}
	if (!good || EVP_DigestFinal_ex(context, hash, NULL) != 1)
		return -ENOMEM;
	hex_format(hash, sizeof(hash), ret_text);
	return 0;
}

static void tell_group(const struct filewatch *watch, unsigned int group, size_t missed)
{
	_cleanup_event_ struct event event = {};
	char text[HASH_TEXT];
	size_t count;

	if (digest_group(watch, group, &count, text) < 0 ||
	    event_begin(&event, EVENT_SETTINGS_SEEN) < 0)
		return;
	event_set(&event, "group", groups[group]);
	event_set_number(&event, "files", count);
	event_set(&event, "sha256", text);
	if (missed > 0)
		event_set_number(&event, "missed", missed);
	watch->tell(watch->user, &event);
}

/* Both by path. A file that was not touched keeps its hash. Returns how many changes were too many
 * to be told one by one. */
static size_t compare(const struct filewatch *watch, struct list *list, int etc)
{
	size_t i = 0, j = 0, changes = 0;

	while (i < watch->count || j < list->count) {
		const int order = i == watch->count  ? 1
				  : j == list->count ? -1
						     : by_path(&watch->list[i], &list->files[j]);
		const struct filewatch_file *old = order <= 0 ? &watch->list[i++] : NULL;
		struct filewatch_file *now = order >= 0 ? &list->files[j++] : NULL;

		if (old && now && is_untouched(old, now)) {
			memcpy(now->hash, old->hash, sizeof(now->hash));
			now->error = old->error;
			continue;
		}
		if (now)
			read_hash(etc, now);
		if (!watch->begun || ++changes > FILEWATCH_TOLD)
			continue;
		if (now)
			tell_change(watch, now->group, now->path, old, now);
		else if (old)
			tell_change(watch, old->group, old->path, old, NULL);
	}
	return changes > FILEWATCH_TOLD ? changes - FILEWATCH_TOLD : 0;
}

void filewatch_look(struct filewatch *watch, int root)
{
	_cleanup_close_ int etc = openat(root, "etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(cleanup_list) struct list list = {};
	size_t untold;
	bool all;

	if (etc < 0 || list_files(etc, &list) < 0)
		return;
	untold = compare(watch, &list, etc);
	filewatch_release(watch);
	watch->list = list.files;
	watch->count = list.count;
	all = !watch->begun || untold > 0 || list.missed != watch->missed;
	for (unsigned int i = 0; all && i < GROUP_COUNT; i++)
		tell_group(watch, i, list.missed + untold);
	watch->missed = list.missed;
	watch->begun = true;
	list = (struct list){};
}
