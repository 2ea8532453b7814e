"""USB with the engine running, on a real kernel: what works, what is refused, what is told."""

import glob
import json
import os
import time

import challenge
import lab
from test_boot import DEVICES, assert_shut, assert_works, liar, log_in_at_screen
from test_install import installed

HERE = os.path.dirname(os.path.realpath(__file__))
ATTACK = {"attack": os.path.join(HERE, "guest/attack")}
DRIVERS = {"kbd": "usbhid", "mouse": "usbhid", "ccid": "none"}
REFUSED = ("storage", "uas", "net", "serial", "mtp", "audio")
WHAT_HAPPENED = """
cd /sys/bus/usb/devices; ls -ld */driver; grep -H . */authorized
sekisho devices; sekisho events | tail -15; dmesg | tail -30
"""
GADGET = """
set -e
modprobe -i libcomposite; modprobe dummy_hcd is_super_speed=0; modprobe usb_f_hid; modprobe usb_f_mass_storage
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
cd /sys/kernel/config/usb_gadget; mkdir g; cd g
echo 0x1d6b >idVendor; echo 0x0104 >idProduct
mkdir strings/0x409; echo COMPOSITE1 >strings/0x409/serialnumber
mkdir -p configs/c.1 functions/hid.0 functions/mass_storage.0
echo 1 >functions/hid.0/protocol; echo 1 >functions/hid.0/subclass; echo 8 >functions/hid.0/report_length
printf '\\5\\1\\11\\6\\241\\1\\5\\7\\31\\340\\51\\347\\25\\0\\45\\1\\165\\1\\225\\10\\201\\2\\300' >functions/hid.0/report_desc
head -c 1048576 /dev/zero >/run/medium; echo /run/medium >functions/mass_storage.0/lun.0/file
ln -s functions/hid.0 configs/c.1/; ln -s functions/mass_storage.0 configs/c.1/
ls /sys/class/udc >UDC
"""


def events(vm, kind, count=1):
    """The journal's events of a kind, oldest first, once there are that many."""
    def now():
        lines = vm.output("sekisho events --json").splitlines()
        return [event for event in map(json.loads, lines) if event["kind"] == kind]
    deadline = time.monotonic() + 20 * lab.PATIENCE
    while len(now()) < count and time.monotonic() < deadline:
        time.sleep(0.3)
    found = now()
    assert len(found) >= count, "%d of %d %s\n%s" % (len(found), count, kind, vm.output(WHAT_HAPPENED))
    return [event["fields"] for event in found]


def device(vm, product):
    """The directory of the device with that product string or interface class, once it is there."""
    return vm.until("grep -lx '%s' /sys/bus/usb/devices/*/product" % product).split("\n")[0].rsplit("/", 1)[0]


def settled(vm):
    """Until the engine judges."""
    vm.until("test -e /run/sekishod/ready")


def closed(vm, *refused):
    """That no medium can be read: there is no disk but the machine's own, and nothing opens the devices that were refused."""
    for name in refused:
        assert_shut(vm, name)
    assert vm.output("ls /sys/block | grep -v -e ^vda -e ^loop -e ^sr -e ^ram -e ^fd; true") == ""


def drop_in(vm, unit, *lines):
    """Changes a service for this boot."""
    vm.output("mkdir -p /run/systemd/system/{0}.service.d; printf '%s\\n' '[Service]' {1} "
              ">/run/systemd/system/{0}.service.d/lab.conf; systemctl daemon-reload".format(
                  unit, " ".join("'%s'" % line for line in lines)))


def nothing_leaves(vm):
    """Root in a session writes to all that is plugged in, by every way of the matrix (docs/matrix.md): no medium has a byte of it."""
    vm.run_as("root", "perl /lab/attack reach RESIDENTS-sudo")
    media = glob.glob(os.path.join(vm.machine.directory, "**/*.img"), recursive=True)
    assert media
    for path in media:
        with open(path, "rb") as file:
            assert b"RESIDENTS-sudo" not in file.read(), path


def plug_behind(vm):
    """A keyboard behind the hub. On a host that stands still QEMU's hub may lose it, before any rule is asked: then it is
    plugged in again, as a person would."""
    for turn in range(3):
        vm.usb_plug("kbd", "kbd-behind%d" % turn, behind="hub")
        try:
            vm.until("ls -d /sys/bus/usb/devices/1-1.*", 20)
            return
        except lab.LabError as error:
            print("not seen behind the hub, turn %d: %s\n%s" % (turn, error, vm.output("dmesg | tail -30")))
            vm.usb_unplug("kbd-behind%d" % turn)
    raise lab.LabError("the kernel saw no keyboard behind the hub")


