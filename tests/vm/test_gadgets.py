"""Random devices on the real kernel: what it did with them, and what the journal says, held against a judge of its own.
`make gadgets GADGETS=100000` takes hours, in one run or in several whose results add up: GADGETS_FROM=next goes on behind the last."""

import json
import os
import time

import lab
from disk_gadget import Sink
from gadgets import (Journal, Ledger, Look, Plugged, Steps, all_differences, made, random_of, until_known, was_not_taken,
                     write_rules)
from redirected import Gadget, Ports
from test_install import installed
from test_usb import settled

GADGETS = int(os.environ.get("GADGETS", "200"))
FROM = os.environ.get("GADGETS_FROM", "0")	# or "next"
SEED = int(os.environ.get("SEED", "1"))
# Controllers beside the machine's own: the kernel takes the devices of one bus one after the other, waits included, but those of many
# at once.
DOCKS = int(os.environ.get("GADGETS_DOCKS", "7" if GADGETS <= 1000 else "15"))
PORTS = int(os.environ.get("GADGETS_PORTS", "14"))	# of each, 14 at most: the last one would get a hub by QEMU
FUNCTIONS = 8	# of a PCI slot
# The drivers are there from the first; udev, which has a second's work with each device and is asked nothing here, is not.
DRIVERS = """modprobe -a usb-storage uas cdc-acm cdc-ether rndis-host btusb usblp usbhid 2>&1
systemctl stop systemd-udevd systemd-udevd-kernel.socket systemd-udevd-control.socket"""
REST = 12	# seconds between two devices at one port: sekishod tells of it twenty times a minute
SHIPPED = [{"name": name, "MatchInterface": pattern, "Access": "allow"} for name, pattern in (
    ("input and FIDO keys", "03:*:*"), ("hubs", "09:*:*"), ("card readers", "0b:*:*"))]
HEADER = bytes((18, 1, 0, 2, 0, 0, 0, 64, 0x25, 5, 0xa5, 0xa4, 0, 1, 1, 2, 3))	# and the number of configurations
KEYBOARD = bytes((9, 4, 0, 0, 1, 3, 1, 1, 0, 9, 0x21, 0x11, 1, 0, 1, 0x22, 23, 0, 7, 5, 0x81, 3, 8, 0, 10))
DISK = bytes((9, 4, 0, 0, 2, 8, 6, 0x50, 0, 7, 5, 0x82, 2, 0, 2, 0, 7, 5, 0x03, 2, 0, 2, 0))
ONLY_INPUT = [{"name": "input alone", "MatchEveryInterface": "03:*:*", "Access": "allow"}]
# A vendor request with a resident's data in it: usbfs, USBDEVFS_CONTROL.
LEAK = r"""perl -e 'sysopen(F, "%s", 2) or die "$!\n"; $data = "RESIDENTS";
$request = pack("CCSSSLx4P", 0x40, 1, 0, 0, length $data, 1000, $data); defined ioctl(F, 0xc0185500, $request) or die "$!\n"'"""
# A reader for contactless cards as PaSoRi is one (RC-S380): class vendor specific, known by its numbers, spoken to through usbfs.
PASORI = HEADER[:8] + bytes((0x4c, 5, 0xc3, 6)) + HEADER[12:]
READER = bytes((9, 4, 0, 0, 2, 0xff, 0, 0, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x02, 2, 0, 2, 0))
READER_RULE = r"""printf '[Device PaSoRi]\nMatchVendor=054c\nMatchProduct=06c3\nMatchEveryInterface=ff:00:00\nAccess=allow\n' \
>/etc/sekisho/devices.conf.d/20-reader.conf; systemctl reload sekishod"""
ASK = r"""perl -e 'sysopen(F, "%s", 2) or die "$!\n"; $first = pack("I", 0); ioctl(F, 0x8004550f, $first) or die "$!\n"; $said = "\0" x 64;
for ([2, "CARD?"], [0x81, $said]) { $pack = pack("IIIx4P", $$_[0], length $$_[1], 1000, $$_[1]); defined ioctl(F, 0xc0185502, $pack) or die "$!\n" }'"""
RESET = r"""perl -e 'sysopen(F, "%s", 2) or die "$!\n"; ioctl(F, 0x5514, 0)'"""


