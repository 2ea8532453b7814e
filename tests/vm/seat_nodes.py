"""The nodes that no user of the seat gets, whatever udev and logind do. Hanako sits at tty1 here."""

import re

WRITER = """modprobe -a sr_mod sg; udevadm settle; cd /sys/bus/scsi/devices
for at in $(grep -lx 5 */type); do echo ${at%/type} >../drivers/sr/bind; done; udevadm settle; cd /sys/block/sr0/device/scsi_generic && echo *"""
# A rule after ours; the machine's disk is no business of Sekisho's.
LATE = """mkdir -p /run/udev/rules.d; echo 'SUBSYSTEM=="usb|block|scsi_generic", TAG+="uaccess"' >/run/udev/rules.d/80-lab.rules"""


def assert_nobodys(vm, path):
    """No person has an entry in the node's access list, be its mask what it is: none was ever made, for nobody takes one out again."""
    acl = vm.output("getfacl -cp " + path)
    assert not re.search(r"^user:[^:\n]", acl, re.M), acl


def node(vm, device):
    """The node of a device below /sys."""
    return "/dev/" + vm.output("udevadm info -q name " + device)


def new_worker(vm, then=""):
    """The next event comes to a process of udevd's that had none before: to it a tag is there that TAG-= took away (72-sekisho-usb.rules)."""
    vm.output("udevadm settle --timeout=30; udevadm control --reload; while pgrep -x '.udev-worker.' >/dev/null; do sleep 0.2; done; " + then)


def change(vm, *devices):
    """One more event of each, the first to a new worker."""
    new_worker(vm, "udevadm trigger --action=change --settle " + " ".join(devices))


def assert_shut_to_her(vm, device):
    """Neither an entry nor the node's mode lets hanako in, outside of a session and its device policy too."""
    path = node(vm, device)
    assert_nobodys(vm, path)
    status, said = vm.run("setpriv --reuid=hanako --regid=hanako --init-groups bash -c 'exec 3<>%s'" % path)
    assert status != 0 and "Permission denied" in said, said


def stays_shut(vm, device):
    """A USB device that was refused: by later events, and once somebody lets it in."""
    change(vm, device)
    assert_shut_to_her(vm, device)
    vm.output("echo 1 >%s/authorized" % device)
    change(vm, device)
    assert_shut_to_her(vm, device)
    vm.output("echo 0 >%s/authorized" % device)


def comes_back(vm):
    """She looks at another console and comes back, so that logind gives her the seat's nodes."""
    for key, active in (("f2", "! "), ("f1", "")):
        vm.press("ctrl", "alt", key)
        vm.until("%sloginctl show-seat seat0 -p ActiveSession | grep -q =." % active, 20)


def nothing_of_the_seats(vm, device):
    """A built-in optical drive's nodes, and whatever of ours a later rule tags; control: the disk that it tags is hers."""
    vm.usb_plug("scsi", "inner")
    vm.until("ls /sys/class/scsi_host/*", 30)
    vm.qmp("blockdev-add", driver="null-co", node_name="disc", size=8 << 20, read_only=True)
    vm.qmp("device_add", driver="scsi-cd", id="writer", bus="inner.0", drive="disc")
    vm.until("grep -lx 5 /sys/bus/scsi/devices/*/type", 30)
    drive = ["/sys/block/sr0", "/sys/class/scsi_generic/" + vm.output(WRITER)]
    for one in drive:
        change(vm, one)
        assert_shut_to_her(vm, one)
    vm.output(LATE)
    for _ in range(2):	# the second finds what the first left in udev's database
        change(vm, device, *drive, "/sys/block/vda")
    comes_back(vm)
    assert "user:hanako:rw-" in vm.output("getfacl -cp /dev/vda")
    for one in (device, *drive):
        assert_shut_to_her(vm, one)
