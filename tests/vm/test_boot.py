"""USB while sekishod does not judge: before it is up, when it is masked, in the initramfs, and after a removal.

The machines here run with sekishod masked on the kernel's command line."""

import lab
from seat_nodes import assert_nobodys, new_worker, nothing_of_the_seats, stays_shut
from test_install import bus_defaults, installed

MASKED = "systemd.mask=sekishod.service"
DEVICES = "/sys/bus/usb/devices/"
PASSWORD = "Hanako-2026"


def masked(**options):
    """The installed terminal without its judge and without a PS/2 keyboard."""
    return lab.Vm(installed(), cmdline=MASKED + " " + options.pop("cmdline", ""), i8042=False, **options)


def devices(vm):
    """The names of the USB devices that are no root hubs."""
    return set(vm.output("cd %s && ls -d [0-9]* | grep -v : || true" % DEVICES).split())


def plug(vm, kind, name, **options):
    """Plugs a device in; returns its name below /sys/bus/usb/devices, after udev is through with it."""
    before = devices(vm)
    vm.usb_plug(kind, name, **options)
    return arrived(vm, before)


def arrived(vm, before):
    """The name of the device that was not there before."""
    vm.until("cd %s; ls -d [0-9]* | grep -v : | grep -vxF '%s'" % (DEVICES, "\n".join(before) or "none"), 30)
    new = devices(vm) - before
    assert len(new) == 1, new
    vm.output("udevadm settle --timeout=30")
    return new.pop()


def node(vm, device):
    """The usbfs node of a device."""
    return vm.output("cd %s%s && printf /dev/bus/usb/%%03d/%%03d $(cat busnum devnum)" % (DEVICES, device))


def assert_works(vm, device, driver="usbhid"):
    """Every interface of the device has the driver; an input device has an event node."""
    vm.until("for i in {0}{1}:*; do test -e $i/driver || exit 1; done".format(DEVICES, device), 20)
    drivers = vm.output("for i in %s%s:*; do basename $(readlink $i/driver); done" % (DEVICES, device)).split()
    assert set(drivers) == {driver}, drivers
    if driver == "usbhid":
        event = vm.until("cd %s%s && find . -name 'event*' -path '*/input/*' | grep ." % (DEVICES, device), 20)
        assert vm.run("test -c /dev/input/" + event.split("/")[-1])[0] == 0, event


def exits(vm):
    """What a device may become: disks, network and serial interfaces, sound cards."""
    return vm.output("ls -d /dev/sd* /dev/sg* /dev/sr* /dev/bsg/* /dev/ttyUSB* /dev/ttyACM* /dev/usb/lp* /sys/class/net/* "
                     "/sys/class/sound/card* /dev/media* 2>/dev/null || true").split()


RAW_DISK = "/dev/lab-disk"	# the node of the first disk, whether there is one or not


def assert_shut(vm, device):
    """Not authorized, nothing of it in the system, its node for root alone, and not in a session even for root; no disk."""
    assert vm.output("cat %s%s/authorized" % (DEVICES, device)) == "0"
    assert vm.run("ls -d %s%s:*" % (DEVICES, device))[0] != 0
    path = node(vm, device)
    assert vm.output("stat -c '%a %U %G' " + path) == "600 root root"
    assert_nobodys(vm, path)
    vm.output("test -e {0} || mknod -m 666 {0} b 8 0".format(RAW_DISK))
    for user, refusal in (("hanako", "Permission denied"), ("root", "Operation not permitted")):
        said = vm.run_as(user, "for path in %s %s; do (exec 3<$path) 2>&1 && echo OPEN; (exec 3<>$path) 2>&1 && echo OPEN; done"
                         % (path, RAW_DISK))[1]
        lines = said.strip().split("\n")
        assert len(lines) == 4 and "OPEN" not in said, said
        assert refusal in lines[0] and refusal in lines[1], said
    assert vm.run("exec 3<>" + path)[0] == 0, "the node is there and opens outside sessions"
    assert "No such device" in vm.run("exec 3<" + RAW_DISK)[1], "there is a disk"


