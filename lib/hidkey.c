#include "hidkey.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#define DESCRIPTOR_MAX 4096 /* HID_MAX_DESCRIPTOR_SIZE */
#define UEVENT_MAX     4096

static bool is_node(const char *name)
{
	size_t length = strlen(name);

	return strncmp(name, "hidraw", 6) == 0 && length > 6 && length < HIDKEY_NODE_MAX &&
	       strspn(name + 6, "0123456789") == length - 6;
}

static bool is_instance(const char *name)
{
	return *name && strlen(name) < HIDKEY_INSTANCE_MAX &&
	       name[strspn(name, "0123456789ABCDEFabcdef:.")] == '\0' && *name != '.';
}

/* class/hidraw/NODE is a link to ../../devices/PORT/INSTANCE/hidraw/NODE. Cuts @path behind PORT
 * and tells where INSTANCE is. */
static int take_apart(char *path, const char **ret_instance)
{
	for (int i = 0; i < 3; i++) {
		char *slash = strrchr(path, '/');

		if (!slash)
			return -EBADMSG;
		*slash = '\0';
		*ret_instance = slash + 1;
	}
	return is_instance(*ret_instance) ? 0 : -EBADMSG;
}

/* Vendor, product, name and serial number: what the device says of itself, so it is only hashed. */
static void add_words(EVP_MD_CTX *hash, char *uevent)
{
	char *rest = NULL;

	for (const char *line = strtok_r(uevent, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, "HID_", 4) == 0)
			EVP_DigestUpdate(hash, line, strlen(line) + 1);
}

static int read_below(int directory, const char *name, size_t max, char **ret_text,
		      size_t *ret_length)
{
	_cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : file_read_all(fd, max, ret_text, ret_length);
}

static int identify(int device, const char *port, char identity[static HIDKEY_IDENTITY_MAX])
{
	_cleanup_free_ char *uevent = NULL;
	_cleanup_free_ char *descriptor = NULL;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	size_t size, descriptor_size = 0;
	EVP_MD_CTX *hash;
	int r;

	r = read_below(device, "uevent", UEVENT_MAX, &uevent, &size);
	if (r == 0)
		r = read_below(device, "report_descriptor", DESCRIPTOR_MAX, &descriptor,
			       &descriptor_size);
	if (r < 0)
		return r;
	hash = EVP_MD_CTX_new();
	if (!hash || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1)
		r = -ENOMEM;
	if (r == 0) {
		EVP_DigestUpdate(hash, port, strlen(port) + 1);
		add_words(hash, uevent);
		EVP_DigestUpdate(hash, descriptor, descriptor_size);
		r = EVP_DigestFinal_ex(hash, digest, &length) == 1 ? 0 : -EIO;
	}
	EVP_MD_CTX_free(hash);
	if (r == 0)
		hex_format(digest, 32, identity);
	return r;
}

int hidkey_read(int sysfs, const char *node, struct hidkey *ret_key)
{
	_cleanup_close_ int device = -1;
	char name[HIDKEY_NODE_MAX + 24], path[PATH_MAX];
	const char *instance = NULL;
	struct hidkey key = {};
	ssize_t length;
	int r;

	if (!is_node(node))
		return -EINVAL;
	snprintf(name, sizeof(name), "class/hidraw/%s", node);
	length = readlinkat(sysfs, name, path, sizeof(path) - 1);
	if (length < 0)
		return -errno;
	path[length] = '\0';
	r = take_apart(path, &instance);
	if (r < 0)
		return r;
	snprintf(key.instance, sizeof(key.instance), "%s", instance);
	snprintf(name, sizeof(name), "class/hidraw/%s/device", node);
	device = openat(sysfs, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (device < 0)
		return -errno;
	r = identify(device, path, key.identity);
	if (r == 0)
		*ret_key = key;
	return r;
}

bool hidkey_is_there(int sysfs, const char *instance)
{
	char path[HIDKEY_INSTANCE_MAX + 32];

	if (!is_instance(instance))
		return false;
	snprintf(path, sizeof(path), "bus/hid/devices/%s", instance);
	return faccessat(sysfs, path, F_OK, 0) == 0;
}

int hidkey_find(int sysfs, const char *identity, const char *except,
		char ret_node[static HIDKEY_NODE_MAX], struct hidkey *ret_key)
{
	int fd = openat(sysfs, "class/hidraw", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = -ENOENT;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (r < 0 && (entry = readdir(directory))) {
		struct hidkey key;

		if (!is_node(entry->d_name) || hidkey_read(sysfs, entry->d_name, &key) < 0 ||
		    strcmp(key.identity, identity) != 0 || strcmp(key.instance, except) == 0)
			continue;
		snprintf(ret_node, HIDKEY_NODE_MAX, "%.15s", entry->d_name);
		*ret_key = key;
		r = 0;
	}
	closedir(directory);
	return r;
}
