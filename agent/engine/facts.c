#include "facts.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int open_directory(int parent, const char *name, int *ret_fd, uint64_t *ret_inode)
{
	_cleanup_close_ int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	*ret_inode = status.st_ino;
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* 0: unknown. */
static unsigned int read_number(int directory)
{
	char text[16];
	uint64_t number;

	return file_read_line(directory, "devnum", text, sizeof(text)) < 0 ||
			       number_parse(text, 1, UINT16_MAX, &number) < 0
		       ? 0
		       : (unsigned int)number;
}

/* A string the device may or may not have. */
static void read_text(int directory, const char *name, char text[static FACTS_TEXT_MAX])
{
	if (file_read_line(directory, name, text, FACTS_TEXT_MAX) < 0)
		text[0] = '\0';
}

static int hash_descriptors(const char *bytes, size_t length, char hash[static FACTS_HASH_SIZE])
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	hex_format(digest, (FACTS_HASH_SIZE - 1) / 2, hash);
	return 0;
}

static int read_descriptors(int directory, struct device_facts *facts)
{
	_cleanup_close_ int fd =
		openat(directory, "descriptors", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	_cleanup_free_ char *bytes = NULL;
	size_t length;
	int r;

	if (fd < 0)
		return -errno;
	r = file_read_all(fd, DESCRIPTORS_SIZE_MAX, &bytes, &length);
	if (r < 0)
		return r;
	r = hash_descriptors(bytes, length, facts->hash);
	if (r < 0)
		return r;
	return descriptors_parse((const uint8_t *)bytes, length, &facts->descriptors);
}

/* Where the firmware says nothing of a port, the kernel takes the hub's word for it
 * (drivers/usb/core/hub.c, set_usb_port_removable), and a hub can say anything. So whatever stands
 * between a device and the mainboard has to be built in as well. */
static bool is_internal(int devices, const char *name)
{
	for (size_t length = strcspn(name, "."); name[0];
	     length += 1 + strcspn(name + length + 1, ".")) {
		char path[FACTS_NAME_MAX + sizeof("/removable")], text[16];

		snprintf(path, sizeof(path), "%.*s/removable", (int)length, name);
		if (file_read_line(devices, path, text, sizeof(text)) < 0 ||
		    strcmp(text, "fixed") != 0)
			return false;
		if (name[length] == '\0')
			return true;
	}
	return false;
}

static int read_authorized(int directory, bool *ret_authorized)
{
	char text[8];
	int r;

	r = file_read_line(directory, "authorized", text, sizeof(text));
	if (r < 0)
		return r;
	*ret_authorized = strcmp(text, "0") != 0;
	return 0;
}

int facts_peek(int devices, const char *name, uint64_t *ret_inode, bool *ret_authorized)
{
	_cleanup_close_ int directory = -1;
	int r;

	r = open_directory(devices, name, &directory, ret_inode);
	return r < 0 ? r : read_authorized(directory, ret_authorized);
}

int facts_read(int devices, const char *name, struct device_facts *ret_facts)
{
	struct device_facts facts = {};
	_cleanup_close_ int directory = -1;
	int r;

	if (strlen(name) >= sizeof(facts.name))
		return -ENAMETOOLONG;
	memcpy(facts.name, name, strlen(name) + 1);
	r = open_directory(devices, name, &directory, &facts.inode);
	if (r < 0)
		return r;
	r = read_authorized(directory, &facts.authorized);
	if (r < 0)
		return r;
	facts.number = read_number(directory);
	read_text(directory, "manufacturer", facts.manufacturer);
	read_text(directory, "product", facts.product);
	read_text(directory, "serial", facts.serial);
	facts.internal = is_internal(devices, name);
	r = read_descriptors(directory, &facts);
	if (r == -ENOENT || r == -ENODEV || r == -ENOMEM)
		return r;
	facts.unreadable = r;
	*ret_facts = facts;
	return 0;
}

void facts_identify(const struct device_facts *facts,
		    uint8_t ret_identity[static FACTS_IDENTITY_SIZE])
{
	char text[FACTS_HASH_SIZE + 3 * FACTS_TEXT_MAX];
	uint8_t digest[EVP_MAX_MD_SIZE] = {};

	/* None of them has a line's end. */
	snprintf(text, sizeof(text), "%s\n%s\n%s\n%s", facts->hash, facts->manufacturer,
		 facts->product, facts->serial);
	EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL);
	memcpy(ret_identity, digest, FACTS_IDENTITY_SIZE);
}