def log_in_at_screen(vm):
    """Hanako at tty1, by the keyboard plugged in last; she then is the seat's user."""
    vm.screen_shows("login:")
    vm.type_text("hanako\n")
    vm.screen_shows("Password:")
    vm.type_text(PASSWORD + "\n")
    vm.screen_shows("hanako@terminal:~$")


REFUSED = ("storage", "uas", "mtp", "net", "serial", "ccid", "audio")
TAGGED = ("mtp", "ccid")	# what 70-uaccess gives to the seat's user


def test_boot_input_without_agent():
    """issue 2.7: sekishod masked: keyboard, mouse, hub, keyboard behind it; pulled and plugged in again it logs a person in"""
    with masked(warm=True) as vm:
        assert vm.run("systemctl is-active sekishod.service")[0] != 0
        assert vm.run("test -e /run/sekishod/ready")[0] == 1
        assert bus_defaults(vm) == ["0"] * 5, bus_defaults(vm)
        assert_works(vm, plug(vm, "mouse", "mouse"))
        assert_works(vm, plug(vm, "kbd", "first"))
        vm.usb_unplug("first")
        vm.until("! grep -q Keyboard /proc/bus/input/devices", 20)
        assert_works(vm, plug(vm, "kbd", "first"))
        vm.press("ctrl", "alt", "f1")
        log_in_at_screen(vm)
        vm.usb_unplug("first")
        assert_works(vm, plug(vm, "hub", "hub", port="5"), "hub")
        assert_works(vm, plug(vm, "kbd", "second", behind="hub"))
        stick = plug(vm, "storage", "stick", behind="hub")
        vm.type_text("logout\n")
        vm.screen_shows("login:")
        assert_shut(vm, stick)


def test_boot_refused_without_agent():
    """issue 2.7: sekishod masked: disks, MTP, network, serial, card reader, sound stay shut at hot-plug, to a seat's user too"""
    with masked(warm=True) as vm:
        assert_works(vm, plug(vm, "kbd", "keyboard"))
        log_in_at_screen(vm)
        before = exits(vm)
        for kind in REFUSED:
            if kind in TAGGED:
                new_worker(vm)
            device = plug(vm, kind, kind)
            assert_shut(vm, device)
            if kind in TAGGED:
                stays_shut(vm, DEVICES + device)
            assert exits(vm) == before, exits(vm)
            vm.usb_unplug(kind)
        for bus in ("xhci-a", "xhci-b"):
            vm.usb_plug("xhci", bus)
            vm.until("test $(ls -d %susb* | wc -l) -gt %d" % (DEVICES, 2 if bus == "xhci-a" else 4), 30)
            stick = plug(vm, "storage", "on-" + bus, bus=bus + ".0")
            assert_shut(vm, stick)
            assert_works(vm, plug(vm, "kbd", "kbd-" + bus, bus=bus + ".0"))
        assert set(bus_defaults(vm)) == {"0"}, bus_defaults(vm)
        assert exits(vm) == before, exits(vm)
        nothing_of_the_seats(vm, DEVICES + stick)


PRESENT = ("-blockdev", "driver=null-co,node-name=there,size=8388608,read-zeroes=on",
           "-device", "usb-storage,drive=there,bus=xhci.0,removable=on", "-device", "usb-net,bus=xhci.0",
           "-device", "usb-hub,bus=xhci.0,port=7", "-device", "usb-kbd,bus=xhci.0,port=7.1")


def by_product(vm, word):
    """The device whose product text has the word."""
    return vm.output("cd %s; grep -l '%s' [0-9]*/product | cut -d/ -f1" % (DEVICES, word))


