#include "disk.h"

#include "cleanup.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Where each text stands, below the disk's folder; the first that is there counts. */
static const struct {
	size_t offset;
	const char *attribute;
} texts[] = {
	{offsetof(struct disk, wwid), "wwid"}, /* NVMe */
	{offsetof(struct disk, wwid), "device/wwid"}, /* SCSI */
	{offsetof(struct disk, wwid), "device/cid"}, /* MMC */
	{offsetof(struct disk, wwid), "device/uuid"}, /* persistent memory */
	{offsetof(struct disk, serial), "serial"}, /* virtio */
	{offsetof(struct disk, serial), "device/serial"}, /* NVMe, MMC */
	{offsetof(struct disk, model), "device/model"},
	{offsetof(struct disk, model), "device/name"}, /* MMC */
};

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       strchr("._:+/@-", c);
}

/* As struct disk promises, so that it can stand in a configuration file. Cut where it is too long:
 * then as much of it is compared. */
static void write_plain(const char *text, char plain[static DISK_TEXT_MAX])
{
	size_t length = 0;

	text += strspn(text, " \t");
	while (*text && length + sizeof("%NN") <= DISK_TEXT_MAX) {
		size_t blanks = strspn(text, " \t");

		text += blanks;
		if (blanks > 0 && *text)
			plain[length++] = '_';
		else if (*text && is_plain(*text))
			plain[length++] = *text++;
		else if (*text)
			length += (size_t)snprintf(plain + length, DISK_TEXT_MAX - length, "%%%02x",
						   (unsigned char)*text++);
	}
	plain[length] = '\0';
}

