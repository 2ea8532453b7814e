/* A disk that was taken away is known by what was recorded of it. */
#include "ask.h"
#include "disks.h"

#include "cleanup.h"
#include "journal_cursor.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const struct {
	const char *field;
	size_t offset;
} fields_told[] = {
	{"wwid", offsetof(struct disk, wwid)},
	{"serial", offsetof(struct disk, serial)},
	{"name", offsetof(struct disk, model)},
	{"path", offsetof(struct disk, path)},
};

/* They will stand in a configuration file: lib/disk.h says what a text may hold. */
static bool is_plain(const char *text)
{
	return text[strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "._:+/@-%!")] == '\0';
}

static int read_fields(const json_t *fields, struct disk *ret_disk)
{
	const char *device = ask_text(fields, "device");
	size_t bus = strcspn(device, " ");
	struct disk disk = {};

	if (strcmp(ask_text(fields, "reason"), "not-in-inventory") != 0 || device[bus] != ' ' ||
	    bus >= sizeof(disk.bus) || strlen(device + bus + 1) >= sizeof(disk.name))
		return -EBADMSG;
	memcpy(disk.bus, device, bus);
	memcpy(disk.name, device + bus + 1, strlen(device + bus + 1) + 1);
	if (!is_plain(disk.bus) || !is_plain(disk.name))
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(fields_told); i++) {
		const char *text = ask_text(fields, fields_told[i].field);

		if (strlen(text) >= DISK_TEXT_MAX || !is_plain(text))
			return -EBADMSG;
		memcpy((char *)&disk + fields_told[i].offset, text, strlen(text) + 1);
	}
	*ret_disk = disk;
	return 0;
}

int disks_from_event(const char *journal, const char *event, struct disk *ret_disk)
{
	_cleanup_close_ int directory = open(journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static struct journal_cursor cursor; /* 64 KiB: not for the stack */
	struct journal_record record;
	struct journal_span line;
	uint64_t sequence = 0;
	int r, found = -ENOENT;

	if (directory < 0)
		return -errno;
	number_parse(event, 1, JOURNAL_SEQUENCE_MAX, &sequence);
	journal_cursor_begin(&cursor, directory, false);
	while (found == -ENOENT && (r = journal_cursor_next(&cursor, &record, &line)) != 0) {
		json_t *fields;

		if (r < 0 || (record.sequence != sequence &&
			      (record.id.length != strlen(event) ||
			       memcmp(record.id.bytes, event, record.id.length) != 0)))
			continue;
		fields = json_loadb(record.fields.bytes, record.fields.length, 0, NULL);
		found = read_fields(fields, ret_disk);
		json_decref(fields);
	}
	journal_cursor_end(&cursor);
	return found;
}