def test_boot_present_at_boot():
    """issue 2.7: a stick and a network adapter present at boot were never let in; the keyboard behind a hub was"""
    with masked(devices=PRESENT) as vm:
        vm.wait_booted()
        assert_shut(vm, by_product(vm, "HARDDRIVE"))
        assert_shut(vm, by_product(vm, "RNDIS"))
        assert_works(vm, by_product(vm, "Hub"), "hub")
        assert_works(vm, by_product(vm, "Keyboard"))
        said = vm.output("dmesg")
        assert "authorized to connect" in said, "nothing was authorized at all"
        assert "usb-storage" not in said.split("registered new interface driver usb-storage")[0], said
        assert vm.run("ls /dev/sd* /sys/class/net/usb0 /sys/class/net/eth0")[1].count("No such file") == 3


def test_boot_control_without_package():
    """control: without Sekisho the same devices are let in, and the seat's user gets the node of an MTP device"""
    with lab.Vm(warm=True) as vm:
        log_in_at_screen(vm)
        before = exits(vm)
        for kind in ("storage", "uas", "serial", "net"):
            vm.usb_plug(kind, kind)
            vm.until("test $(ls -d /dev/sd* /dev/ttyUSB* /sys/class/net/* 2>/dev/null | wc -l) -gt %d" % len(
                [one for one in before if "/sd" in one or "/net/" in one]), 60)
            vm.usb_unplug(kind)
            vm.until("! ls -d /dev/sd* /dev/ttyUSB*", 30)
        path = node(vm, plug(vm, "mtp", "mtp"))
        vm.until("getfacl -cp %s | grep -q user:hanako:rw" % path, 20)
        for user in ("root", "hanako"):
            assert vm.run_as(user, "exec 3<>" + path) == (0, "")
        vm.usb_plug("xhci", "second")
        vm.until("test $(ls -d %susb* | wc -l) -gt 2" % DEVICES, 30)
        vm.usb_plug("storage", "late", bus="second.0")
        vm.until("test -b /dev/sda", 30)


GADGET = """set -e
modprobe dummy_hcd; modprobe -i libcomposite
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
cd /sys/kernel/config/usb_gadget; mkdir {0}; cd {0}
echo {1} >idVendor; echo {2} >idProduct; mkdir strings/0x409 configs/c.1
echo gadget-{0} >strings/0x409/product
"""
KEYBOARD = r"""mkdir functions/hid.{0}; cd functions/hid.{0}; echo 1 >protocol; echo 1 >subclass; echo 8 >report_length
printf '\x05\x01\x09\x06\xa1\x01\x05\x07\x19\xe0\x29\xe7\x15\x00\x25\x01\x75\x01\x95\x08\x81\x02\x95\x06\x75\x08\x15\x00' >/run/d
printf '\x25\x65\x05\x07\x19\x00\x29\x65\x81\x00\xc0' >>/run/d; cat /run/d >report_desc; cd ../..
ln -s functions/hid.{0} configs/c.1/
"""
DISK = """truncate -s 8M /run/{0}.img; mkdir functions/mass_storage.{0}
echo /run/{0}.img >functions/mass_storage.{0}/lun.0/file; ln -s functions/mass_storage.{0} configs/c.1/
"""
ATTACH = "echo dummy_udc.0 >UDC\n"
DETACH = "cd /sys/kernel/config/usb_gadget/%s && echo >UDC"


def gadget(vm, name, script, ids=("0x1d6b", "0x0104")):
    """Makes a device of our own, of the parts in the script, and plugs it into a bus of its own."""
    before = devices(vm)
    vm.output(GADGET.format(name, *ids) + script.format(name) + ATTACH)
    return arrived(vm, before)


def test_boot_composite_without_agent():
    """issue 2.7: sekishod masked: keyboard and disk in one device get nothing, the keyboard alone works; control: both get in"""
    with masked(warm=True) as vm:
        assert_shut(vm, gadget(vm, "both", KEYBOARD + DISK))
        assert exits(vm) == ["/sys/class/net/lo"], exits(vm)
        vm.output(DETACH % "both")
        assert_works(vm, gadget(vm, "alone", KEYBOARD))
    with lab.Vm(warm=True) as vm:
        gadget(vm, "both", KEYBOARD + DISK)
        vm.until("test -b /dev/sda", 30)