def told_at_the_seat(vm):
    """Hanako at tty1: the judgement names her as logind does; she is told at once, and why; taro is told nothing."""
    before = events(vm, "device.blocked")
    assert before[-1]["seat"] == "nobody" and "user" not in before[-1], before[-1]
    vm.press("ctrl", "alt", "f1")
    log_in_at_screen(vm)
    session = vm.output("loginctl show-seat seat0 --value -p ActiveSession")
    person = vm.output("loginctl show-session %s --value -p Name -p User" % session).split()
    vm.until("pgrep -u hanako -f sekisho-notify")
    time.sleep(5)	# it has looked at what was before
    vm.usb_plug("storage", "told")
    event = events(vm, "device.blocked", len(before) + 1)[-1]
    assert event["seat"] == "person" and sorted(person) == sorted([event["user"], event["uid"]]), (event, person)
    vm.screen_shows("may not be used (storage)")
    status, said = vm.run_as("hanako", "sekisho why")
    said = " ".join(said.split())
    assert status == 0 and "storage \"QEMU USB HARDDRIVE\"" in said and "no rule fits" in said, said
    status, said = vm.run_as("taro", "sekisho why")
    assert "HARDDRIVE" not in said, said
    vm.usb_unplug("told")
    vm.type_text("logout\n")


def test_hot_plug():
    """USB: keyboard, mouse, hub and card reader work at hot-plug; storage (BOT, UAS), network, serial, MTP, audio don't; who it was"""
    with lab.Vm(installed(), files=ATTACK, warm=True) as vm:
        settled(vm)
        vm.usb_plug("hub", "hub", port="1")
        vm.until("test -e /sys/bus/usb/devices/1-1:1.0/driver")
        for kind, driver in DRIVERS.items():
            vm.usb_plug(kind, kind)
        plug_behind(vm)
        allowed = events(vm, "device.allowed", 5)
        assert sorted(event["opened"] for event in allowed) == ["030101", "030101", "030102", "090000", "0b0000"]
        for event in allowed:
            bound = vm.output("cd /sys/bus/usb/devices/%s; cat authorized *:1.0/authorized; "
                              "readlink %s:1.0/driver || echo none" % (event["device"], event["device"])).split()
            assert bound[:2] == ["1", "1"], (event, bound)
            wanted = {"03": "usbhid", "09": "hub", "0b": "none"}[event["opened"][:2]]
            assert bound[2].endswith(wanted), (event, bound)
            if wanted != "none":
                assert_works(vm, event["device"], wanted)
        for count, kind in enumerate(REFUSED, 1):
            vm.usb_plug(kind, kind)
            event = events(vm, "device.blocked", count)[-1]
            closed(vm, event["device"])
        assert vm.output("ls -d /sys/class/net/* | grep -v /lo$; true") == ""
        nothing_leaves(vm)
        status, said = vm.run("sekisho verify")
        assert status == 0, said
        listed = vm.output("sekisho devices")
        assert listed.count("BLOCKED") == len(REFUSED), listed
        status, said = vm.run("sekisho status")
        assert status == 0 and "5 allowed, 6 blocked, 0 failed" in said, said
        # Gone is told too.
        vm.usb_unplug("storage")
        assert events(vm, "device.gone")[0]["name"] == "QEMU USB HARDDRIVE"
        told_at_the_seat(vm)


