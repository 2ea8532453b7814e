#include "needs.h"

#include "cleanup.h"
#include "escape.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/input-event-codes.h>
#include <string.h>

#define INPUTS	       "sys/class/input"
#define HIDRAWS	       "sys/class/hidraw"
#define LINK_MAX_BYTES 1024
#define BITS_MAX       512 /* characters of a set of keys */
#define REPORT_MAX     4096 /* HID_MAX_DESCRIPTOR_SIZE */
#define WORD_BITS      (sizeof(unsigned long) * CHAR_BIT)

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

static DIR *open_list(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !directory)
		close(fd);
	return directory;
}

int needs_read_link(int root, const char *place, char *ret_target, size_t size)
{
	char path[256];
	ssize_t length;

	snprintf(path, sizeof(path), "sys/%s", place);
	length = readlinkat(root, path, ret_target, size - 1);
	if (length < 0)
		return -errno;
	ret_target[length] = '\0';
	return 0;
}

/* "1-2.4:1.0" */
static bool is_usb_interface(const char *name)
{
	static const char digits[] = "0123456789";
	size_t bus = strspn(name, digits);
	const char *port = name + bus + 1, *configuration;

	if (bus == 0 || name[bus] != '-')
		return false;
	configuration = port + strspn(port, "0123456789.") + 1;
	return configuration > port + 1 && configuration[-1] == ':' &&
	       configuration[strspn(configuration, "0123456789.")] == '\0';
}

/* The last interface on the way to a device: what hangs on it goes with it. */
static void find_interface(char *target, char interface[static FACTS_NAME_MAX])
{
	char *rest = NULL;

	interface[0] = '\0';
	for (const char *part = strtok_r(target, "/", &rest); part;
	     part = strtok_r(NULL, "/", &rest))
		if (is_usb_interface(part))
			snprintf(interface, FACTS_NAME_MAX, "%s", part);
}

int needs_add(int root, struct needs *needs, enum need_kind kind, const char *place,
	      const char *name)
{
	struct need need = {.kind = kind};
	char target[LINK_MAX_BYTES];
	int r;

	r = needs_read_link(root, place, target, sizeof(target));
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	find_interface(target, need.interface);
	escape_text(name, strlen(name), need.name, sizeof(need.name));
	for (size_t i = 0; i < needs->count; i++)
		if (needs->list[i].kind == kind && strcmp(needs->list[i].name, need.name) == 0 &&
		    strcmp(needs->list[i].interface, need.interface) == 0)
			return 0;
	if (needs->count == NEEDS_MAX)
		return -E2BIG;
	needs->list[needs->count++] = need;
	return 0;
}

/* The kernel shows a set of bits as words of its own size, the highest first and leading ones that
 * are zero left out (drivers/input/input.c, input_print_bitmap). */
static unsigned long read_word(const char *set, unsigned int number)
{
	const char *at = set + strlen(set);

	for (;; number--) {
		while (at > set && at[-1] == ' ')
			at--;
		if (at == set)
			return 0;
		while (at > set && at[-1] != ' ')
			at--;
		if (number == 0)
			return strtoul(at, NULL, 16);
	}
}

static bool has_bit(const char *set, unsigned int bit)
{
	return read_word(set, bit / WORD_BITS) >> bit % WORD_BITS & 1;
}

/* Escape, digits and the letters up to S: a power button or a volume control has not all of them.
 * udev calls the same a keyboard (systemd's udev-builtin-input_id.c). */
static bool is_keyboard(const char *keys)
{
	for (unsigned int key = KEY_ESC; key <= KEY_S; key++)
		if (!has_bit(keys, key))
			return false;
	return true;
}

static bool is_pointer(const char *keys, const char *relative, const char *absolute)
{
	bool moves = has_bit(relative, REL_X) && has_bit(relative, REL_Y);
	bool places = has_bit(absolute, ABS_X) && has_bit(absolute, ABS_Y);

	return (has_bit(keys, BTN_LEFT) && (moves || places)) ||
	       (has_bit(keys, BTN_TOUCH) && places);
}

