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

#define FILE_SIZE_MAX ((uint64_t)64 * 1024 * 1024) /* a roster of 100,000 people has 50 */
#define HASH_TEXT     (2 * FILEDIGEST_SIZE + 1)
#define OPEN_FLAGS    (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static const char *const groups[] = {"log-in", "people", "devices", "collector", "doors"};

/* One that ends with a slash is a directory, of which each file counts. */
static const struct place {
	unsigned int group;
	const char *path;
} places[] = {
	{0, "/etc/sekisho/sekisho.conf"},
	{0, "/etc/sekisho/sekisho.conf.d/"},
	{1, "/etc/sekisho/roster"},
	{1, "/etc/sekisho/operators"},
	{1, "/etc/sekisho/substitutes"},
	{2, "/etc/sekisho/devices.conf"},
	{2, "/etc/sekisho/devices.conf.d/"},
	{2, "/etc/sekisho/disks.conf"},
	{2, "/etc/sekisho/disks.conf.d/"},
	{2, "/etc/sekisho/lsm.conf"},
	{2, "/etc/sekisho/lsm.conf.d/"},
	{2, "/etc/sekisho/buses.conf"},
	{3, "/etc/sekisho/collector.conf"},
	{3, "/etc/sekisho/collector.conf.d/"},
	{3, "/etc/sekisho/journal.conf"},
	{3, "/etc/sekisho/journal.conf.d/"},
	{4, "/etc/pam.conf"},
	{4, "/etc/pam.d/"},
	{4, "/etc/security/"},
	{4, "/etc/ssh/sshd_config"},
	{4, "/etc/ssh/sshd_config.d/"},
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

static void read_hash(int root, struct filewatch_file *file)
{
	_cleanup_close_ int fd = openat(root, file->path + 1, OPEN_FLAGS);

	file->error = fd < 0 ? -errno : filedigest(fd, FILE_SIZE_MAX, file->hash);
}

/* Follows links: authselect(8) puts some into /etc/pam.d. What is no file is none of ours. */
static int add(struct list *list, int root, unsigned int group, const char *folder,
	       const char *name)
{
	char path[PATH_MAX];
	struct filewatch_file *file = &list->files[list->count];
	struct stat status;

	snprintf(path, sizeof(path), "%s%s", folder, name);
	if (fstatat(root, path + 1, &status, 0) < 0 || !S_ISREG(status.st_mode))
		return 0;
	if (list->count == FILEWATCH_MAX) {
		list->missed++;
		return 0;
	}
	*file = (struct filewatch_file){
		.path = strdup(path),
		.group = group,
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

static int add_folder(struct list *list, int root, const struct place *place)
{
	int fd = openat(root, place->path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (fd >= 0 && !directory)
		close(fd);
	/* Also those whose name begins with a dot: PAM takes any. */
	while (r == 0 && directory && (entry = readdir(directory)))
		r = add(list, root, place->group, place->path, entry->d_name);
	if (directory)
		closedir(directory);
	return r;
}

static int by_path(const void *left, const void *right)
{
	const struct filewatch_file *one = left, *other = right;

	return strcmp(one->path, other->path);
}

static int list_files(int root, struct list *ret_list)
{
	int r = 0;

	ret_list->files = calloc(FILEWATCH_MAX + 1, sizeof(*ret_list->files));
	if (!ret_list->files)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(places); i++) {
		const struct place *place = &places[i];

		r = place->path[strlen(place->path) - 1] == '/'
			    ? add_folder(ret_list, root, place)
			    : add(ret_list, root, place->group, place->path, "");
	}
	qsort(ret_list->files, ret_list->count, sizeof(*ret_list->files), by_path);
	return r;
}

static bool same_time(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

static bool is_untouched(const struct filewatch_file *old, const struct filewatch_file *new)
{
	return old->device == new->device && old->inode == new->inode &&
	       old->size == new->size &&same_time(&old->written, &new->written) &&
	       same_time(&old->changed, &new->changed);
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

static void tell_change(const struct filewatch *watch, const struct filewatch_file *old,
			const struct filewatch_file *new)
{
	const struct filewatch_file *any = new ? new : old;
	_cleanup_event_ struct event event = {};
	char before[HASH_TEXT], after[HASH_TEXT];

	if (event_begin(&event, EVENT_SETTINGS_CHANGED) < 0)
		return;
	event_set(&event, "group", groups[any->group]);
	event_set(&event, "file", any->path);
	event_set(&event, "sha256", describe(new, after));
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

/* Both by path. A file that was not touched keeps its hash. */
static void compare(const struct filewatch *watch, struct list *list, int root)
{
	size_t i = 0, j = 0;

	while (i < watch->count || j < list->count) {
		const int order = i == watch->count  ? 1
				  : j == list->count ? -1
						     : by_path(&watch->list[i], &list->files[j]);
		const struct filewatch_file *old = order <= 0 ? &watch->list[i++] : NULL;
		struct filewatch_file *new = order >= 0 ? &list->files[j++] : NULL;

		if (old && new &&is_untouched(old, new)) {
			memcpy(new->hash, old->hash, sizeof(new->hash));
			new->error = old->error;
			continue;
		}
		if (new)
			read_hash(root, new);
		if (watch->begun)
			tell_change(watch, old, new);
	}
}

void filewatch_look(struct filewatch *watch, int root)
{
	_cleanup_(cleanup_list) struct list list = {};

	if (list_files(root, &list) < 0)
		return;
	compare(watch, &list, root);
	filewatch_release(watch);
	watch->list = list.files;
	watch->count = list.count;
	for (unsigned int i = 0; !watch->begun && i < ARRAY_SIZE(groups); i++)
		tell_group(watch, i, list.missed);
	watch->begun = true;
	list = (struct list){};
}
