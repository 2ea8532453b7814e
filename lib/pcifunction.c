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

/* A driver whose name can't be read, or is cut, is none that fits. */
static void read_driver(int sysfs, struct pcifunction *function)
{
	char path[96], target[256] = "";
	const char *name;

	snprintf(path, sizeof(path), "bus/pci/devices/%s/driver", function->name);
	function->driven = faccessat(sysfs, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (!function->driven)
		return;
	if (readlinkat(sysfs, path, target, sizeof(target) - 1) < 0)
		snprintf(target, sizeof(target), "/?");
	name = strrchr(target, '/');
	snprintf(function->driver, sizeof(function->driver), "%.30s", name ? name + 1 : "?");
}

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
	read_driver(sysfs, &function);
	snprintf(path, sizeof(path), "bus/pci/devices/%s/driver_override", name);
	function.closed = file_read_line(sysfs, path, text, sizeof(text)) == 0 &&
			  strcmp(text, PCIFUNCTION_CLOSED) == 0;
	*ret_function = function;
	return 0;
}

/* The kernel's include/linux/pci_ids.h: PCI_CLASS_BRIDGE_PCI, PCI_CLASS_SERIAL_USB. A class is only
 * a claim, and most drivers match by vendor and device alone. */
bool pcifunction_is_harmless(const struct pcifunction *function)
{
	static const struct {
		const char *class;
		const char *driver;
	} fitting[] = {
		{"0x0604", ""},		{"0x0604", "pcieport"}, {"0x0604", "shpchp"},
		{"0x0c03", ""},		{"0x0c03", "xhci_hcd"}, {"0x0c03", "xhci-pci-renesas"},
		{"0x0c03", "ehci-pci"}, {"0x0c03", "ohci-pci"}, {"0x0c03", "uhci_hcd"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fitting); i++)
		if (strncmp(function->class, fitting[i].class, 6) == 0 &&
		    strcmp(function->driver, fitting[i].driver) == 0)
			return true;
	return false;
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