static void read_set(int root, const char *input, const char *which, char set[static BITS_MAX])
{
	char path[256];

	snprintf(path, sizeof(path), INPUTS "/%.64s/capabilities/%s", input, which);
	if (file_read_line(root, path, set, BITS_MAX) < 0)
		set[0] = '\0';
}

/* FIDO's usage page, long form: 06 d0 f1 (CTAP 2, "HID report descriptor"). */
static bool tells_fido(int root, const char *hidraw)
{
	static const char page[] = {0x06, (char)0xd0, (char)0xf1};
	_cleanup_free_ char *report = NULL;
	_cleanup_close_ int fd = -1;
	char path[256];
	size_t length;

	snprintf(path, sizeof(path), HIDRAWS "/%.64s/device/report_descriptor", hidraw);
	fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && file_read_all(fd, REPORT_MAX, &report, &length) == 0 &&
	       memmem(report, length, page, sizeof(page));
}

/* True if another interface of the same USB device speaks FIDO. */
static bool is_security_key(int root, const char *interface)
{
	_cleanup_closedir_ DIR *directory = open_list(root, HIDRAWS);
	size_t length = strcspn(interface, ":") + 1;
	const struct dirent *entry;

	while (directory && *interface && (entry = readdir(directory))) {
		char place[128], target[LINK_MAX_BYTES], sister[FACTS_NAME_MAX];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(place, sizeof(place), "class/hidraw/%.64s", entry->d_name);
		if (needs_read_link(root, place, target, sizeof(target)) < 0)
			continue;
		find_interface(target, sister);
		if (strncmp(sister, interface, length) == 0 && tells_fido(root, entry->d_name))
			return true;
	}
	return false;
}

static int add_input(int root, struct needs *needs, const char *input)
{
	char keys[BITS_MAX], relative[BITS_MAX], absolute[BITS_MAX];
	char place[128], path[256], target[LINK_MAX_BYTES], name[256], interface[FACTS_NAME_MAX];
	int r = 0;

	snprintf(place, sizeof(place), "class/input/%.64s", input);
	/* What a program made, such as a remote desktop's. */
	if (needs_read_link(root, place, target, sizeof(target)) < 0 || strstr(target, "/virtual/"))
		return 0;
	find_interface(target, interface);
	if (is_security_key(root, interface))
		return 0;
	snprintf(path, sizeof(path), "sys/%s/name", place);
	if (file_read_line(root, path, name, sizeof(name)) < 0)
		snprintf(name, sizeof(name), "%.64s", input);
	read_set(root, input, "key", keys);
	read_set(root, input, "rel", relative);
	read_set(root, input, "abs", absolute);
	if (is_keyboard(keys))
		r = needs_add(root, needs, NEED_KEYBOARD, place, name);
	if (r == 0 && is_pointer(keys, relative, absolute))
		r = needs_add(root, needs, NEED_POINTER, place, name);
	return r;
}

static int add_inputs(int root, struct needs *needs)
{
	_cleanup_closedir_ DIR *directory = open_list(root, INPUTS);
	const struct dirent *entry;
	int r = 0;

	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (entry = readdir(directory)))
		if (strncmp(entry->d_name, "input", strlen("input")) == 0)
			r = add_input(root, needs, entry->d_name);
	return r;
}

static int by_kind(const void *left, const void *right)
{
	const struct need *one = left, *other = right;

	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	return strcmp(one->interface, other->interface);
}

int needs_read(int root, struct needs *ret_needs)
{
	int r;

	*ret_needs = (struct needs){};
	r = add_inputs(root, ret_needs);
	if (r == 0)
		r = needs_add_cards(root, ret_needs);
	qsort(ret_needs->list, ret_needs->count, sizeof(ret_needs->list[0]), by_kind);
	return r;
}