def plug_docks(vm):
    """As many controllers in each slot as it takes: the slot's first function, which comes last, shows them all."""
    for number in range(DOCKS):
        slot, function = number // FUNCTIONS, FUNCTIONS - 1 - number % FUNCTIONS
        if number + 1 == DOCKS:
            function = 0
        vm.usb_plug("xhci", "dock%d" % number, bus="rp%d" % slot, addr="0.%d" % function, multifunction=True, p2=15, p3=15)
    vm.until("grep -qx 0 /sys/bus/usb/devices/usb%d/interface_authorized_default" % (2 + 2 * DOCKS))


def one_round(vm, journal, ports, first, step):
    """Plugs a device in at each port; (what was wrong, those the kernel did not take). Then once more with other rules."""
    rng = random_of(SEED, "rules", first)
    rules = made.some_rules(rng) if first else SHIPPED
    write_rules(vm, rules)
    plugged = [Plugged(SEED, first + number) for number in range(len(ports))]
    step("rules")
    for port, one in zip(ports, plugged):
        port.plug(one.gadget)
    until_known(vm, len(plugged))
    step("plug")
    look = Look(vm, journal)
    step("look")
    missing = [one for one in plugged if was_not_taken(one, look)]
    wrong = list(all_differences(rules, plugged, missing, look)) + look.joined
    if wrong:
        wrong.append(vm.output("dmesg | grep -e \"can't\" -e error -e reset | tail -n 40; sekisho devices"))
    again = made.some_rules(rng)
    step("judge")
    write_rules(vm, again)
    until_known(vm, len(plugged) - len(missing))
    step("reload")
    look = Look(vm, journal)
    changed = ["after a reload: " + said for said in all_differences(again, plugged, missing, look, told=False)]
    if changed:
        changed.append(vm.output("sekisho devices"))
    step("look")
    for port in ports:
        port.unplug()
    until_known(vm, 0)
    step("unplug")
    return wrong + changed + look.joined, missing


def test_random_gadgets():
    """gadgets: random devices, a third of them malformed, under random rules: kernel and journal agree with a second judge"""
    ledger = Ledger(SEED)
    begin = ledger.next() if FROM == "next" else int(FROM)
    done, missing = 0, 0
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        plug_docks(vm)
        ports = Ports(vm, ["xhci.0"] + ["dock%d.0" % number for number in range(DOCKS)], PORTS)
        vm.output(DRIVERS)
        journal = Journal(vm)
        while done < GADGETS:
            some = ports.list[:GADGETS - done]
            step = Steps()
            wrong, unseen = one_round(vm, journal, some, begin + done, step)
            assert not wrong, "\n".join(wrong + ["once more: GADGETS_FROM=%d GADGETS=%d SEED=%d GADGETS_DOCKS=%d" % (
                begin + done, len(some), SEED, DOCKS)])
            ledger.note(begin + done, len(some), len(unseen))
            done += len(some)
            missing += len(unseen)
            print("%d devices, from number %d of seed %d, %d not taken by the kernel; %s" % (done, begin, SEED, missing, step), flush=True)
            if GADGETS > 1000:
                time.sleep(max(0, step.began + REST - time.monotonic()))
        assert vm.run("sekisho verify", 3600)[0] == 0
    print(ledger.total(), flush=True)
    assert missing <= done / 20, missing


def configuration(value, interface, power=50):
    """A configuration of one interface."""
    return bytes((9, 2, 9 + len(interface), 0, 1, value, 0, 0x80, power)) + interface


def gadget(name, *configurations):
    """A device of our own."""
    return Gadget(HEADER + bytes((len(configurations),)), list(configurations), ["lab", name, ""])


def told(vm, name, kind):
    """The fields of the last event of that kind about the device of that name, once there is one."""
    line = vm.until("sekisho events --json | grep '\"name\":\"%s\"' | grep '\"kind\":\"%s\"' | tail -1 | grep ." % (name, kind), 20)
    return json.loads(line)["fields"]


def shut(vm, port):
    """Neither authorized nor with a driver."""
    vm.until("cd /sys/bus/usb/devices && grep -qx 0 {0}/authorized && ! ls {0}:*".format(port), 20)
    assert vm.output("ls /sys/block | grep -v -e ^vda -e ^loop -e ^sr -e ^ram -e ^fd; true") == ""


def node_of(vm, port):
    """The device's node."""
    return vm.output("cd /sys/bus/usb/devices/%s; printf /dev/bus/usb/%%03d/%%03d $(cat busnum devnum)" % port)