def test_composite():
    """USB: a composite device gets its keyboard and not its storage"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        vm.output(GADGET)
        allowed = events(vm, "device.allowed")[-1]
        blocked = events(vm, "device.blocked")[-1]
        assert allowed["serial"] == blocked["serial"] == "COMPOSITE1"
        assert (allowed["opened"], blocked["refused"]) == ("030101", "080650"), (allowed, blocked)
        name = allowed["device"]
        vm.until("test -e /sys/bus/usb/devices/%s:1.0/driver" % name)
        assert vm.output("readlink /sys/bus/usb/devices/%s:1.0/driver" % name).endswith("usbhid")
        assert vm.output("cat /sys/bus/usb/devices/%s:1.1/authorized" % name) == "0"
        assert vm.run("test -e /sys/bus/usb/devices/%s:1.1/driver" % name)[0] == 1
        closed(vm)
        # Not even when a driver is loaded for it, or asked to look again.
        vm.output("modprobe usb-storage; echo %s:1.1 >/sys/bus/usb/drivers_probe; sleep 1" % name)
        closed(vm)
        said = vm.output("sekisho explain " + name)
        assert "allowed in part" in said and "storage (080650)" in said, said
        assert vm.output("sekisho explain " + str(json.loads(vm.output(
            "sekisho events --json | grep device.allowed | tail -1"))["id"])) == said


def test_keyboard_by_class_only():
    """USB: what says HID but is not taken by usbhid is closed again, and a driver loaded later that knows its numbers gets nothing;
    a new keyboard types a code first, and nothing of it reaches the console until then"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        name = liar(vm)
        interface = DEVICES + name + ":1.0"
        fault = events(vm, "engine.fault")[0]
        assert (fault["device"], fault["refused"]) == (name, "030000"), fault
        assert vm.output("cat %s%s/authorized %s/authorized" % (DEVICES, name, interface)).split() == ["1", "0"]
        vm.output("modprobe -r usb_debug; modprobe usb_debug; udevadm settle")
        assert vm.run("test -e %s/driver -o -e /dev/ttyUSB0" % interface)[0] == 1
        # Opened by root and given to that driver: closed.
        vm.output("echo 1 >%s/authorized; echo %s:1.0 >/sys/bus/usb/drivers_probe" % (interface, name))
        vm.until("grep -qx 0 %s%s/authorized" % (DEVICES, name), 20)
        assert events(vm, "device.blocked", 2)[-1]["reason"] == "foreign-driver"
        assert vm.run("test -e /dev/ttyUSB0")[0] == 1
        challenge.strangers(vm, events)


def test_killed_and_stopped():
    """USB: sticks are refused with the engine killed by -9 for good and stopped, keyboards work in both; it recovers"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        drop_in(vm, "sekishod", "Restart=no")
        for word, end, begin in (
                ("killed", "kill -s KILL sekishod", "start sekishod"),
                ("stopped", "stop sekishod 'sekishod-*.socket'",
                 "start sekishod-record.socket sekishod-control.socket sekishod")):
            vm.output("systemctl " + end)
            vm.until("! test -e /run/sekishod/ready")
            for kind, product in (("storage", "QEMU USB HARDDRIVE"), ("uas", "USB Attached SCSI HBA")):
                vm.usb_plug(kind, kind)
                name = device(vm, product).rsplit("/", 1)[1]
                vm.output("udevadm settle")
                closed(vm, name)
            vm.usb_plug("kbd", "kbd")
            assert_works(vm, device(vm, "QEMU USB Keyboard").rsplit("/", 1)[1])
            assert vm.run("systemctl is-active sekishod")[0] != 0, "nobody but udev judged"
            if word == "stopped":
                status, said = vm.run("sekisho status")
                assert status == 2 and "not running" in said, said
            blocked = len(events(vm, "device.blocked", 0))
            vm.output("systemctl " + begin)
            settled(vm)
            events(vm, "device.blocked", blocked + 2)
            closed(vm, name)
            assert vm.output("ls /sys/bus/usb/drivers/usbhid | grep :") != ""
            for kind in ("storage", "uas", "kbd"):
                vm.usb_unplug(kind)
            vm.until("! grep -q Keyboard /proc/bus/input/devices")
        assert len(events(vm, "engine.start", 3)) == 3
        assert vm.run("sekisho verify")[0] == 0


PRESENT = ("-blockdev", "driver=null-co,node-name=cold,size=8388608", "-device", "usb-storage,drive=cold,id=cold,removable=on",
           "-device", "usb-kbd,id=coldkbd")


def present_at_boot(vm):
    """PRESENT was plugged in before the boot: the stick is refused before the first log-in, the keyboard works."""
    vm.console.expect("login: ", 240)
    closed(vm)
    settled(vm)
    assert events(vm, "device.blocked")[0]["when"] == "start"
    assert vm.output("cat " + device(vm, "QEMU USB HARDDRIVE") + "/authorized") == "0"
    assert vm.output("ls /sys/bus/usb/drivers/usbhid | grep :") != ""
    closed(vm)


def test_new_controller():
    """USB: a controller that is hot-plugged is closed, and so is a stick behind it"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        vm.usb_plug("xhci", "dock")
        vm.until("test -e /sys/bus/usb/devices/usb4/authorized_default")
        vm.until("grep -qx 0 /sys/bus/usb/devices/usb4/interface_authorized_default")
        assert vm.output("cat /sys/bus/usb/devices/usb*/authorized_default").split() == ["0"] * 4
        for bus in ("3", "4"):
            vm.until("test -e /sys/bus/usb/drivers/hub/%s-0:1.0" % bus)
        vm.usb_plug("storage", "stick", bus="dock.0")
        events(vm, "device.blocked")
        closed(vm)
        vm.usb_plug("kbd", "kbd", bus="dock.0")
        assert events(vm, "device.allowed")[0]["opened"] == "030101"


