"""The ways out that the matrix tries: each is plugged in, and whoever is at its other end sees what came out."""

import glob
import os
import subprocess
import threading
import time

from card_reader import insert
from disk_gadget import Disk, Sink
from redirected import Gadget, Ports
from test_gadgets import DISK, HEADER, KEYBOARD, configuration

SIZE = 8 << 20
# A stick in the kernel's list of unusual ones, known by its numbers whatever its interface says (JetFlash, drivers/usb/storage).
UNUSUAL = bytes((18, 1, 0, 2, 0, 0, 0, 64, 0x8f, 5, 0x87, 0x63, 0x41, 1, 1, 2, 3, 1))
PRINTER = bytes((9, 4, 0, 0, 2, 7, 1, 2, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x02, 2, 0, 2, 0))
CAMERA = bytes((9, 4, 0, 0, 3, 6, 1, 1, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x02, 2, 0, 2, 0, 7, 5, 0x83, 3, 28, 0, 10))
SWAPS = 10
INSIDE = {"usbip": "/run/attached", "loop": "/tmp/loop-*"}
# Resets the device of that name: USBDEVFS_RESET.
RESET = (r"""cd $(dirname $(grep -lx '%s' /sys/bus/usb/devices/*/product)) && perl -e 'sysopen(F, shift, 2); ioctl(F, 0x5514, 0)' """
         "$(printf /dev/bus/usb/%%03d/%%03d $(cat busnum devnum))")


def medium(path):
    """A disk with a file system on it."""
    with open(path, "wb") as file:
        file.truncate(SIZE)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal,^metadata_csum", "-m", "0", path], check=True)


def numbered(configurations, header=HEADER[:8] + bytes((0x09, 0x12, 1, 0, 0, 1, 1, 2, 3))):
    """The header of a device of so many configurations; its numbers are no driver's."""
    return header + bytes((configurations,))


class Board:
    """All that is plugged into one machine."""

    def __init__(self, vm, wake=None):
        self.vm = vm
        self.wake = wake	# QEMU's word that lets a machine go on that stands still
        self.threads, self.later = [], []
        self.directory = vm.machine.directory
        self.template = self.file("template")
        medium(self.template)
        self.sinks = {}
        self.ports = None

    def file(self, name):
        """A path in the machine's directory."""
        return os.path.join(self.directory, name)

    def image(self, name):
        """A fresh medium."""
        path = self.file(name + ".disk")
        with open(self.template, "rb") as source, open(path, "wb") as target:
            target.write(source.read())
        self.sinks[name] = lambda: read(path)
        return path

    def gadget(self, name, gadget):
        """A device of our own at the next port."""
        self.sinks[name] = gadget.taken
        self.ports.list[len([one for one in self.ports.list if one.gadget])].plug(gadget)

    def has(self, name):
        """Whether that row can be tried here."""
        return name in self.sinks or name in INSIDE

    def taken(self, name):
        """What came out there. Two rows end in the machine itself."""
        if name in INSIDE:
            return self.vm.run("grep -aoh 'RESIDENTS-[a-z]*' %s" % INSIDE[name])[1].encode()
        return self.sinks[name]()


def read(path):
    """A file's content; nothing where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def storage(board, name):
    """A stick."""
    board.vm.usb_plug("storage", name, image=board.image(name), serial=name)


def uas(board, name):
    """A disk with the newer protocol."""
    board.vm.usb_plug("uas", name, image=board.image(name), serial=name)


def media(board, name):
    """A telephone: QEMU's keeps in a folder what it is sent."""
    root = board.file(name)
    os.mkdir(root)
    board.vm.usb_plug("mtp", name, rootdir=root, serial=name, readonly=False)
    board.sinks[name] = lambda: b"".join(map(read, glob.glob(root + "/*")))


def network(board, name):
    """A network card, and a file of all packets that it sends."""
    qmp, path = board.vm.qmp, board.file(name + ".pcap")
    qmp("netdev_add", type="hubport", id=name, hubid=0)
    qmp("object-add", qom_type="filter-dump", id=name + "-dump", netdev=name, file=path)
    board.vm.usb_plug("net", name + "-card", netdev=name, serial=name)
    board.sinks[name] = lambda: read(path)


def serial(board, name):
    """A serial adapter, and a file of what comes out of its line."""
    board.vm.usb_plug("serial", name, sink=board.file(name + ".line"), serial=name)
    board.sinks[name] = lambda: read(board.file(name + ".line"))


def scsi(board, name):
    """A disk on the controller that was there before."""
    board.vm.qmp("blockdev-add", driver="raw", node_name=name, file={"driver": "file", "filename": board.image(name)})
    board.vm.qmp("device_add", driver="scsi-hd", id=name, bus="hba.0", drive=name, serial=name)


def nvme(board, name):
    """A disk that is a card of its own."""
    board.vm.usb_plug("nvme", name, image=board.image(name), serial=name)


def controller(board, name):
    """A card with USB ports, and a stick in one of them."""
    board.vm.usb_plug("xhci", name + "-dock")
    board.vm.usb_plug("storage", name, image=board.image(name), serial=name, bus=name + "-dock.0")


def camera(board, name):
    """Two rows are one device: what its first endpoint is told, and the others."""
    gadget = Sink(numbered(1), [configuration(1, CAMERA)], ["lab", name, name])
    board.gadget(name, gadget)
    board.sinks[name] = lambda: bytes(gadget.sent)
    board.sinks["usb-requests"] = lambda: b"".join(data for *_, data in gadget.asked)


def printer(board, name):
    """It keeps what it is sent."""
    gadget = Sink(numbered(1), [configuration(1, PRINTER)], ["lab", name, name])
    board.gadget(name, gadget)
    board.sinks[name] = lambda: bytes(gadget.sent)


