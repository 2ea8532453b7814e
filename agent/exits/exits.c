#include "exits.h"

#include "cleanup.h"
#include "gettext.h"

#define ONE(lock) (1U << (lock))
#define USB_CLOSED                                                                                 \
	(ONE(LOCK_USB_DEFAULT) | ONE(LOCK_USB_BUSES) | ONE(LOCK_USB_INTERFACES) |                  \
	 ONE(LOCK_SOLE_JUDGE))
#define RAW_CLOSED  (ONE(LOCK_SESSION_DEVICES) | ONE(LOCK_SESSION_PLACE) | ONE(LOCK_FILES))
#define USER_CLOSED (USB_CLOSED | ONE(LOCK_USB_NODES) | RAW_CLOSED)

static bool has_drive(const struct machine *machine)
{
	return machine_has(machine, "sys/bus/scsi/drivers/sr");
}

static bool has_slots(const struct machine *machine)
{
	return machine_has(machine, "sys/bus/pci/slots");
}

static bool has_thunderbolt(const struct machine *machine)
{
	return machine_has(machine, "sys/bus/thunderbolt/devices");
}

static bool has_pcmcia(const struct machine *machine)
{
	return machine_has(machine, "sys/class/pcmcia_socket");
}

static bool has_wireless(const struct machine *machine)
{
	return machine_has(machine, "sys/class/ieee80211");
}

static bool has_bluetooth(const struct machine *machine)
{
	return machine_has(machine, "sys/class/bluetooth");
}

static bool has_udc(const struct machine *machine)
{
	return machine_has(machine, "sys/class/udc");
}

