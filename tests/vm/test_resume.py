"""What is plugged in while the machine sleeps."""

import lab
from test_boot import assert_works
from test_install import installed
from test_usb import ATTACK, closed, events, nothing_leaves, settled

ASLEEP = {"storage": "QEMU USB HARDDRIVE", "uas": "USB Attached SCSI HBA", "net": "RNDIS/QEMU USB Network Device"}


def test_resumed():
    """issue 4.5: what is plugged in while the machine sleeps (S3), and a telephone in a keyboard's place, is refused and told as it wakes; keyboards work"""
    with lab.Vm(installed(), files=ATTACK, warm=True) as vm:
        settled(vm)
        for name, port in (("stays", "1"), ("goes", "2")):
            vm.usb_plug("kbd", name, port=port)
        events(vm, "device.allowed", 2)
        vm.suspend()
        vm.usb_unplug("goes")
        vm.usb_plug("mtp", "mtp", port="2")
        for kind in ASLEEP:
            vm.usb_plug(kind, kind)
        vm.usb_plug("kbd", "comes", port="9")
        vm.qmp("system_wakeup")
        vm.woken()
        told = {event["name"]: event["device"] for event in events(vm, "device.blocked", len(ASLEEP) + 1)}
        assert set(told) == {"QEMU filesharing", *ASLEEP.values()} and told["QEMU filesharing"] == "1-2", told
        closed(vm, "1-2", told["QEMU USB HARDDRIVE"])
        events(vm, "device.allowed", 3)
        for name in ("1-1", "1-9"):
            assert_works(vm, name)
        assert vm.output("ls -d /sys/class/net/* | grep -v /lo$; true") == ""
        assert set(vm.output("cat /sys/bus/usb/devices/usb*/authorized_default").split()) == {"0"}
        nothing_leaves(vm)
