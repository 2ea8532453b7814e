/* sekisho disks: which disks belong into this machine, and which are there. */
#include "disks.h"
#include "command.h"

#include "cleanup.h"
#include "gettext.h"
#include "paths.h"
#include "rootdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <string.h>

struct shown {
	struct disk *list;
	size_t count;
	struct inventory inventory;
	char roots[ROOTDISK_MAX][DISK_NAME_MAX];
	size_t n_roots;
	bool json;
};

static bool is_root(const struct shown *shown, const struct disk *disk)
{
	for (size_t i = 0; i < shown->n_roots; i++)
		if (strcmp(shown->roots[i], disk->name) == 0)
			return true;
	return false;
}

static void show_one(const struct shown *shown, const struct disk *disk, bool listed)
{
	if (shown->json) {
		json_t *object =
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "disk",
				  disk->name, "bus", disk->bus, "wwid", disk->wwid, "serial",
				  disk->serial, "model", disk->model, "path", disk->path, "listed",
				  listed, "root", is_root(shown, disk), "weak", disk_is_weak(disk));

		json_dumpf(object, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		putchar('\n');
		json_decref(object);
		return;
	}
	command_column(disk->name, 12);
	command_column(listed ? _("listed") : _("NOT LISTED"), 12);
	printf("%s %s %s%s\n", disk->bus, disk->model, disk->serial[0] ? disk->serial : disk->wwid,
	       is_root(shown, disk) ? _(" (root file system)") : "");
	if (disk_is_weak(disk))
		printf(_("                        no number of its own: known by its place, %s\n"),
		       disk->path);
}

static void show_missing(const struct shown *shown, const struct inventory_entry *entry)
{
	for (size_t i = 0; i < shown->count; i++)
		if (inventory_find(&shown->inventory, &shown->list[i]) == entry)
			return;
	if (shown->json)
		return;
	command_column(entry->label, 12);
	command_column(_("missing"), 12);
	printf("%s %s %s\n", entry->disk.bus, entry->disk.model,
	       entry->disk.serial[0] ? entry->disk.serial : entry->disk.wwid);
}

/* 0: all that are there are listed. */
static int show(const struct shown *shown)
{
	int r = COMMAND_OK;

	for (size_t i = 0; i < shown->count; i++) {
		bool listed = inventory_find(&shown->inventory, &shown->list[i]);

		show_one(shown, &shown->list[i], listed);
		if (!listed)
			r = COMMAND_NO;
	}
	for (size_t i = 0; i < shown->inventory.count; i++)
		show_missing(shown, &shown->inventory.list[i]);
	return r;
}

static int list_disks(const struct disks_places *places, bool json)
{
	_cleanup_close_ int sysfs = open(places->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int mounts = open(places->mountinfo, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ struct disk *list = NULL;
	struct shown shown = {.json = json};
	struct config_error error;
	int r = inventory_load(places->inventory, geteuid(), &shown.inventory, &error);

	if (r == -ENOENT)
		command_fail("disks", _("there is no %s yet: 'sekisho disks enrol' makes it"),
			     places->inventory);
	else if (r < 0)
		return command_fail("disks", "%s", error.text);
	r = sysfs < 0 ? -EIO : disk_list(sysfs, &list, &shown.count);
	shown.list = list;
	if (r < 0) {
		inventory_free(&shown.inventory);
		return command_fail("disks", _("the disks cannot be read: %s"), strerror(-r));
	}
	rootdisk_find(sysfs, mounts, shown.roots, ROOTDISK_MAX, &shown.n_roots);
	r = show(&shown);
	inventory_free(&shown.inventory);
	return r;
}

int command_disks(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"again", no_argument, NULL, 'a'}, {}};
	static const struct disks_places places = {SEKISHO_DISKS, "/sys", "/proc/self/mountinfo",
						   SEKISHO_JOURNAL};
	bool json = false, again = false;
	const char *verb;
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == '?')
			return command_usage("disks");
		json |= option == 'j';
		again |= option == 'a';
	}
	verb = optind < argc ? argv[optind] : "list";
	argc -= optind;
	if (argc <= 1 && strcmp(verb, "list") == 0 && !again)
		return list_disks(&places, json);
	if (geteuid() != 0)
		return command_fail("disks", _("only root may do this; try sudo"));
	if (argc == 1 && strcmp(verb, "enrol") == 0 && !json)
		return disks_enrol(&places, again);
	if (argc == 2 && strcmp(verb, "add") == 0 && !json && !again)
		return disks_add(&places, argv[optind + 1]);
	return command_usage("disks");
}
