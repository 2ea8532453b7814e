#include "inventory.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* The keys, each with the disk's text that it is held against. */
static const struct {
	const char *name;
	size_t offset, size;
} keys[] = {
	{"Bus", offsetof(struct disk, bus), DISK_BUS_MAX},
	{"Wwid", offsetof(struct disk, wwid), DISK_TEXT_MAX},
	{"Serial", offsetof(struct disk, serial), DISK_TEXT_MAX},
	{"Model", offsetof(struct disk, model), DISK_TEXT_MAX},
	{"Path", offsetof(struct disk, path), DISK_TEXT_MAX},
};

struct loading {
	struct inventory inventory;
	char file[1300]; /* with .section_line: the section being read */
	unsigned int section_line;
};

static char *text_of(struct disk *disk, size_t key)
{
	return (char *)disk + keys[key].offset;
}

static const char *const_text_of(const struct disk *disk, size_t key)
{
	return (const char *)disk + keys[key].offset;
}

/* The section read so far has to tell one disk from others. */
static int finish(const struct loading *loading, struct config_error *error)
{
	const struct inventory *inventory = &loading->inventory;
	const struct disk *disk;

	if (inventory->count == 0)
		return 0;
	disk = &inventory->list[inventory->count - 1].disk;
	if (disk->bus[0] == '\0')
		return config_fail(error, -EINVAL, loading->file, loading->section_line,
				   "the section has no Bus= line, such as Bus=nvme");
	if (disk_is_weak(disk) && disk->path[0] == '\0')
		return config_fail(error, -EINVAL, loading->file, loading->section_line,
				   "the section needs Wwid=, Serial= or Path=, else it fits every "
				   "disk of its model");
	return 0;
}

static int begin(struct loading *loading, const char *file, unsigned int line, const char *section,
		 struct config_error *error)
{
	static const char prefix[] = "Disk ";
	struct inventory *inventory = &loading->inventory;
	const char *label = section + strlen(prefix);
	struct inventory_entry *grown;
	int r = finish(loading, error);

	if (r < 0)
		return r;
	if (strncmp(section, prefix, strlen(prefix)) != 0 || *label == '\0' ||
	    strlen(label) > INVENTORY_LABEL_MAX)
		return config_fail(error, -EINVAL, file, line,
				   "unknown section; write [Disk NAME], NAME of %d bytes at most",
				   INVENTORY_LABEL_MAX);
	if (inventory->count == INVENTORY_MAX)
		return config_fail(error, -E2BIG, file, line, "more than %d sections",
				   INVENTORY_MAX);
	grown = realloc(inventory->list, (inventory->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	inventory->list = grown;
	grown[inventory->count] = (struct inventory_entry){};
	memcpy(grown[inventory->count++].label, label, strlen(label) + 1);
	snprintf(loading->file, sizeof(loading->file), "%s", file);
	loading->section_line = line;
	return 0;
}

static int on_key(void *user, const char *file, unsigned int line, unsigned int section_line,
		  const char *section, const char *name, const char *value,
		  struct config_error *error)
{
	struct loading *loading = user;
	size_t key;
	char *text;
	int r;

	if (section_line != loading->section_line || strcmp(file, loading->file) != 0) {
		r = begin(loading, file, section_line, section, error);
		if (r < 0)
			return r;
	}
	if (!name)
		return 0;
	for (key = 0; key < ARRAY_SIZE(keys); key++)
		if (strcmp(name, keys[key].name) == 0)
			break;
	if (key == ARRAY_SIZE(keys))
		return config_fail(error, -EINVAL, file, line, "unknown key '%.40s'", name);
	text = text_of(&loading->inventory.list[loading->inventory.count - 1].disk, key);
	if (*text)
		return config_fail(error, -EINVAL, file, line, "%s= is given twice", name);
	if (*value == '\0' || strlen(value) >= keys[key].size || strpbrk(value, " \t"))
		return config_fail(error, -EINVAL, file, line,
				   "%s= has to be what 'sekisho disks' shows, one word", name);
	memcpy(text, value, strlen(value) + 1);
	return 0;
}

int inventory_load(const char *path, uid_t owner, struct inventory *ret_inventory,
		   struct config_error *error)
{
	struct loading loading = {};
	int r = config_visit(path, owner, on_key, &loading, error);

	if (r == 0)
		r = finish(&loading, error);
	if (r < 0) {
		inventory_free(&loading.inventory);
		if (error->text[0] == '\0')
			config_fail(error, r, path, 0, "%s", strerror(-r));
		return r;
	}
	*ret_inventory = loading.inventory;
	return 0;
}

void inventory_free(struct inventory *inventory)
{
	free(inventory->list);
	*inventory = (struct inventory){};
}

static bool fits(const struct disk *wanted, const struct disk *disk)
{
	for (size_t key = 0; key < ARRAY_SIZE(keys); key++) {
		const char *text = const_text_of(wanted, key);

		if (*text && strcmp(text, const_text_of(disk, key)) != 0)
			return false;
	}
	return true;
}

const struct inventory_entry *inventory_find(const struct inventory *inventory,
					     const struct disk *disk)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (fits(&inventory->list[i].disk, disk))
			return &inventory->list[i];
	return NULL;
}

void inventory_write(const struct disk *disk, FILE *out)
{
	fprintf(out, "\n[Disk %s]\n", disk->name);
	for (size_t key = 0; key < ARRAY_SIZE(keys); key++) {
		const char *text = const_text_of(disk, key);

		if (*text && (strcmp(keys[key].name, "Path") != 0 || disk_is_weak(disk)))
			fprintf(out, "%s=%s\n", keys[key].name, text);
	}
}