static int read_class(int directory, struct usb_class *ret_class)
{
	static const char *const names[] = {"bInterfaceClass", "bInterfaceSubClass",
					    "bInterfaceProtocol"};
	uint8_t codes[ARRAY_SIZE(names)];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char text[8];
		size_t length;
		int r;

		r = file_read_line(directory, names[i], text, sizeof(text));
		if (r < 0)
			return r;
		r = hex_parse(text, &codes[i], 1, &length);
		if (r < 0 || length != 1)
			return -EBADMSG;
	}
	*ret_class = (struct usb_class){codes[0], codes[1], codes[2]};
	return 0;
}

/* The directory is there before the bus knows the interface and a driver can be bound. The kernel
 * makes power/ after that and sends the uevent last (drivers/base/core.c, device_add). */
static bool is_announced(int parent, const char *name)
{
	char path[FACTS_NAME_MAX + sizeof("/power")];

	snprintf(path, sizeof(path), "%.*s/power", FACTS_NAME_MAX - 1, name);
	return faccessat(parent, path, F_OK, 0) == 0;
}

static int read_interface(int parent, const char *name, struct interface_facts *ret_interface)
{
	struct interface_facts interface = {};
	_cleanup_close_ int directory = -1;
	int r;

	if (strlen(name) >= sizeof(interface.name))
		return -ENAMETOOLONG;
	memcpy(interface.name, name, strlen(name) + 1);
	r = open_directory(parent, name, &directory, &interface.inode);
	if (r < 0)
		return r;
	r = read_authorized(directory, &interface.authorized);
	if (r < 0)
		return r;
	r = read_class(directory, &interface.class);
	if (r < 0)
		return r;
	*ret_interface = interface;
	return 0;
}

/* Directories come in any order; people and tests want the device's own. */
static int by_name(const void *left, const void *right)
{
	const struct interface_facts *one = left, *other = right;

	return strverscmp(one->name, other->name);
}

int facts_read_interfaces(int devices, const struct device_facts *device,
			  struct interface_facts *interfaces, size_t size, size_t *ret_count,
			  bool *ret_more)
{
	size_t length = strlen(device->name), count = 0;
	const struct dirent *entry;
	uint64_t inode = 0;
	bool more = false;
	DIR *directory;
	int fd = -1, r;

	r = open_directory(devices, device->name, &fd, &inode);
	if (r < 0)
		return r;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		close(fd);
		return r;
	}
	if (inode != device->inode)
		r = -ESTALE;
	while (r == 0 && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, device->name, length) != 0 ||
		    entry->d_name[length] != ':')
			continue;
		if (!is_announced(fd, entry->d_name))
			more = true;
		else if (count == size)
			r = -E2BIG;
		else
			r = read_interface(fd, entry->d_name, &interfaces[count++]);
	}
	closedir(directory);
	if (r < 0)
		return r;
	qsort(interfaces, count, sizeof(interfaces[0]), by_name);
	*ret_count = count;
	if (ret_more)
		*ret_more = more;
	return 0;
}

int facts_driver(int devices, const char *name, char driver[static FACTS_NAME_MAX])
{
	char path[FACTS_NAME_MAX + sizeof("/driver")], target[512];
	const char *last;
	ssize_t length;

	snprintf(path, sizeof(path), "%.*s/driver", FACTS_NAME_MAX - 1, name);
	length = readlinkat(devices, path, target, sizeof(target) - 1);
	if (length < 0 && errno != ENOENT)
		return -errno;
	target[length < 0 ? 0 : length] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	snprintf(driver, FACTS_NAME_MAX, "%.*s", FACTS_NAME_MAX - 1, last);
	return 0;
}
