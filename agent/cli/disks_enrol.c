/* sekisho disks enrol, add: what becomes part of the inventory. */
#include "command.h"
#include "disks.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"
#include "paths.h"
#include "rootdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define MODE 0644

static const char head[] = "# The disks that belong into this machine, made by 'sekisho disks "
			   "enrol': sekisho-disks.conf(5).\n"
			   "# Any other one is taken away when it is seen. After a change: "
			   "systemctl reload sekishod\n";

static int write_inventory(const char *path, const char *text, size_t length)
{
	const char *slash = strrchr(path, '/');
	_cleanup_close_ int directory = -1;
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	return file_write_atomic(directory, slash + 1, text, length, MODE);
}

/* Says whether the inventory would be in force. */
static int check(const struct disks_places *places)
{
	_cleanup_close_ int sysfs = open(places->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int mounts = open(places->mountinfo, O_RDONLY | O_CLOEXEC);
	char name[DISK_NAME_MAX] = "";
	struct inventory inventory;
	struct config_error error;
	int r = inventory_load(places->inventory, geteuid(), &inventory, &error);

	if (r < 0)
		return command_fail("disks", "%s", error.text);
	r = rootdisk_covered(sysfs, mounts, &inventory, name);
	inventory_free(&inventory);
	if (r == 0) {
		/* One that does not run, as at an installation, reads it at its start. */
		if (access(SEKISHO_READY, F_OK) == 0)
			puts(_("In force after: systemctl reload sekishod"));
		return COMMAND_OK;
	}
	if (r == -ENXIO)
		command_fail("disks",
			     _("the root file system is on %s, which is not on the inventory: as "
			       "long as that is so no disk is closed"),
			     name);
	else
		command_fail("disks", _("the disk of the root file system can't be told: no disk "
					"will be closed"));
	return COMMAND_NO;
}

static void show_added(const struct disk *disk)
{
	printf("%-12s %s %s %s\n", disk->name, disk->bus, disk->model,
	       disk->serial[0] ? disk->serial : disk->wwid);
	if (disk_is_weak(disk))
		printf(_("             it has no number of its own and is known by its place, %s: "
			 "another one there is not noticed\n"),
		       disk->path);
}

static char *format_all(const struct disk *list, size_t count, size_t *ret_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);

	if (!out)
		return NULL;
	fputs(head, out);
	for (size_t i = 0; i < count; i++) {
		inventory_write(&list[i], out);
		show_added(&list[i]);
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

int disks_enrol(const struct disks_places *places, bool again)
{
	_cleanup_close_ int sysfs = open(places->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ struct disk *list = NULL;
	_cleanup_free_ char *text = NULL;
	size_t count = 0, length = 0;
	int r;

	if (!again && access(places->inventory, F_OK) == 0) {
		command_fail("disks",
			     _("%s is there already; 'sekisho disks enrol --again' replaces it by "
			       "what is plugged in now"),
			     places->inventory);
		return COMMAND_NO;
	}
	r = sysfs < 0 ? -EIO : disk_list(sysfs, &list, &count);
	if (r < 0)
		return command_fail("disks", _("the disks cannot be read: %s"), strerror(-r));
	text = format_all(list, count, &length);
	if (!text)
		return command_fail("disks", _("out of memory"));
	r = write_inventory(places->inventory, text, length);
	if (r < 0)
		return command_fail("disks", "%s: %s", places->inventory, strerror(-r));
	return check(places);
}

static int append(const char *path, const struct disk *disk)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *old = NULL, *text = NULL;
	size_t length = 0, all = 0;
	FILE *out;
	int r = file_open_trusted(AT_FDCWD, path, geteuid(), &fd);

	if (r == 0)
		r = file_read_all(fd, CONFIG_FILE_MAX, &old, &length);
	if (r < 0)
		return r;
	out = open_memstream(&text, &all);
	if (!out)
		return -ENOMEM;
	fwrite(old, 1, length, out);
	if (length > 0 && old[length - 1] != '\n')
		fputc('\n', out);
	inventory_write(disk, out);
	if (fclose(out) != 0)
		return -ENOMEM;
	return write_inventory(path, text, all);
}

static int find(const struct disks_places *places, const char *what, struct disk *ret_disk)
{
	_cleanup_close_ int sysfs = open(places->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = sysfs < 0 ? -EIO : disk_read(sysfs, what, ret_disk);

	return r == -ENOENT ? disks_from_event(places->journal, what, ret_disk) : r;
}

int disks_add(const struct disks_places *places, const char *what)
{
	struct inventory inventory;
	struct config_error error;
	struct disk disk;
	bool known;
	int r = inventory_load(places->inventory, geteuid(), &inventory, &error);

	if (r == -ENOENT)
		return command_fail("disks",
				    _("there is no %s yet: 'sekisho disks enrol' makes it"),
				    places->inventory);
	if (r < 0)
		return command_fail("disks", "%s", error.text);
	r = find(places, what, &disk);
	known = r == 0 && inventory_find(&inventory, &disk);
	inventory_free(&inventory);
	if (r == -ENOENT)
		return command_fail("disks",
				    _("there is no disk and no event '%s'; 'sekisho disks' shows "
				      "disks, 'sekisho events --json' events"),
				    what);
	if (r < 0)
		return command_fail("disks",
				    _("'%s' is no disk of the inventory's kind (%s): see "
				      "sekisho-disks.conf(5)"),
				    what, strerror(-r));
	if (known) {
		printf(_("%s is on the inventory already.\n"), disk.name);
		return COMMAND_OK;
	}
	r = append(places->inventory, &disk);
	if (r < 0)
		return command_fail("disks", "%s: %s", places->inventory, strerror(-r));
	show_added(&disk);
	r = check(places);
	puts(_("A disk that was taken away comes back with the next start of the machine."));
	return r;
}