# The kernel mounts none of that type otherwise (sekisho-lsm). An interface that says HID, with two bulk endpoints and no HID descriptor, under numbers that
# the serial driver usb_debug takes whatever the interface says.
LIAR = r"""rm -rf /sys/fs/bpf/sekisho; modprobe usb_debug; mkdir functions/ffs.{0}; ln -s functions/ffs.{0} configs/c.1/
mkdir -p /run/ffs; mount -t functionfs {0} /run/ffs
(exec 3<>/run/ffs/ep0
printf '\3\0\0\0\x42\0\0\0\3\0\0\0\3\0\0\0\3\0\0\0%b%b' '{1}{2}' '{1}{3}' >/run/d; cat /run/d >&3
printf '\2\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0' >/run/d; cat /run/d >&3; exec sleep 1000) &
while ! [ -e /run/ffs/ep2 ]; do sleep 0.2; done
"""
INTERFACE = r"\x09\x04\x00\x00\x02\x03\x00\x00\x00"
FULL_SPEED = r"\x07\x05\x81\x02\x40\x00\x00\x07\x05\x02\x02\x40\x00\x00"
HIGH_SPEED = r"\x07\x05\x81\x02\x00\x02\x00\x07\x05\x02\x02\x00\x02\x00"


def liar(vm):
    """Plugs that device in."""
    script = LIAR.replace("{1}", INTERFACE).replace("{2}", FULL_SPEED).replace("{3}", HIGH_SPEED)
    return gadget(vm, "liar", script, ("0x0525", "0x127a"))


def test_boot_keyboard_by_class_only():
    """issue 2.7: sekishod masked: what says HID and has a serial driver's numbers gets no driver; control: probed, it is a tty"""
    with masked(warm=True) as vm:
        name = liar(vm)
        interface = DEVICES + name + ":1.0"
        assert vm.output("cat %s/bInterfaceClass %s%s/authorized" % (interface, DEVICES, name)).split() == ["03", "1"]
        assert vm.output("cat %s/authorized" % interface) == "0"
        assert vm.run("test -e %s/driver" % interface)[0] == 1
        assert vm.run("ls /dev/ttyUSB0")[0] != 0
        vm.output("echo 1 >%s/authorized; echo %s:1.0 >/sys/bus/usb/drivers_probe" % (interface, name))
        vm.until("test -c /dev/ttyUSB0", 10)


def test_boot_parameter():
    """issue 2.7: usbcore.authorized_default=1, last on the kernel's command line, gives one boot without the lock"""
    with masked(cmdline="usbcore.authorized_default=0 usbcore.authorized_default=1", devices=PRESENT) as vm:
        vm.wait_booted()
        vm.until("test -b /dev/sda", 30)
        assert set(bus_defaults(vm)) == {"1"}, bus_defaults(vm)
        vm.usb_plug("storage", "stick")
        vm.until("test -b /dev/sdb", 30)


SESSION = """for path in {0} /dev/sg0 /dev/bsg/* /dev/fuse /dev/uinput /dev/uhid /dev/loop-control /dev/net/tun; do
	if test -e $path; then (exec 3<$path) 2>&1 | grep -q 'Operation not permitted' && echo shut || echo open $path
	else echo missing $path; fi; done
for disk in vda sda; do (exec 3<>/dev/$disk) 2>&1 | grep -o 'Operation not permitted'; head -c 512 /dev/$disk | wc -c; done
tty"""