def test_rules():
    """USB: new rules count at a reload; wrong ones are told with file and line, and the last good ones stay"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        vm.usb_plug("kbd", "kbd")
        assert events(vm, "device.allowed")[0]["rule"] == "input and FIDO keys"
        vm.output("mkdir -p /etc/sekisho/devices.conf.d; cd /etc/sekisho/devices.conf.d; "
                  "printf '[Device media]\\nMatchInterface=08:*:*\\nAccess=maybe\\n' >10-media.conf; "
                  "systemctl reload sekishod")
        error = events(vm, "policy.rejected")[0]["error"]
        assert error.startswith("/etc/sekisho/devices.conf.d/10-media.conf:3:"), error
        status, said = vm.run("sekisho status")
        assert status == 1 and "10-media.conf:3:" in said, said
        vm.usb_plug("storage", "stick")
        stick = events(vm, "device.blocked")[0]
        closed(vm)
        assert vm.output("sha256sum </sys/bus/usb/devices/%s/descriptors" % stick["device"]).split()[0] == stick["descriptors"]
        status, said = vm.run("sekisho policy test " + stick["device"])
        assert status == 2 and "10-media.conf:3:" in said, said
        vm.output("sed -i s/maybe/allow/ /etc/sekisho/devices.conf.d/10-media.conf; systemctl reload sekishod")
        vm.until("test -b /dev/sda")
        assert events(vm, "device.allowed", 2)[-1]["rule"] == "media"
        vm.output("rm /etc/sekisho/devices.conf.d/10-media.conf")
        status, said = vm.run("sekisho policy simulate")
        assert status == 1 and "QEMU USB HARDDRIVE" in said and "keyboard" not in said, said
        vm.output("systemctl reload sekishod")
        vm.until("! test -e /sys/block/sda")
        assert vm.run("sekisho status")[0] == 0
        audit_mode(vm)
        vm.usb_unplug("stick")
        enrolled(vm)
        card_in_use(vm)


def enrolled(vm):
    """With a keyboard plugged in: it is enrolled; where one may work at once it stays, and a second one is surplus."""
    said = vm.output("sekisho setup devices --yes")
    name = device(vm, "QEMU USB Keyboard").rsplit("/", 1)[1]
    assert "QEMU USB Keyboard (%s:1.0)" % name in said and "GOES" not in said, said
    vm.until("sekisho devices | grep -q \"rule 'enrolled input 0627:0001'\"")
    vm.output("printf '[Device one]\\nMatchInterface=03:01:01\\nEnrolled=yes\\nAtMost=1\\nAccess=allow\\n' "
              ">/etc/sekisho/devices.conf.d/10-one.conf; systemctl reload sekishod")
    vm.until("sekisho devices | grep -q \"rule 'one'\"")
    blocked = len(events(vm, "device.blocked", 0))
    vm.usb_plug("kbd", "second")
    told = events(vm, "device.blocked", blocked + 1)[-1]
    assert (told["reason"], told["rule"]) == ("surplus", "one"), told
    assert vm.output("cat %s%s/authorized %s%s/authorized" % (
        DEVICES, told["device"], DEVICES, name)).split() == ["0", "1"]
    vm.usb_unplug("second")


def card_in_use(vm):
    """A card on USB with the default route, whose rule is about to go: setup refuses, until the card is enrolled."""
    vm.output("printf '[Device net]\\nMatchInterface=02:*:* 0a:*:*\\nAccess=allow\\n' "
              ">/etc/sekisho/devices.conf.d/20-net.conf; systemctl reload sekishod")
    vm.usb_plug("net", "card")
    vm.until("test -e %s*:*/net/*" % DEVICES)
    interface, card = vm.output("udevadm settle; ls -d %s*:*/net/*" % DEVICES).split("/")[5::2]
    vm.output("rm /etc/sekisho/devices.conf.d/20-net.conf; ip link set {0} up; "
              "ip address add 192.0.2.1/24 dev {0}; ip route add default dev {0}".format(card))
    status, said = vm.run("sekisho setup devices --yes")
    assert status == 1 and "the network card in use would go" in said, said
    said = vm.output("sekisho setup devices --yes --allow " + interface.split(":")[0])
    assert "%s (%s)" % (card, interface) in said and "GOES" not in said, said
    vm.until("sekisho devices | grep -q \"rule 'enrolled by name 0525:a4a2'\"")
    assert vm.run("ip link show " + card)[0] == 0


def audit_mode(vm):
    """What the rules block is let in and told, which is said loudly; then they are enforced again."""
    vm.output("printf '[Policy]\\nMode=audit\\n' >/etc/sekisho/devices.conf.d/10-mode.conf; systemctl reload sekishod")
    vm.until("test -b /dev/sda")
    assert events(vm, "device.audited")[0]["audited"] == "080650"
    assert events(vm, "policy.audit")
    status, said = vm.run("sekisho status")
    assert status == 1 and "AUDIT MODE" in said, said
    assert "AUDIT MODE" in vm.sentences("sekisho check exits")
    assert "AUDIT MODE" in vm.run("systemctl status sekishod")[1]
    vm.output("rm /etc/sekisho/devices.conf.d/10-mode.conf; systemctl reload sekishod")
    vm.until("! test -e /sys/block/sda")
    assert vm.run("sekisho status")[0] == 0


def test_restart_lets_no_refused_keyboard_type():
    """USB: a keyboard that was refused does not type for a moment because the agent is started anew, as by an upgrade; control: it does once the
    agent is killed"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        vm.output("sed -i '0,/^Access=allow/s//Access=block/' /etc/sekisho/devices.conf; systemctl reload sekishod")
        typed = "dmesg | grep -c 'input: .*Keyboard.*usb'; true"
        before = vm.output(typed)
        vm.usb_plug("kbd", "kbd")
        name = events(vm, "device.blocked", 1)[0]["device"]
        for _ in range(5):
            vm.output("systemctl restart sekishod")
            settled(vm)
        vm.output("systemctl restart sekisho-priv sekishod sekisho-authd")	# as the package does
        settled(vm)
        assert vm.output(typed) == before
        assert vm.output("cat /sys/bus/usb/devices/%s/authorized" % name) == "0"
        vm.output("systemctl kill -s KILL sekishod")
        vm.until("test $(dmesg | grep -c 'input: .*Keyboard.*usb') -gt %s" % before)


