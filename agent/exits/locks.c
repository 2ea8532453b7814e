#include "exits.h"

#include "gettext.h"

#include <stdarg.h>
#include <stdio.h>

const struct lock_row lock_rows[LOCK_COUNT] = {
	[LOCK_USB_DEFAULT] = {"usb-default",
			      N_("a USB controller that comes begins with a closed bus"),
			      look_usb_default},
	[LOCK_USB_BUSES] = {"usb-buses",
			    N_("on each bus a device, and each of its interfaces, begins closed"),
			    look_usb_buses},
	[LOCK_USB_INTERFACES] = {"usb-interfaces", N_("what is open was opened by the rules"),
				 look_usb_interfaces},
	[LOCK_USB_NODES] = {"usb-nodes", N_("nobody but root opens the node of a refused device"),
			    look_usb_nodes},
	[LOCK_BUSES] = {"buses", N_("what joins another bus after the start gets no driver"),
			look_buses},
	[LOCK_DISKS] = {"disks", N_("a disk that is not on the inventory is taken away"),
			look_disks},
	[LOCK_SLOTS] = {"slots", N_("a card that is plugged in after the start loses its driver"),
			look_slots},
	[LOCK_THUNDERBOLT] = {"thunderbolt", N_("no Thunderbolt device is let in"),
			      look_thunderbolt},
	[LOCK_RADIOS] = {"radios",
			 N_("radios but Bluetooth are off, and go off again where somebody turns "
			    "one on"),
			 look_radios},
	[LOCK_BLUETOOTH] = {"bluetooth-radios",
			    N_("Bluetooth is off, and goes off again where somebody turns it on"),
			    look_bluetooth},
	[LOCK_OPTICAL] = {"optical", N_("built-in optical drives are read-only and root's alone"),
			  look_optical},
	[LOCK_SERIAL] = {"serial", N_("people don't open the mainboard's serial ports"),
			 look_serial},
	[LOCK_GADGETS] = {"gadgets", N_("the terminal is no USB device of another computer"),
			  look_gadgets},
	[LOCK_MODULES_GADGET] = {"modules-gadget", N_("no driver makes the terminal a USB device"),
				 look_modules_gadget},
	[LOCK_MODULES_USBIP] = {"modules-usbip", N_("no driver carries USB over the network"),
				look_modules_usbip},
	[LOCK_MODULES_DISKS] = {"modules-disks",
				N_("no driver makes a disk of something on the network"),
				look_modules_disks},
	[LOCK_MODULES_FILES] = {"modules-files",
				N_("no file system of the network is in the kernel"),
				look_modules_files},
	[LOCK_MODULES_FIREWIRE] = {"modules-firewire", N_("FireWire has no driver"),
				   look_modules_firewire},
	[LOCK_MODULES_FLOPPY] = {"modules-floppy", N_("floppy drives have no driver"),
				 look_modules_floppy},
	[LOCK_MODULES_MODEM] = {"modules-modem", N_("built-in modems have no driver"),
				look_modules_modem},
	[LOCK_SESSION_DEVICES] = {"session-devices",
				  N_("sessions open no raw device, root's in them neither"),
				  look_session_devices},
	[LOCK_SESSION_PLACE] = {"session-place",
				N_("everything that came of a log-in is where such a policy holds"),
				look_session_place},
	[LOCK_GUARD_MOUNTS] =
		{"guard-mounts",
		 N_("nobody, root neither, mounts a file system of the network or of FUSE"),
		 look_guard_mounts},
	[LOCK_GUARD_COMMANDS] = {"guard-commands",
				 N_("nobody but the services listed sends raw commands to disks"),
				 look_guard_commands},
	[LOCK_GUARD_WRITES] =
		{"guard-writes",
		 N_("nobody but the services listed writes to disks past the file systems"),
		 look_guard_writes},
	[LOCK_GUARD_SOCKETS] = {"guard-sockets", N_("nobody has a Bluetooth socket"),
				look_guard_sockets},
	[LOCK_FILES] = {"files",
			N_("units, rules and options of Sekisho's are as they were installed"),
			look_files},
	[LOCK_SOLE_JUDGE] = {"sole-judge",
			     N_("no other program or rule of udev decides about USB devices"),
			     look_sole_judge},
};

void lock_found(struct lock_finding *finding, enum lock_state state, const char *format, ...)
{
	va_list arguments;

	finding->state = state;
	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
}

void locks_look(const struct machine *machine, struct lock_finding findings[static LOCK_COUNT])
{
	for (size_t i = 0; i < LOCK_COUNT; i++)
		lock_rows[i].look(machine, &findings[i]);
}
