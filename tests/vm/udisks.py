"""udisks as a desktop has it: polkit lets who sits at the seat ask it, and it is a service of root's; by udisksctl and by gio. And MTP by
gio, which is no service's: the person's own program opens the node. Tried by tests/vm/matrix."""

import os
import subprocess

import desktop
import lab
from test_boot import log_in_at_screen
from test_install import installed
from test_usb import settled

PACKAGES = ("udisks2", "libudisks2-0", "libblockdev2", "libblockdev-utils2", "libblockdev-fs2", "libblockdev-loop2", "libblockdev-part2",
            "libblockdev-part-err2", "libblockdev-swap2", "libparted2", "libparted-fs-resize0", "parted", "libatasmart4", "libgudev-1.0-0")
# gio, and what it asks on the person's own bus: the monitor of volumes, which asks udisks, and gvfsd-mtp, which asks libmtp.
GVFS = ("gvfs", "gvfs-common", "gvfs-backends", "libmtp9", "libmtp-common", "gvfs-daemons", "gvfs-libs", "libglib2.0-bin",
        "libsecret-1-0", "libgcr-base-3-1", "libgck-1-0", "libp11-kit0", "libffi8", "libbluray2", "libudfread0", "libfontconfig1", "fontconfig-config", "libfreetype6", "libpng16-16", "libbrotli1", "libexpat1",
        "libxml2", "libicu72", "gsettings-desktop-schemas", desktop.GLIB)
RULE = "/usr/share/polkit-1/rules.d/40-sekisho.rules"
STICK = "/etc/sekisho/devices.conf.d/10-stick.conf"
# What polkit lets the person at the seat do without a password, with every disk that there may be, and with a file.
ASK = """exec >/tmp/asked 2>&1
truncate -s 4M ~/image; /sbin/mkfs.ext4 -q -O ^has_journal -E root_owner=$(id -u):$(id -g) ~/image
udisksctl loop-setup --no-user-interaction -f ~/image
for disk in /dev/loop0 /dev/sd[a-z]; do
	udisksctl mount --no-user-interaction -b $disk && echo RESIDENTS >$(findmnt -no TARGET $disk)/out && sync && echo wrote to $disk
	udisksctl unmount --no-user-interaction -b $disk
done
dbus-run-session sh /lab/gio
echo ended
"""
GIO = """gdbus call --session -d org.gtk.vfs.UDisks2VolumeMonitor -o /org/gtk/Private/RemoteVolumeMonitor \
	-m org.gtk.Private.RemoteVolumeMonitor.IsSupported
gio mount -li
for disk in /dev/loop0 /dev/sd[a-z]; do
	gio mount -d $disk && echo RESIDENTS-gio >$(findmnt -no TARGET $disk)/gio && sync && echo gio wrote to $disk
	udisksctl unmount --no-user-interaction -b $disk
done
"""
# Its name gvfs's own monitor knows, from udev.
TELEPHONE = """exec >/tmp/asked 2>&1; echo RESIDENTS-mtp >~/letter
name=$(gio mount -li 2>/dev/null | sed -n 's/.*activation_root=mtp:/mtp:/p'); echo telephone: $name
gio mount $name && storage=$(gio list -u $name) && gio copy ~/letter $storage/letter && echo gio sent
gio mount -u $name
echo ended
"""
SET_UP = """mkdir -p /lab; cat >/lab/ask <<'END'
%sEND
cat >/lab/gio <<'END'
%sEND
cat >/lab/telephone <<'END'
%sEND
ldconfig; systemd-hwdb update; udevadm control --reload; systemctl daemon-reload; systemctl reload dbus; systemctl start udisks2"""


def ask(vm, what="sh /lab/ask"):
    """In the session at the screen; what was said."""
    vm.output("rm -f /tmp/asked")
    vm.type_text(what + "\n")
    return vm.until("grep -qx ended /tmp/asked && cat /tmp/asked", 60)


def does_not_help():
    """Hanako at tty1, a refused stick is plugged in: neither that one nor a file becomes a disk, and gio mounts neither. Control: without
    polkit's rule the file does, and the stick where a rule lets it in."""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        vm.press("ctrl", "alt", "f1")
        log_in_at_screen(vm)
        tried(vm)
        telephone(vm)


def tried(vm):
    """Hanako is logged in."""
    desktop.put_polkit(vm)
    desktop.put(vm, desktop.tree("udisks", PACKAGES))
    desktop.put(vm, desktop.tree("gvfs", GVFS))
    vm.output(SET_UP % (ASK, GIO, TELEPHONE))
    path = os.path.join(vm.machine.directory, "udisks.img")
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=%s" % ":".join(
        vm.output("id -u hanako; id -g hanako").split()), path, "8M"], check=True)
    vm.usb_plug("storage", "udisks", image=path)
    vm.until("sekisho devices | grep -q BLOCKED.*HARDDRIVE")
    said = ask(vm)
    assert "NotAuthorized" in said and "wrote" not in said and "/dev/loop0" not in vm.output("losetup"), said
    # What gio asks is there, and knows nothing of it.
    assert "(true,)" in said and said.count("No volume for given ID") == 2 and "HARDDRIVE" not in said, said
    vm.output("mv %s /root/ && mkdir -p %s && printf '[Device stick]\\nMatchInterface=08:06:50\\nAccess=allow\\n' >%s && "
              "systemctl reload sekishod" % (RULE, os.path.dirname(STICK), STICK))
    vm.until("test -b /dev/sda && udisksctl info -b /dev/sda", 20)
    said = ask(vm)
    assert "wrote to /dev/loop0" in said and "wrote to /dev/sda" in said and "gio wrote to /dev/sda" in said, said
    vm.output("mv /root/40-sekisho.rules %s; rm %s; systemctl reload sekishod" % (RULE, STICK))
    vm.until("! test -e /sys/block/sda")
    with open(path, "rb") as file:
        medium = file.read()
    assert b"RESIDENTS\n" in medium and b"RESIDENTS-gio\n" in medium
    vm.usb_unplug("udisks")


def refused(vm, root):
    """gio sees the telephone, and nothing comes to it."""
    said = ask(vm, "dbus-run-session sh /lab/telephone")
    assert "telephone: mtp://QEMU" in said and "gio sent" not in said and not os.listdir(root), said


def telephone(vm):
    """Hanako is logged in, gvfs and its rules are there: what she sends to a telephone doesn't arrive, refused or let in. Control: it does
    where root gives her the node, as udev would, and the sessions' device policy lets it through."""
    root = os.path.join(vm.machine.directory, "telephone")
    os.mkdir(root)
    vm.usb_plug("mtp", "telephone", rootdir=root, readonly=False)
    vm.until("sekisho devices | grep -q BLOCKED.*filesharing")
    refused(vm, root)
    vm.output("mkdir -p %s && printf '[Device telephone]\\nMatchInterface=06:01:01\\nAccess=allow\\n' >%s && systemctl reload sekishod" % (
        os.path.dirname(STICK), STICK))
    vm.until("sekisho devices | grep -q allowed.*filesharing")
    refused(vm, root)
    vm.output("setfacl -m u:hanako:rw /dev/bus/usb/001/*")
    refused(vm, root)
    vm.output("systemctl set-property --runtime user.slice DeviceAllow='char-usb_device rw'")
    said = ask(vm, "dbus-run-session sh /lab/telephone")
    assert "gio sent" in said, said
    with open(os.path.join(root, "letter"), "rb") as file:
        assert file.read() == b"RESIDENTS-mtp\n"
    vm.output("rm %s; systemctl reload sekishod" % STICK)
    vm.usb_unplug("telephone")
