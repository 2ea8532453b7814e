#include "ownfiles.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX ((size_t)1024 * 1024)
#define HASH_SIZE     ((size_t)32)
#define HASH_TEXT     (2 * HASH_SIZE)

/* Where a file of the same name counts instead of ours: udev(7), systemd.unit(5), modprobe.d(5),
 * tmpfiles.d(5). */
static const struct place {
	const char *folder;
	const char *others[5];
	bool units; /* with drop-ins */
} places[] = {
	{"/lib/udev/rules.d/",
	 {"etc/udev/rules.d", "run/udev/rules.d", "usr/local/lib/udev/rules.d"},
	 false},
	{"/lib/systemd/system/",
	 {"etc/systemd/system", "run/systemd/system", "etc/systemd/system.control",
	  "run/systemd/system.control", "usr/local/lib/systemd/system"},
	 true},
	{"/lib/modprobe.d/",
	 {"etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d"},
	 false},
	{"/usr/lib/modules-load.d/", {"etc/modules-load.d", "run/modules-load.d"}, false},
	{"/usr/lib/tmpfiles.d/", {"etc/tmpfiles.d", "run/tmpfiles.d"}, false},
	{"/usr/lib/sysusers.d/", {"etc/sysusers.d", "run/sysusers.d"}, false},
};

/* What administrators are told to change: sekisho-exits(7), collector.conf(5), sekisho-mirror(8).
 */
static const char *const theirs[] = {
	"etc/udev/rules.d/72-sekisho-radio.rules",    "etc/udev/rules.d/72-sekisho-optical.rules",
	"etc/udev/rules.d/72-sekisho-serial.rules",   "etc/modprobe.d/sekisho-modules.conf",
	"etc/systemd/system/sekisho-forward.service", "etc/systemd/system/sekisho-mirror.service",
};

static bool is_theirs(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++)
		if (strncmp(path, theirs[i], strlen(theirs[i])) == 0)
			return true;
	return false;
}

