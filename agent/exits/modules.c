#include "modules.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Modules that stand below others: without these none of their kind is there. The same names are in
 * packaging/modprobe/sekisho-modules.conf. */
const struct module_list module_lists[MODULES_COUNT] = {
	[MODULES_GADGET] = {"modules-gadget", {"libcomposite", "gadgetfs", "raw_gadget"}},
	[MODULES_USBIP] = {"modules-usbip", {"usbip_core"}},
	[MODULES_DISKS] = {"modules-disks",
			   {"nbd", "rbd", "aoe", "drbd", "rnbd_client", "rnbd_server", "iscsi_tcp",
			    "ib_iser", "ib_srp", "fcoe", "nvme_fabrics", "nvmet",
			    "target_core_mod"}},
	[MODULES_FILES] = {"modules-files",
			   {"cifs", "ksmbd", "cifs_arc4", "nfs", "nfsd", "sunrpc", "ceph", "9p",
			    "kafs", "coda", "orangefs"}},
	[MODULES_FIREWIRE] = {"modules-firewire", {"firewire_core"}},
	[MODULES_FLOPPY] = {"modules-floppy", {"floppy"}},
	[MODULES_MODEM] = {"modules-modem", {"wwan"}},
};

bool module_is_loaded(const struct machine *machine, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "sys/module/%s", name);
	return faccessat(machine->root, path, F_OK, 0) == 0;
}

bool modules_loaded(const struct machine *machine, const struct module_list *list,
		    char names[static MODULES_TEXT])
{
	size_t length = 0;

	names[0] = '\0';
	for (size_t i = 0; list->names[i]; i++)
		if (module_is_loaded(machine, list->names[i]) && length < MODULES_TEXT)
			length += (size_t)snprintf(names + length, MODULES_TEXT - length, "%s%s",
						   length > 0 ? ", " : "", list->names[i]);
	return length > 0;
}
