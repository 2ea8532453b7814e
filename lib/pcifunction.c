#include "pcifunction.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_MAX 65536u /* bytes */

static const struct {
	const char *attribute;
	size_t offset, size;
} texts[] = {
	{"vendor", offsetof(struct pcifunction, vendor), 8},
	{"device", offsetof(struct pcifunction, product), 8},
	{"subsystem_vendor", offsetof(struct pcifunction, subvendor), 8},
	{"subsystem_device", offsetof(struct pcifunction, subproduct), 8},
	{"class", offsetof(struct pcifunction, class), 16},
};

int pcifunction_read(int sysfs, const char *name, struct pcifunction *ret_function)
{
	struct pcifunction function = {};
	char path[96], text[32];
	struct stat status;

	if (strlen(name) >= sizeof(function.name) || name[0] == '.' || strchr(name, '/'))
		return -EINVAL;
	snprintf(function.name, sizeof(function.name), "%s", name);
	snprintf(path, sizeof(path), "bus/pci/devices/%s", name);
	if (fstatat(sysfs, path, &status, 0) < 0)
		return -errno;
	function.inode = status.st_ino;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		int r;

		snprintf(path, sizeof(path), "bus/pci/devices/%s/%s", name, texts[i].attribute);
		r = file_read_line(sysfs, path, (char *)&function + texts[i].offset, texts[i].size);
		if (r < 0)
			return r;
	}
	snprintf(path, sizeof(path), "bus/pci/devices/%s/driver", name);
	function.driven = faccessat(sysfs, path, F_OK, 0) == 0;
	snprintf(path, sizeof(path), "bus/pci/devices/%s/driver_override", name);
	function.closed = file_read_line(sysfs, path, text, sizeof(text)) == 0 &&
			  strcmp(text, PCIFUNCTION_CLOSED) == 0;
	*ret_function = function;
	return 0;
}

/* The kernel's include/linux/pci_ids.h: PCI_CLASS_BRIDGE_PCI, PCI_CLASS_SERIAL_USB. */
bool pcifunction_is_harmless(const struct pcifunction *function)
{
	return strncmp(function->class, "0x0604", 6) == 0 ||
	       strncmp(function->class, "0x0c03", 6) == 0;
}

int pcifunction_is_known(const struct pcifunction *function, int root, const char *list)
{
	_cleanup_close_ int fd = openat(root, list, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *text = NULL;
	char wanted[96], *rest;
	size_t length;
	int r;

	if (fd < 0)
		return -errno;
	r = file_read_all(fd, LIST_MAX, &text, &length);
	if (r < 0)
		return r;
	snprintf(wanted, sizeof(wanted), "%s %s:%s:%s:%s", function->name, function->vendor,
		 function->product, function->subvendor, function->subproduct);
	rest = text;
	for (const char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (strcmp(line, wanted) == 0)
			return 1;
	return 0;
}