static bool is_there(int root, const char *path)
{
	struct stat status;

	return fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void find_drop_ins(int root, const char *path, const char *unit, ownfiles_fn *tell,
			  void *user)
{
	char folder[PATH_MAX + 8], other[PATH_MAX + NAME_MAX + 16];
	const struct dirent *entry;
	DIR *directory;
	int fd;

	snprintf(folder, sizeof(folder), "%s.d", unit);
	fd = openat(root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	while (directory && (entry = readdir(directory))) {
		size_t length = strlen(entry->d_name);

		if (length < 6 || strcmp(entry->d_name + length - 5, ".conf") != 0)
			continue;
		snprintf(other, sizeof(other), "/%s/%s", folder, entry->d_name);
		tell(user, &(struct ownfile_finding){OWNFILE_ADDED_TO, path, other, NULL, NULL});
	}
	if (directory)
		closedir(directory);
}

static void find_others(int root, const char *path, ownfiles_fn *tell, void *user)
{
	const struct place *place = NULL;
	char other[PATH_MAX];

	for (size_t i = 0; !place && i < ARRAY_SIZE(places); i++)
		if (strncmp(path, places[i].folder, strlen(places[i].folder)) == 0)
			place = &places[i];
	for (size_t i = 0; place && i < ARRAY_SIZE(place->others) && place->others[i]; i++) {
		snprintf(other, sizeof(other), "/%s/%s", place->others[i],
			 path + strlen(place->folder));
		if (is_theirs(other + 1))
			continue;
		if (is_there(root, other + 1))
			tell(user,
			     &(struct ownfile_finding){OWNFILE_COVERED, path, other, NULL, NULL});
		if (place->units)
			find_drop_ins(root, path, other + 1, tell, user);
	}
}

/* Reads a whole file below @root; links to it are not followed. */
static int read_file(int root, const char *path, char **ret_text, size_t *ret_length)
{
	_cleanup_close_ int fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	return file_read_all(fd, FILE_SIZE_MAX, ret_text, ret_length);
}

static void compare(int root, const char *path, const char *expected, ownfiles_fn *tell, void *user)
{
	struct ownfile_finding finding = {OWNFILE_CHANGED, path, NULL, NULL, expected};
	_cleanup_free_ char *text = NULL;
	char found[HASH_TEXT + 1] = "";
	uint8_t hash[HASH_SIZE];
	size_t length = 0;
	int r = read_file(root, path + 1, &text, &length);

	if (r == -ENOENT)
		finding.state = OWNFILE_MISSING;
	if (r == 0 && EVP_Digest(text, length, hash, NULL, EVP_sha256(), NULL) == 1)
		hex_format(hash, sizeof(hash), found);
	finding.found = found;
	if (strcmp(found, expected) != 0)
		tell(user, &finding);
}

/* "HASH  /PATH" becomes two strings. */
static int split(char *line, char **ret_path)
{
	if (strspn(line, "0123456789abcdef") != HASH_TEXT ||
	    strncmp(line + HASH_TEXT, "  /", 3) != 0)
		return -EBADMSG;
	line[HASH_TEXT] = '\0';
	*ret_path = line + HASH_TEXT + 2;
	return 0;
}

int ownfiles_look(int root, ownfiles_fn *tell, void *user, size_t *ret_count)
{
	_cleanup_free_ char *list = NULL;
	size_t length, count = 0;
	char *lines, *path;
	int r = read_file(root, OWNFILES_LIST, &list, &length);

	if (r < 0)
		return r;
	for (char *line = strtok_r(list, "\n", &lines); line; line = strtok_r(NULL, "\n", &lines)) {
		r = split(line, &path);
		if (r < 0)
			return r;
		compare(root, path, line, tell, user);
		find_others(root, path, tell, user);
		count++;
	}
	if (count == 0)
		return -EBADMSG;
	*ret_count = count;
	return 0;
}

bool ownfiles_has(int root, const char *path)
{
	_cleanup_free_ char *list = NULL;
	char line[PATH_MAX + 8];
	size_t length = 0;

	if (read_file(root, OWNFILES_LIST, &list, &length) < 0 || !list)
		return false;
	snprintf(line, sizeof(line), "  %s\n", path);
	return strstr(list, line) != NULL;
}

/* FNV-1a, 64 bits: nobody is kept out by it, a touched file only has to make a difference. */
static void mix(uint64_t *number, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < length; i++)
		*number = (*number ^ at[i]) * 0x100000001b3;
}

static void mix_file(uint64_t *number, int directory, const char *path)
{
	struct stat status;
	int64_t parts[6] = {};

	if (fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		parts[0] = (int64_t)status.st_ino;
		parts[1] = status.st_size;
		parts[2] = status.st_mtim.tv_sec;
		parts[3] = status.st_mtim.tv_nsec;
		parts[4] = status.st_ctim.tv_sec;
		parts[5] = status.st_ctim.tv_nsec;
	}
	mix(number, parts, sizeof(parts));
}

static void mix_folder(uint64_t *number, int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (strcmp(entry->d_name, "..") != 0)
			mix_file(number, fd, entry->d_name);
	if (directory)
		closedir(directory);
}

uint64_t ownfiles_fingerprint(int root)
{
	_cleanup_free_ char *list = NULL;
	uint64_t number = 0xcbf29ce484222325;
	size_t length = 0;
	char *lines, *path;

	if (read_file(root, OWNFILES_LIST, &list, &length) < 0 || !list)
		return number;
	mix(&number, list, length);
	for (char *line = strtok_r(list, "\n", &lines); line; line = strtok_r(NULL, "\n", &lines))
		if (split(line, &path) == 0)
			mix_file(&number, root, path + 1);
	mix_folder(&number, root, "lib/udev/rules.d");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		for (size_t j = 0; j < ARRAY_SIZE(places[i].others) && places[i].others[j]; j++)
			mix_folder(&number, root, places[i].others[j]);
	return number;
}