def pretender(board, name, configurations, header=None):
    """A stick that is something else as well."""
    board.gadget(name, Disk(header or numbered(len(configurations)), configurations, ["lab", name, name], read(board.template)))


def composite(board, name):
    """Two interfaces, a keyboard's first."""
    both = KEYBOARD + DISK[:2] + b"\1" + DISK[3:]
    pretender(board, name, [bytes((9, 2, 9 + len(both), 0, 2, 1, 0, 0x80, 50)) + both])


def hidden(board, name):
    """As test_gadgets.hides_from_udev."""
    both = KEYBOARD + bytes((2, 0xff)) + DISK[:2] + b"\1" + DISK[3:]
    pretender(board, name, [bytes((9, 2, 9 + len(both), 0, 2, 1, 0, 0x80, 50)) + both])


def second(board, name):
    """The kernel takes the first configuration that the port has the current for."""
    pretender(board, name, [configuration(1, KEYBOARD, 255), configuration(2, DISK)])


def numbers(board, name):
    """usb-storage takes it by its numbers, whatever it says it is."""
    pretender(board, name, [configuration(1, DISK[:5] + b"\3" + DISK[6:])], UNUSUAL)


def changes(board, name):
    """It is a keyboard until it has been let in; a reset has the kernel read it again."""
    gadget = Disk(numbered(1), [configuration(1, KEYBOARD)], ["lab", name, name], read(board.template))
    board.gadget(name, gadget)

    def change():
        gadget.configurations[0] = configuration(1, DISK)
        board.vm.run(RESET % name)
    board.later.append(change)


def swapped(board, name):
    """A keyboard, and a moment later a stick at its place; again and again, each time a little later."""
    port = board.ports.list[-1]
    keyboard = Gadget(numbered(1), [configuration(1, KEYBOARD)], ["lab", name, name])
    stick = Disk(numbered(1), [configuration(1, DISK)], ["lab", name, name], read(board.template))
    board.sinks[name] = stick.taken

    def swap():
        for number in range(SWAPS):
            port.plug(keyboard)
            time.sleep(0.2 + 0.12 * number)
            port.unplug()
            port.plug(stick)
            time.sleep(2)
            if number < SWAPS - 1:
                port.unplug()
                time.sleep(0.3)
    board.threads.append(threading.Thread(target=swap, daemon=True))


def card(board, name):
    """A card into the reader's slot."""
    insert(board.vm, name, driver="raw", file={"driver": "file", "filename": board.image(name)})


class Exit:
    """A row of the matrix. by: whose attacks reach it; event: what a line that tells of it matches, where that is not its serial
    number."""

    def __init__(self, name, what, plug, by=("root", "person"), event=None):
        self.name, self.what, self.plug, self.by, self.event = name, what, plug, by, event or '"%s"' % name


# What comes over the network: a camera without names.
USBIP = "%s %s" % (numbered(1, HEADER[:14] + bytes(3)).hex(), configuration(1, CAMERA).hex())

EXITS = (
    Exit("usb-storage", "USB stick, Bulk-Only", storage),
    Exit("usb-uas", "USB disk, UAS", uas),
    Exit("usb-mtp", "telephone, MTP: a file sent", media, ("person",)),
    Exit("usb-camera", "PTP gadget: a bulk transfer", camera, ("person",)),
    Exit("usb-requests", "the same, a vendor request to endpoint 0", None, ("person",), event='"usb-camera"'),
    Exit("usb-network", "RNDIS and CDC Ethernet gadget: a packet", network),
    Exit("usb-serial", "serial adapter: a line", serial),
    Exit("usb-printer", "printer gadget: a line", printer),
    Exit("usb-controller", "a second xHCI, a stick behind it", controller, event='"usb-controller"|"000d".*slot-closed'),
    Exit("disk-scsi", "SCSI disk", scsi, event='scsi sda.*not-in-inventory|QEMU HARDDISK.*bus-closed'),
    Exit("disk-nvme", "NVMe disk in a PCI slot", nvme, event='disk-nvme|"0010".*slot-closed'),
    Exit("sd-card", "SD card in a reader on PCI", card, event="mmc"),
    Exit("usbip", "a device attached over USB/IP: a vendor request", None, ("person",), event="0525.*a4a5|a4a5.*0525"),
    Exit("loop", "a file mounted as a disk", None, ("person",), event="loop-control"),
    Exit("composite", "a stick that is a keyboard too", composite, ("device",)),
    Exit("hidden", "a stick behind a descriptor too short for udev", hidden, ("device",)),
    Exit("second", "a stick in a second configuration", second, ("device",)),
    Exit("numbers", "class keyboard, numbers of a stick", numbers, ("device",)),
    Exit("changes", "a keyboard that is a stick after a reset", changes, ("device",)),
    Exit("swapped", "a keyboard, and a stick at its place before it is let in", swapped, ("device",)),
)
GADGETS, FIRST = 8, 7	# ports of the machine's own controller; those before are for QEMU's devices


def plug_all(board):
    """Everything is plugged in; what takes its time goes on in threads."""
    gadgets = (camera, printer, composite, hidden, second, numbers, changes, swapped)
    for one in EXITS:
        if one.plug and one.plug not in gadgets:
            one.plug(board, one.name)
    # A device of our own needs a machine that goes on: it is there some milliseconds later.
    if board.wake:
        board.vm.qmp(board.wake)
    board.ports = Ports(board.vm, ["xhci.0"], GADGETS, FIRST)
    for one in EXITS:
        if one.plug in gadgets:
            one.plug(board, one.name)
    for thread in board.threads:
        thread.start()
