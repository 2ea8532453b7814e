#include "exits.h"

#include "cleanup.h"
#include "gettext.h"

#include <dirent.h>
#include <fcntl.h>

#define ONE(lock)   (1U << (lock))
#define USB_CLOSED  (ONE(LOCK_USB_DEFAULT) | ONE(LOCK_USB_BUSES) | ONE(LOCK_USB_INTERFACES))
#define RAW_CLOSED  (ONE(LOCK_SESSION_DEVICES) | ONE(LOCK_SESSION_PLACE))
#define USER_CLOSED (USB_CLOSED | ONE(LOCK_USB_NODES) | RAW_CLOSED)

/* Whether a folder of the machine has anything in it. */
static bool has_any(const struct machine *machine, const char *path)
{
	_cleanup_close_ int fd = openat(machine->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	bool found = false;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory)
		return false;
	steal_fd(&fd);
	while (!found && (entry = readdir(directory)))
		found = entry->d_name[0] != '.';
	closedir(directory);
	return found;
}

static bool has_drive(const struct machine *machine)
{
	return has_any(machine, "sys/bus/scsi/drivers/sr") ||
	       has_any(machine, "sys/bus/platform/drivers/floppy");
}

static bool has_slots(const struct machine *machine)
{
	return has_any(machine, "sys/bus/pci/slots");
}

static bool has_thunderbolt(const struct machine *machine)
{
	return has_any(machine, "sys/bus/thunderbolt/devices");
}

static bool has_pcmcia(const struct machine *machine)
{
	return has_any(machine, "sys/class/pcmcia_socket");
}

static bool has_firewire(const struct machine *machine)
{
	return has_any(machine, "sys/bus/firewire/devices");
}

static bool has_wireless(const struct machine *machine)
{
	return has_any(machine, "sys/class/ieee80211");
}

static bool has_bluetooth(const struct machine *machine)
{
	return has_any(machine, "sys/class/bluetooth");
}

static bool has_modem(const struct machine *machine)
{
	return has_any(machine, "sys/class/wwan");
}

static bool has_udc(const struct machine *machine)
{
	return has_any(machine, "sys/class/udc");
}

const struct exit_row exit_rows[] = {
	{"usb-storage", N_("USB disks, sticks and card readers (BOT, UAS)"), USER_CLOSED,
	 "device.blocked", "usb_storage", NULL, NULL, false},
	{"usb-mtp", N_("telephones and cameras (MTP, PTP, ADB)"), USER_CLOSED, "device.blocked",
	 "usb_mtp", NULL, NULL, false},
	{"usb-network", N_("USB network, tethering and modems"), USER_CLOSED, "device.blocked",
	 "usb_network", NULL, NULL, false},
	{"usb-serial", N_("USB serial adapters"), USER_CLOSED, "device.blocked", "usb_serial", NULL,
	 NULL, false},
	{"usb-printer", N_("USB printers"), USER_CLOSED, "device.blocked", NULL, NULL, NULL, false},
	{"usb-radio", N_("USB adapters for Wi-Fi and Bluetooth"), USER_CLOSED, "device.blocked",
	 NULL, NULL, NULL, false},
	{"usb-requests", N_("vendor requests to a refused USB device through its node"),
	 ONE(LOCK_USB_NODES) | RAW_CLOSED, NULL, "usb_requests", NULL, NULL, false},
	{"usb-controller", N_("USB controllers that are plugged in (docks, cards, usbip)"),
	 ONE(LOCK_USB_DEFAULT) | ONE(LOCK_USB_BUSES), "device.blocked", "usb_controller", NULL,
	 NULL, false},
	{"raw-nodes", N_("raw access to disks and devices: sd, sg, bsg, usbfs, loop, fuse, tun"),
	 RAW_CLOSED, NULL, "raw_nodes", NULL, NULL, false},
	{"sd-card", N_("SD and MMC cards in a built-in reader, Memory Sticks"), ONE(LOCK_BUSES),
	 NULL, "sd_card", NULL, NULL, false},
	{"disk", N_("disks plugged in at run time: SATA, SCSI"), ONE(LOCK_BUSES) | RAW_CLOSED,
	 "device.blocked", "disk", NULL, NULL, false},
	{"pci",
	 N_("cards and NVMe disks plugged in at run time, docks with controllers of their own"), 0,
	 NULL, NULL, has_slots, NULL, false},
	{"disk-at-boot", N_("disks and cards that are there before the boot"), 0, NULL, NULL, NULL,
	 NULL, false},
	{"optical", N_("discs in a built-in writer, floppies"), 0, NULL, NULL, has_drive,
	 N_("sessions can't write to the drive, but a service may mount a disc for them"), false},
	{"thunderbolt", N_("Thunderbolt and USB4"), ONE(LOCK_THUNDERBOLT), NULL, NULL,
	 has_thunderbolt, NULL, false},
	{"pcmcia", N_("PCMCIA cards"), ONE(LOCK_BUSES), "device.blocked", NULL, has_pcmcia, NULL,
	 false},
	{"firewire", N_("FireWire"), ONE(LOCK_BUSES) | RAW_CLOSED, "device.blocked", NULL,
	 has_firewire, NULL, false},
	{"wifi", N_("built-in Wi-Fi"), ONE(LOCK_RADIOS), NULL, "radio", has_wireless, NULL, false},
	{"bluetooth", N_("built-in Bluetooth"), ONE(LOCK_RADIOS), NULL, "radio", has_bluetooth,
	 NULL, false},
	{"modem", N_("built-in modems for mobile networks"), 0, NULL, NULL, has_modem, NULL, false},
	{"gadget", N_("the terminal as a USB device of another computer"), ONE(LOCK_GADGETS), NULL,
	 NULL, has_udc, N_("root can make it one; that is seen, not prevented"), false},
	{"file-systems", N_("file systems of FUSE in sessions"), RAW_CLOSED, NULL, "raw_nodes",
	 NULL, N_("root mounts what it likes: see network"), false},
	{"network", N_("the network, to other zones"), 0, NULL, NULL, NULL, NULL, false},
	{"paper", N_("paper, and photographs of the screen"), 0, NULL, NULL, NULL,
	 N_("rules for people and rooms"), true},
	{"disk-removal", N_("the disk taken out"), 0, NULL, NULL, NULL,
	 N_("encryption of the disk"), true},
	{"other-system", N_("another operating system booted"), 0, NULL, NULL, NULL,
	 N_("a firmware password and Secure Boot"), true},
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
		state = EXIT_UNSEEN;
	}
	return state;
}