def test_boot_session_devices():
    """issue 2.6: root at the console opens no usbfs, sg, bsg, fuse, uhid, uinput, tun; reads disks only; su, sudo, tty work"""
    with masked(warm=True) as vm:
        vm.usb_plug("scsi", "inner")
        vm.output("udevadm settle; for at in $(ls /sys/bus/scsi/devices | grep :0:0:0); do "
                  "test -e /sys/bus/scsi/devices/$at/driver || echo $at >/sys/bus/scsi/drivers/sd/bind; done")
        vm.until("test -b /dev/sda", 30)
        path = node(vm, plug(vm, "storage", "stick"))
        vm.output("modprobe -a sg uinput uhid fuse loop tun; test -e /dev/sg0; mkdir -p /run/lab; "
                  "cat >/run/lab/session <<'END'\n%s\nEND" % SESSION.format(path))
        vm.console.log_in("root", [("Password: ", "Root-2026")])
        status, said = vm.console.run("bash /run/lab/session")
        lines = said.split("\n")
        assert status == 0 and lines[:8] == ["shut"] * 8, said
        assert lines[8:13] == ["Operation not permitted", "512"] * 2 + ["/dev/ttyS0"], said
        assert vm.console.run("mknod /run/node c 189 1")[0] == 1
        vm.console.log_out()
        vm.console.log_in("hanako", [("Password: ", PASSWORD)])
        vm.console.send("sudo sh -c 'exec </dev/tty; tty; id -u'; echo end''ed\r")
        vm.console.answer([("password for hanako: ", PASSWORD)])
        said = vm.console.expect("(.*?)ended\r\n").group(1)
        assert "/dev/tty" in said and "\r\n0\r\n" in said, said
        assert "/dev/pts/" in vm.console.run("script -qc tty /dev/null")[1]
        vm.console.log_out()
    with lab.Vm(warm=True) as vm:
        path = node(vm, plug(vm, "storage", "stick"))
        vm.until("test -e /dev/sg0", 20)
        assert vm.run_as("root", "exec 3<>%s; exec 3<>/dev/sg0" % path) == (0, "")


OURS = ("usr/lib/udev/rules.d/72-sekisho-usb.rules", "usr/lib/modprobe.d/sekisho.conf")
GRUB = "GRUB_CMDLINE_LINUX=quiet; . /etc/default/grub.d/sekisho.cfg; echo $GRUB_CMDLINE_LINUX"


def initrd_files(vm):
    """What is in the initrd, as far as it concerns us."""
    return vm.output("lsinitramfs /boot/initrd.img-$(uname -r) | grep -E 'sekisho|usbhid.ko|hid-generic.ko|xhci-pci.ko' "
                     "|| true").split()


def test_boot_package_removed():
    """issue 2.7: removed at run time: defaults are back, a held keyboard works, a held stick waits; the initrd and grub forget"""
    with masked(warm=True) as vm:
        files = initrd_files(vm)
        assert set(OURS) <= set(files), files
        assert vm.output(GRUB) == "quiet usbcore.authorized_default=0"
        # What came while neither the agent nor the rule looked.
        vm.output("mkdir /run/sekishod && touch /run/sekishod/ready")
        keyboard = plug(vm, "kbd", "keyboard")
        stick = plug(vm, "storage", "stick")
        assert_shut(vm, keyboard)
        assert_shut(vm, stick)
        # The smallest initrd that can be made of the lab's programs.
        vm.output("rm -r /run/sekishod; sed -i s/^MODULES=.*/MODULES=list/ /etc/initramfs-tools/conf.d/lab")
        vm.output("DEBIAN_FRONTEND=noninteractive apt-get -q -y remove sekisho libpam-sekisho", 900)
        assert bus_defaults(vm) == ["-1", "1", "1", "1", "1"], bus_defaults(vm)
        assert_works(vm, keyboard)
        assert vm.output("cat %s%s/authorized" % (DEVICES, stick)) == "0"
        files = initrd_files(vm)
        assert not [path for path in files if "sekisho" in path], files
        assert vm.output(GRUB) == "quiet"
        vm.usb_unplug("stick")
        vm.usb_plug("storage", "again")
        vm.until("test -b /dev/sda", 30)
