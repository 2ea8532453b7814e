"""What a USB stick that a rule let in shows beside its first disk."""

import lab
from test_boot import log_in_at_screen
from test_install import installed
from test_usb import events, settled

RULE = "printf '[Device sticks]\\nMatchInterface=08:*:*\\nAccess=allow\\n%s' >/etc/sekisho/devices.conf.d/10-sticks.conf; systemctl reload sekishod"
SCAN = "for host in /sys/class/scsi_host/host*; do readlink -f $host | grep -q /usb && echo '- - -' >$host/scan; done; udevadm settle"
# With their bsg nodes.
UNITS = "cd /sys/bus/scsi/devices; ls -d *:*:*:*; ls /dev/bsg /sys/block 2>/dev/null; true"


def units(vm):
    """All disks on USB, and who is there without being one: {the end of a unit's name}, [disks]."""
    vm.output("udevadm settle --timeout=60")
    words = vm.output(UNITS).split()
    host = vm.output("readlink -f /sys/block/sda/device").rsplit("/", 1)[1].split(":")[0]
    return {word[len(host):] for word in words if word.startswith(host + ":")}, sorted({word for word in words if word.startswith("sd")})


def told(vm, count):
    """The last event of a second unit, of so many."""
    found = [event for event in events(vm, "device.blocked", count) if event["reason"] == "second-unit"]
    assert len(found) == count, found
    return found[-1]


def refused(vm, kind, count):
    """The first disk can be read, the second one isn't there, and an event names it and who sat there."""
    vm.usb_plug(kind, kind, second=True)
    event = told(vm, count)
    vm.until("test -b /dev/sda")
    assert units(vm) == ({":0:0:0"}, ["sda"]), vm.output(UNITS)
    assert vm.output("head -c 9 /dev/sda") == "RESIDENTS"
    assert event["device"].startswith("scsi ") and event["device"].endswith(":0:0:1"), event
    assert (event["rule"], event["user"], event["interfaces"][:4]) == ("sticks", "hanako", "0806"), event
    assert vm.run("test -d /sys/bus/usb/devices/" + event["path"])[0] == 0, event


def test_second_unit():
    """USB: of a stick with two disks (Bulk-Only, UAS) that a rule lets in the first one works; the second one is not there, when it is shown
    later or with the engine killed neither, and is told with the person; control: with Units=all both work"""
    with lab.Vm(installed(), warm=True) as vm:
        settled(vm)
        vm.press("ctrl", "alt", "f1")
        log_in_at_screen(vm)
        vm.output("mkdir -p /etc/sekisho/devices.conf.d; " + RULE % "")
        refused(vm, "uas", 1)
        vm.usb_unplug("uas")
        refused(vm, "bot", 2)
        vm.output(SCAN)
        told(vm, 3)
        assert units(vm) == ({":0:0:0"}, ["sda"]), vm.output(UNITS)
        status, said = vm.run_as("hanako", "sekisho why")
        assert status == 0 and "Units=all" in said, said
        vm.output("systemctl kill -s KILL sekishod; " + SCAN)
        assert units(vm) == ({":0:0:0"}, ["sda"]), vm.output(UNITS)
        settled(vm)
        vm.usb_unplug("bot")
        vm.output(RULE % "Units=all\\n")
        for kind in ("bot", "uas"):
            vm.usb_plug(kind, kind, second=True)
            vm.until("test -b /dev/sdb")
            assert units(vm) == ({":0:0:0", ":0:0:1"}, ["sda", "sdb"]), vm.output(UNITS)
            assert vm.output("head -c 9 /dev/sda; head -c 9 /dev/sdb") == "RESIDENTS" * 2
            # Nor does a coldplug of udev's take it away, once nothing says so any more.
            vm.output("rm /run/sekishod/units-*; udevadm trigger --action=add --subsystem-match=scsi")
            assert units(vm) == ({":0:0:0", ":0:0:1"}, ["sda", "sdb"]), vm.output(UNITS)
            vm.usb_unplug(kind)