/* What has no .locks is open: nothing closes it yet. */
const struct exit_row exit_rows[] = {
	{.name = "usb-storage",
	 .title = N_("USB disks, sticks and card readers (BOT, UAS)"),
	 .locks = USER_CLOSED,
	 .event = "device.blocked"},
	{.name = "usb-mtp",
	 .title = N_("telephones and cameras (MTP, PTP, ADB)"),
	 .locks = USER_CLOSED,
	 .event = "device.blocked"},
	{.name = "usb-network",
	 .title = N_("USB network, tethering and modems"),
	 .locks = USER_CLOSED,
	 .event = "device.blocked"},
	{.name = "usb-serial",
	 .title = N_("USB serial adapters"),
	 .locks = USER_CLOSED,
	 .event = "device.blocked"},
	{.name = "usb-printer",
	 .title = N_("USB printers"),
	 .locks = USER_CLOSED,
	 .event = "device.blocked"},
	{.name = "usb-radio",
	 .title = N_("USB adapters for Wi-Fi and Bluetooth"),
	 .locks = USER_CLOSED,
	 .event = "device.blocked"},
	{.name = "usb-requests",
	 .title = N_("vendor requests to a refused USB device through its node"),
	 .locks = ONE(LOCK_USB_NODES) | RAW_CLOSED,
	 .event = "attempt.refused"},
	{.name = "usb-controller",
	 .title = N_("USB controllers that are plugged in (docks, cards, usbip)"),
	 .locks = ONE(LOCK_USB_DEFAULT) | ONE(LOCK_USB_BUSES),
	 .event = "device.blocked"},
	{.name = "raw-nodes",
	 .title = N_("raw access to disks and devices: sd, sg, bsg, usbfs, loop, fuse, tun"),
	 .locks = RAW_CLOSED | ONE(LOCK_GUARD_COMMANDS) | ONE(LOCK_GUARD_WRITES),
	 .event = "attempt.refused",
	 .note = N_("root reads disks"),
	 .weaker = N_("root can send raw commands to what it reads, and its services write disks")},
	{.name = "serial",
	 .title = N_("serial ports of the mainboard"),
	 .locks = ONE(LOCK_SERIAL),
	 .event = "attempt.refused"},
	{.name = "sd-card",
	 .title = N_("SD and MMC cards in a built-in reader, Memory Sticks"),
	 .locks = ONE(LOCK_BUSES),
	 .event = "device.blocked"},
	{.name = "disk",
	 .title = N_("disks plugged in at run time: SATA, SCSI, NVMe, virtio"),
	 .locks = ONE(LOCK_BUSES) | ONE(LOCK_DISKS) | RAW_CLOSED | ONE(LOCK_GUARD_WRITES),
	 .event = "device.blocked",
	 .note = N_("until it is taken away, some milliseconds, a service of root's can use it")},
	{.name = "disk-at-boot",
	 .title = N_("disks and memory cards that are there before the boot"),
	 .locks = ONE(LOCK_DISKS) | RAW_CLOSED,
	 .event = "device.blocked",
	 .note = N_("known by the numbers that they tell, which a made-up disk can tell too")},
	{.name = "pci",
	 .title = N_("cards plugged in at run time, docks with controllers of their own"),
	 .locks = ONE(LOCK_SLOTS) | ONE(LOCK_DISKS),
	 .event = "device.blocked",
	 .present = has_slots},
	{.name = "optical",
	 .title = N_("discs in a built-in writer"),
	 .locks = ONE(LOCK_OPTICAL) | RAW_CLOSED | ONE(LOCK_GUARD_COMMANDS),
	 .event = "attempt.refused",
	 .present = has_drive,
	 .weaker = N_("root can send it raw commands all the same")},
	{.name = "floppy",
	 .title = N_("floppies"),
	 .locks = ONE(LOCK_MODULES_FLOPPY),
	 .event = "tamper.found"},
	{.name = "thunderbolt",
	 .title = N_("Thunderbolt and USB4"),
	 .locks = ONE(LOCK_THUNDERBOLT),
	 .event = "tamper.found",
	 .present = has_thunderbolt},
	{.name = "pcmcia",
	 .title = N_("PCMCIA cards"),
	 .locks = ONE(LOCK_BUSES),
	 .event = "device.blocked",
	 .present = has_pcmcia},
	{.name = "firewire",
	 .title = N_("FireWire"),
	 .locks = ONE(LOCK_MODULES_FIREWIRE),
	 .event = "tamper.found"},
	{.name = "wifi",
	 .title = N_("built-in Wi-Fi"),
	 .locks = ONE(LOCK_RADIOS),
	 .event = "tamper.found",
	 .present = has_wireless},
	{.name = "bluetooth",
	 .title = N_("built-in Bluetooth"),
	 .locks = ONE(LOCK_BLUETOOTH) | ONE(LOCK_GUARD_SOCKETS),
	 .event = "attempt.refused",
	 .present = has_bluetooth,
	 .weaker = N_("what turns the radio on has it until it is off again, a moment later")},
	{.name = "modem",
	 .title = N_("built-in modems for mobile networks"),
	 .locks = ONE(LOCK_MODULES_MODEM),
	 .event = "tamper.found",
	 .note = N_("those that are on USB are closed as USB devices")},
	{.name = "gadget",
	 .title = N_("the terminal as a USB device of another computer"),
	 .locks = ONE(LOCK_MODULES_GADGET) | ONE(LOCK_GADGETS),
	 .event = "tamper.found",
	 .present = has_udc,
	 .note = N_("root can make it one; that is seen, not prevented")},
	{.name = "usbip",
	 .title = N_("USB over the network (USB/IP)"),
	 .locks = ONE(LOCK_MODULES_USBIP),
	 .event = "tamper.found",
	 .note = N_("root can load a driver by its file; that is seen, not prevented")},
	{.name = "network-disks",
	 .title = N_("disks over the network: NBD, iSCSI, NVMe over Fabrics"),
	 .locks = ONE(LOCK_MODULES_DISKS),
	 .event = "tamper.found",
	 .note = N_("root can load a driver by its file; that is seen, not prevented")},
	{.name = "network-files",
	 .title = N_("file systems over the network: SMB, NFS, Ceph"),
	 .locks = ONE(LOCK_MODULES_FILES) | ONE(LOCK_GUARD_MOUNTS),
	 .event = "attempt.refused",
	 .weaker = N_("root can load a driver by its file; that is seen, not prevented"),
	 .note = N_("programs that speak SMB or NFS themselves: see network")},
	{.name = "file-systems",
	 .title = N_("file systems of FUSE and of user namespaces in sessions"),
	 .locks = RAW_CLOSED | ONE(LOCK_GUARD_MOUNTS),
	 .event = "attempt.refused",
	 .weaker = N_("root mounts what it likes: see network")},
	{.name = "network",
	 .title = N_("the network, to other zones"),
	 .note = N_("the firewall between the zones: nothing but the servers that are needed"),
	 .not_ours = true},
	{.name = "printers",
	 .title = N_("printers on the network and on a parallel port"),
	 .note = N_("CUPS, whose administrators set printers up, and the firewall"),
	 .not_ours = true},
	{.name = "remote-desktop",
	 .title = N_("drives handed to a remote desktop"),
	 .note = N_("the server of the remote desktop: the programs here have no policy of their "
		    "own"),
	 .not_ours = true},
	{.name = "paper",
	 .title = N_("paper, and photographs of the screen"),
	 .note = N_("rules for people and rooms"),
	 .not_ours = true},
	{.name = "disk-removal",
	 .title = N_("the disk taken out"),
	 .note = N_("encryption of the disk"),
	 .not_ours = true},
	{.name = "other-system",
	 .title = N_("another operating system booted"),
	 .note = N_("a firmware password and Secure Boot"),
	 .not_ours = true},
};

const size_t exit_count = ARRAY_SIZE(exit_rows);

enum exit_state exit_state(const struct exit_row *row, const struct machine *machine,
			   const struct lock_finding findings[static LOCK_COUNT])
{
	enum exit_state state = EXIT_CLOSED;

	if (row->not_ours)
		return EXIT_NOT_OURS;
	if (row->present && !row->present(machine))
		return EXIT_ABSENT;
	if (row->locks == 0)
		return EXIT_OPEN;
	for (size_t i = 0; i < LOCK_COUNT; i++) {
		if (!(row->locks & ONE(i)) || findings[i].state == LOCK_HOLDS)
			continue;
		if (findings[i].state == LOCK_BROKEN)
			return EXIT_OPEN;
		if (findings[i].state == LOCK_UNSEEN)
			state = EXIT_UNSEEN;
		else if (state == EXIT_CLOSED)
			state = EXIT_WEAKER;
	}
	return state;
}