static int read_link(int sysfs, const char *path, char target[static PATH_MAX])
{
	ssize_t length = readlinkat(sysfs, path, target, PATH_MAX - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	return 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "0000:00:1f.2" at the beginning of @part? */
static size_t pci_length(const char *part)
{
	static const char hex[] = "0123456789abcdef";
	size_t domain = strspn(part, hex);

	if (domain < 4 || part[domain] != ':' || strspn(part + domain + 1, hex) != 2 ||
	    part[domain + 3] != ':' || strspn(part + domain + 4, hex) != 2 ||
	    part[domain + 6] != '.' || strspn(part + domain + 7, "01234567") != 1)
		return 0;
	return domain + 8;
}

/* The last PCI function on the way, and on SCSI what is behind the host's number, which changes
 * from boot to boot. Without PCI what the kernel calls it. @where: the link of the disk's folder.
 */
static void find_path(const char *where, const char *device, struct disk *disk)
{
	const char *function = "", *unit = strchr(device, ':');
	size_t length = 0;

	for (const char *at = strchr(where, '/'); at; at = strchr(at + 1, '/')) {
		size_t found = pci_length(at + 1);

		if (found == 0 || (at[1 + found] != '/' && at[1 + found] != '\0'))
			continue;
		function = at + 1;
		length = found;
	}
	if (strcmp(disk->bus, "scsi") != 0 || !unit)
		unit = length > 0 ? NULL : device;
	else
		unit++;
	snprintf(disk->path, sizeof(disk->path), "%.*s%s%.64s", (int)length, function,
		 unit && length > 0 ? "/" : "", unit ? unit : "");
}

/* Not judged here: what is made of others, what came by USB, drives for discs and floppies, and the
 * hidden ways to one namespace of NVMe. */
static bool is_other(int sysfs, const char *name, const char *where, const char *bus)
{
	char path[96], value[8];

	if (strstr(where, "/devices/virtual/") && !strstr(where, "/virtual/nvme-subsystem/"))
		return true;
	if (strstr(where, "/usb"))
		return true;
	if (strcmp(bus, "platform") == 0 && strncmp(name, "fd", 2) == 0)
		return true;
	snprintf(path, sizeof(path), "block/%s/hidden", name);
	if (file_read_line(sysfs, path, value, sizeof(value)) == 0 && strcmp(value, "1") == 0)
		return true;
	snprintf(path, sizeof(path), "block/%s/device/type", name);
	return strcmp(bus, "scsi") == 0 && file_read_line(sysfs, path, value, sizeof(value)) == 0 &&
	       (strcmp(value, "4") == 0 || strcmp(value, "5") == 0);
}

/* A namespace that could be reached by two controllers lies below none of them. */
static int find_controller(int sysfs, const char *name, char where[static PATH_MAX])
{
	char path[PATH_MAX];
	_cleanup_close_ int fd = -1;
	const struct dirent *entry;
	DIR *directory;
	int r = -ENOENT;

	snprintf(path, sizeof(path), "block/%s/device", name);
	fd = openat(sysfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return -errno;
	steal_fd(&fd);
	while (r < 0 && (entry = readdir(directory)))
		if (strncmp(entry->d_name, "nvme", 4) == 0 && !strpbrk(entry->d_name + 4, "nc"))
			r = read_link(dirfd(directory), entry->d_name, where);
	closedir(directory);
	return r;
}

/* Not for long: another try may read it. All else means that it has none. */
static bool will_pass(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EINTR ||
	       error == -EAGAIN;
}

static int read_texts(int sysfs, struct disk *disk)
{
	char path[96], text[256];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char *place = (char *)disk + texts[i].offset;
		int r;

		if (*place != '\0')
			continue;
		snprintf(path, sizeof(path), "block/%s/%s", disk->name, texts[i].attribute);
		r = file_read_line(sysfs, path, text, sizeof(text));
		if (will_pass(r))
			return r;
		if (r == 0)
			write_plain(text, place);
	}
	return 0;
}

int disk_read(int sysfs, const char *name, struct disk *ret_disk)
{
	char path[96], where[PATH_MAX], device[PATH_MAX], subsystem[PATH_MAX];
	struct disk disk = {};
	struct stat status;
	int r;

	if (strlen(name) >= sizeof(disk.name) || strchr(name, '/') || name[0] == '.')
		return -ENOTBLK;
	snprintf(disk.name, sizeof(disk.name), "%s", name);
	snprintf(path, sizeof(path), "block/%s", name);
	if (fstatat(sysfs, path, &status, 0) < 0)
		return -errno;
	disk.inode = status.st_ino;
	r = read_link(sysfs, path, where);
	if (r < 0)
		return r == -EINVAL ? -ENOTBLK : r;
	snprintf(path, sizeof(path), "block/%s/device", name);
	r = read_link(sysfs, path, device);
	if (r < 0)
		return r == -ENOENT ? -ENOTBLK : r;
	snprintf(path, sizeof(path), "block/%s/device/subsystem", name);
	r = read_link(sysfs, path, subsystem);
	if (r < 0)
		return r == -ENOENT ? -ENOTBLK : r;
	snprintf(disk.bus, sizeof(disk.bus), "%.*s", DISK_BUS_MAX - 1, last_part(subsystem));
	if (is_other(sysfs, name, where, disk.bus))
		return -ENOTBLK;
	if (strcmp(disk.bus, "nvme-subsystem") == 0) {
		snprintf(disk.bus, sizeof(disk.bus), "nvme");
		find_controller(sysfs, name, where);
	}
	find_path(where, last_part(device), &disk);
	r = read_texts(sysfs, &disk);
	if (r == 0)
		*ret_disk = disk;
	return r;
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int append(struct disk **list, size_t *count, const struct disk *disk)
{
	struct disk *grown;

	if (*count == DISK_LIST_MAX)
		return -E2BIG;
	grown = realloc(*list, (*count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[(*count)++] = *disk;
	return 0;
}

int disk_list(int sysfs, struct disk **ret_list, size_t *ret_count)
{
	struct disk *list = NULL;
	struct dirent **names = NULL;
	size_t count = 0;
	int found = scandirat(sysfs, "block", &names, is_name, versionsort), r = 0;

	if (found < 0 && errno != ENOENT)
		return -errno;
	for (int i = 0; i < found; i++) {
		struct disk disk;
		int one = r < 0 ? r : disk_read(sysfs, names[i]->d_name, &disk);

		if (one == 0)
			r = append(&list, &count, &disk);
		else if (will_pass(one))
			r = one;
		free(names[i]);
	}
	free(names);
	if (r < 0) {
		free(list);
		return r;
	}
	*ret_list = list;
	*ret_count = count;
	return 0;
}

bool disk_is_weak(const struct disk *disk)
{
	return disk->wwid[0] == '\0' && disk->serial[0] == '\0';
}
