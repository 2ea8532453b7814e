"""The lab itself is real: what Sekisho closes is open on a system without it."""

import lab


def test_control_without_sekisho():
    """control: without Sekisho a stick plugged in is a disk at once, and root reads it"""
    with lab.Vm(warm=True, name="control") as vm:
        vm.usb_plug("storage", "stick")
        vm.until("test -b /dev/sda", 60)
        status, output = vm.run("head -c 9 /dev/sda")
        assert (status, output) == (0, "RESIDENTS"), output
        vm.usb_unplug("stick")
        vm.until("! test -b /dev/sda", 60)