def hides_a_disk(vm, port):
    """The first configuration has a keyboard, draws too much current, and promises as many bytes as hide the disk in the second."""
    fake = bytes((9, 2, 11 + 9 + len(DISK), 0, 1, 2, 0, 0x80, 50, 2 + len(DISK), 0xff))
    second = bytes((9, 2, 9 + 2 + len(fake) + len(DISK), 0, 1, 2, 0, 0x80, 50, 2 + len(fake), 0xff)) + fake + DISK
    shown = 9 + len(KEYBOARD)
    first = bytes((9, 2, shown + 11, 0, 1, 1, 0, 0x80, 255)) + KEYBOARD + bytes(11)
    port.plug(gadget("hides", first, second))
    event = told(vm, "hides", "device.blocked")
    assert event["interfaces"] == "030101 080650", event
    shut(vm, event["device"])
    at = "/sys/bus/usb/devices/" + event["device"]
    kept = vm.output("od -An -v -tx1 %s/descriptors | tr -d ' \\n'" % at)
    assert kept == (HEADER + bytes((2,)) + first[:shown] + second).hex(), kept
    # The kernel would choose the disk; sekishod, which would close it at once, is made to wait.
    vm.output("systemctl kill -s STOP sekishod")
    chosen = vm.output("cd %s; echo 1 >authorized; cat bConfigurationValue; echo 0 >authorized" % at)
    vm.output("systemctl kill -s CONT sekishod")
    assert chosen == "2", chosen
    shut(vm, event["device"])


def chooses_again(vm, port):
    """Its second configuration, a disk, is chosen when the first, a keyboard, was let in."""
    port.plug(gadget("chooses", configuration(1, KEYBOARD), configuration(2, DISK)))
    name = told(vm, "chooses", "device.allowed")["device"]
    vm.output("echo 2 >/sys/bus/usb/devices/%s/bConfigurationValue" % name)
    assert told(vm, "chooses", "device.blocked")["refused"] == "080650"
    vm.output("cd /sys/bus/usb/devices/{0}:2.0 && grep -qx 0 authorized && ! test -e driver".format(name))


def changes(vm, port):
    """It is a keyboard, is let in, and after a reset another one."""
    changing = gadget("changes", configuration(1, KEYBOARD))
    port.plug(changing)
    name = told(vm, "changes", "device.allowed")["device"]
    changing.configurations[0] = configuration(1, DISK)
    vm.output(RESET % node_of(vm, name))
    assert told(vm, "changes", "device.blocked")["interfaces"] == "080650"
    shut(vm, name)


def is_swapped(vm, port):
    """It is judged, and a disk is in its place before the root half opens it."""
    vm.output("systemctl kill -s STOP sekisho-priv")
    port.plug(gadget("judged", configuration(1, KEYBOARD)))
    vm.until("sekisho devices --json | grep -q judged.*opening")
    port.unplug()
    vm.until("! sekisho devices --json | grep -q judged")
    port.plug(gadget("swapped", configuration(1, DISK)))
    vm.until("sekisho devices --json | grep -q swapped")
    vm.output("systemctl kill -s CONT sekisho-priv")
    shut(vm, told(vm, "swapped", "device.blocked")["device"])


def leaves_too_soon(vm, port):
    """While sekishod stands still a disk comes and leaves, and a keyboard takes its place: each is told, once, and as what it is."""
    vm.output("systemctl kill -s STOP sekishod")
    port.plug(gadget("early", configuration(1, DISK)))
    vm.until("grep -qx early /sys/bus/usb/devices/*/product")
    port.unplug()
    vm.until("! grep -qx early /sys/bus/usb/devices/*/product")
    port.plug(gadget("late", configuration(1, KEYBOARD)))
    vm.until("grep -qx late /sys/bus/usb/devices/*/product")
    vm.output("systemctl kill -s CONT sekishod")
    name = told(vm, "late", "device.allowed")["device"]
    events = [json.loads(line) for line in vm.output("sekisho events --json | grep '\"device\":\"%s\"'" % name).splitlines()]
    said = [(event["kind"], event["fields"]["reason"], event["fields"]["vendor"], event["fields"].get("name")) for event in events]
    assert said == [("device.blocked", "left", "0525", None), ("device.allowed", "rule", "0525", "late")], said
    port.unplug()


def takes_requests(vm, port):
    """It takes what a vendor request brings, as the kernel lets it; nobody in a session can send one. Control: root outside."""
    taking = gadget("takes", configuration(1, DISK))
    port.plug(taking)
    name = told(vm, "takes", "device.blocked")["device"]
    node = node_of(vm, name)
    vm.output("udevadm settle")
    for user, refusal in (("hanako", "Permission denied"), ("root", "Operation not permitted")):
        said = vm.run_as(user, LEAK % node)[1]
        assert refusal in said, said
    assert not any(data for *_, data in taking.asked), taking.asked
    vm.output(LEAK % node)
    assert taking.asked[-1] == (0x40, 1, 0, 0, b"RESIDENTS"), taking.asked
    shut(vm, name)


