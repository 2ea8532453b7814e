#include "known_device.h"

#include "ask.h"
#include "commandline.h"

#include "cleanup.h"
#include "gettext.h"
#include "journal_cursor.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int read_present(const char *sysfs, const char *what, struct known_device *ret_device)
{
	struct known_device device = {};
	_cleanup_close_ int root = open(sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int devices = -1;
	int r;

	if (root < 0)
		return -errno;
	devices = openat(root, "bus/usb/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (devices < 0)
		return -errno;
	r = facts_read(devices, what, &device.facts);
	if (r < 0)
		return r;
	device.closed = !device.facts.authorized;
	*ret_device = device;
	return 0;
}

/* "030101" or "03:01:01" at the beginning of @text. */
static int read_class(const char **text, struct usb_class *ret_class)
{
	size_t length = strcspn(*text, " ,.");
	char digits[2 * 3 + 1] = "";
	uint8_t codes[3];

	for (size_t i = 0, used = 0; i < length; i++) {
		if ((*text)[i] == ':' && length == sizeof("03:01:01") - 1 && i % 3 == 2)
			continue;
		if (used == sizeof(digits) - 1)
			return -EBADMSG;
		digits[used++] = (*text)[i];
	}
	if (hex_parse_exactly(digits, codes, sizeof(codes)) < 0)
		return -EBADMSG;
	*text += length;
	*ret_class = (struct usb_class){codes[0], codes[1], codes[2]};
	return 0;
}

int known_device_interfaces(const char *text, struct usb_descriptors *descriptors, bool *ret_cut)
{
	*ret_cut = strstr(text, "...") != NULL;
	for (text += strspn(text, " ,"); *text && *text != '.'; text += strspn(text, " ,")) {
		struct usb_class class;

		if (descriptors->n_interfaces == DESCRIPTORS_INTERFACES_MAX ||
		    read_class(&text, &class) < 0)
			return -EBADMSG;
		descriptors->interfaces[descriptors->n_interfaces++].class = class;
	}
	return 0;
}

static uint16_t read_id(const json_t *fields, const char *key)
{
	uint8_t bytes[2] = {};
	size_t length;

	if (hex_parse(ask_text(fields, key), bytes, sizeof(bytes), &length) < 0)
		return 0;
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Why it was refused, where no rule is about it; NULL: it is a USB device that was looked at. */
static const char *reason_of_others(const char *reason)
{
	static const char *const reasons[] = {"bus-closed", "not-in-inventory", "slot-closed",
					      "second-unit", "left"};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strcmp(reason, reasons[i]) == 0)
			return reasons[i];
	return NULL;
}

int known_device_from_event(const json_t *fields, struct known_device *ret_device)
{
	const char *reason = ask_text(fields, "reason");
	struct known_device device = {.foreign = strcmp(reason, "foreign-driver") == 0,
				      .other = reason_of_others(reason)};
	struct device_facts *facts = &device.facts;

	if (*ask_text(fields, "device") == '\0')
		return -EBADMSG;
	snprintf(facts->name, sizeof(facts->name), "%s", ask_text(fields, "device"));
	snprintf(facts->manufacturer, sizeof(facts->manufacturer), "%s",
		 ask_text(fields, "manufacturer"));
	snprintf(facts->product, sizeof(facts->product), "%s", ask_text(fields, "name"));
	snprintf(facts->serial, sizeof(facts->serial), "%s", ask_text(fields, "serial"));
	snprintf(facts->hash, sizeof(facts->hash), "%s", ask_text(fields, "descriptors"));
	facts->internal = strcmp(ask_text(fields, "internal"), "yes") == 0;
	/* The others may have left since; the rules alone don't tell. */
	facts->clone = strcmp(reason, "clone") == 0;
	facts->places.counted = strcmp(reason, "surplus") == 0;
	facts->descriptors.vendor = read_id(fields, "vendor");
	facts->descriptors.product = read_id(fields, "product");
	if (device.other) {
		*ret_device = device;
		return 0;
	}
	if (strcmp(reason, "unreadable") == 0)
		facts->unreadable = -EBADMSG;
	else if (known_device_interfaces(ask_text(fields, "interfaces"), &facts->descriptors,
					 &device.cut) < 0)
		return -EBADMSG;
	*ret_device = device;
	return 0;
}

/* Looks for the event by its id or its sequence number. */
static int read_recorded(const char *journal, const char *what, struct known_device *ret_device)
{
	_cleanup_close_ int directory = open(journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static struct journal_cursor cursor; /* 64 KiB: not for the stack */
	struct journal_record record;
	struct journal_span line;
	uint64_t sequence = 0;
	int found = 0, r;

	if (directory < 0)
		return -errno;
	number_parse(what, 1, JOURNAL_SEQUENCE_MAX, &sequence);
	journal_cursor_begin(&cursor, directory, false);
	while (!found && (r = journal_cursor_next(&cursor, &record, &line)) != 0) {
		json_t *fields;

		if (r < 0)
			continue;
		if (record.sequence != sequence &&
		    (record.id.length != strlen(what) ||
		     memcmp(record.id.bytes, what, record.id.length) != 0))
			continue;
		fields = json_loadb(record.fields.bytes, record.fields.length, 0, NULL);
		found = known_device_from_event(fields, ret_device) < 0 ? -EBADMSG : 1;
		json_decref(fields);
	}
	journal_cursor_end(&cursor);
	return found == 0 ? -ENOENT : found < 0 ? found : 0;
}

int known_device_find(const char *sysfs, const char *journal, const char *what,
		      struct known_device *ret_device)
{
	/* A device has a dash in its name ("1-1.2"), an event's id four, its number none. */
	int r = read_present(sysfs, what, ret_device);

	return r < 0 ? read_recorded(journal, what, ret_device) : r;
}

int known_device_fail(const char *command, const char *what, int error)
{
	if (error == -EACCES)
		return command_fail(command,
				    _("only root and members of the group sekisho-audit may read "
				      "the journal; try sudo"));
	if (error == -EBADMSG)
		return command_fail(command, _("event %s is not about a device"), what);
	return command_fail(command,
			    _("no device and no event %s: see 'sekisho devices' and "
			      "'sekisho events --json'"),
			    what);
}