def test_overrun():
    """USB: after the kernel dropped the messages of a stick and a keyboard both are judged, and it is told"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        drop_in(vm, "sekishod", "WatchdogSec=0")
        vm.output("systemctl restart sekishod")
        settled(vm)
        vm.output("systemctl kill -s STOP sekishod")
        # The kernel drops the newest: first the buffer is filled.
        vm.output("for i in $(seq 2000); do echo change; done >/run/flood; "
                  "while read word; do echo $word >/sys/devices/virtual/mem/null/uevent; done </run/flood", 120)
        vm.usb_plug("storage", "stick")
        vm.usb_plug("kbd", "kbd")
        stick = device(vm, "QEMU USB HARDDRIVE").rsplit("/", 1)[1]
        device(vm, "QEMU USB Keyboard")
        assert events(vm, "device.blocked", 0) == []
        vm.output("systemctl kill -s CONT sekishod")
        events(vm, "engine.overrun")
        assert events(vm, "device.blocked")[0]["device"] == stick
        assert events(vm, "device.allowed")[0]["opened"] == "030101"
        closed(vm, stick)


def test_root_half_gone():
    """USB: with the root half killed it comes back by itself; a stick stays refused, a keyboard works"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        vm.output("systemctl kill -s KILL sekisho-priv")
        events(vm, "engine.fault")
        vm.usb_plug("storage", "stick")
        vm.usb_plug("kbd", "kbd")
        events(vm, "device.blocked")
        assert events(vm, "device.allowed")[0]["opened"] == "030101"
        closed(vm)
        settled(vm)
        assert vm.run("sekisho status")[0] == 0
        # One that ends again and again is told once.
        before = len(events(vm, "engine.fault"))
        vm.output(r"""printf 'open(S, "+<&=3"); accept(C, S); sysread(C, $b, 64);\n' >/run/half""")
        drop_in(vm, "sekisho-priv", "ExecStart=", "ExecStart=/usr/bin/perl /run/half", "Restart=always", "SystemCallFilter=", "AppArmorProfile=")
        vm.output("systemctl restart sekisho-priv; sleep 10")
        vm.until("test $(systemctl show --value -p NRestarts sekisho-priv) -ge 3")
        assert len(events(vm, "engine.fault")) <= before + 2, events(vm, "engine.fault")[before:]