def reads_cards(vm, ports):
    """A reader of a vendor's own class works for services once a rule names it, and for nobody in a session; what has its numbers and
    another class, or its class and other numbers, does not."""
    def one(header, name, *configurations):
        return Sink(header + bytes((len(configurations),)), list(configurations), ["lab", name, ""])
    reader = one(PASORI, "reader", configuration(1, READER))
    ports[0].plug(reader)
    assert told(vm, "reader", "device.blocked")["interfaces"] == "ff0000"
    vm.output("mkdir -p /etc/sekisho/devices.conf.d; " + READER_RULE)
    event = told(vm, "reader", "device.allowed")
    assert (event["rule"], event["opened"]) == ("PaSoRi", "ff0000"), event
    node = node_of(vm, event["device"])
    vm.output("udevadm settle; " + ASK % node)
    assert reader.taken() == b"CARD?", reader.taken()
    for user, refusal in (("hanako", "Permission denied"), ("root", "Operation not permitted")):
        said = vm.run_as(user, ASK % node)[1]
        assert refusal in said, said
    assert reader.taken() == b"CARD?", reader.taken()
    for port, like in zip(ports[1:], (one(PASORI, "with a disk", configuration(1, READER), configuration(2, DISK)),
                                      one(HEADER, "others", configuration(1, READER)))):
        port.plug(like)
        shut(vm, told(vm, like.texts[1], "device.blocked")["device"])
    vm.output("rm /etc/sekisho/devices.conf.d/20-reader.conf")
    for port in ports:
        port.unplug()


def comes_by_network(vm):
    """A disk that is attached over USB/IP: the bus that the driver makes is closed too."""
    vm.put(os.path.join(os.path.dirname(os.path.realpath(__file__)), "guest/usbip-device"), "/run/usbip-device")
    vm.output("modprobe -i usbip-core; modprobe vhci-hcd; perl /run/usbip-device %s %s >/run/usbip 2>&1 </dev/null &" % (
        (HEADER[:14] + bytes(3) + b"\1").hex(), configuration(1, DISK).hex()))
    bus = vm.until("cat /sys/devices/platform/vhci_hcd.0/usb*/*-1/busnum || { cat /run/usbip; false; }", 20)
    name = bus + "-1"
    vm.until("sekisho events --json | grep device.blocked | grep -q '\"device\":\"%s\"'" % name, 20)
    shut(vm, name)
    assert vm.output("cd /sys/bus/usb/devices/usb%s; cat authorized_default interface_authorized_default" % bus).split() == ["0", "0"]


def hides_from_udev(vm, port):
    """Without the agent: udev's list of its interfaces ends at a descriptor of two bytes, before the disk; the kernel's doesn't."""
    vm.output("systemctl stop sekishod 'sekishod-*.socket'; ! test -e /run/sekishod/ready")
    both = KEYBOARD + bytes((2, 0xff)) + DISK[:2] + b"\1" + DISK[3:]
    port.plug(gadget("half", bytes((9, 2, 9 + len(both), 0, 2, 1, 0, 0x80, 50)) + both))
    at = vm.until("grep -lx half /sys/bus/usb/devices/*/product").rsplit("/", 1)[0]
    listed = vm.until("udevadm info -q property --value --property=ID_USB_INTERFACES %s | grep ." % at)
    assert listed == ":030101:", listed
    vm.until("readlink %s/*:1.0/driver | grep -q usbhid" % at)
    vm.output("udevadm settle; cd %s/*:1.1 && grep -qx 08 bInterfaceClass && grep -qx 0 authorized && ! test -e driver" % at)


def test_hostile_gadgets():
    """gadgets: a disk hidden by lengths, in a second configuration, after a reset, in another's place, gone at once, by USB/IP; endpoint 0; a reader"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        ports = Ports(vm, ["xhci.0"], 9)
        for play, port in zip((chooses_again, changes, is_swapped, takes_requests), ports.list):
            play(vm, port)
        leaves_too_soon(vm, ports.list[6])
        comes_by_network(vm)
        reads_cards(vm, ports.list[6:])
        Journal(vm)
        write_rules(vm, ONLY_INPUT)
        hides_a_disk(vm, ports.list[4])
        assert vm.run("sekisho verify")[0] == 0
        hides_from_udev(vm, ports.list[5])
