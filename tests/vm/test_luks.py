"""An encrypted root: its passphrase comes from a USB keyboard, at a machine that has no other and no serial console."""

import copy
import os
import shutil
import tempfile
import time

import lab
from line import PATIENCE
from system import PASSPHRASE
from test_boot import MASKED, PRESENT, assert_shut, by_product
from test_install import bus_defaults, debs

PROMPT = "Please unlock disk root"
UNLOCKED = "set up successfully"
RULE = "lib/udev/rules.d/72-sekisho-usb.rules"
STICK = PRESENT[:4]


def unlock(vm):
    """Types the passphrase of the encrypted disk at the screen, until it is taken. The prompt may stand before the
    kernel is through with the keyboard; QEMU's drops what is typed until then. So Enter shows first that it is there,
    as a person would see by its lights; from then on no key may be lost."""
    vm.screen_shows(PROMPT, 120)
    for _ in range(5):
        vm.type_text("\n")
        deadline = time.monotonic() + 4 * PATIENCE
        while vm.screen_text().count(PROMPT) < 2 and time.monotonic() < deadline:
            time.sleep(0.5)
        if vm.screen_text().count(PROMPT) > 1:
            break
    vm.type_text(PASSPHRASE + "\n")
    vm.screen_shows(UNLOCKED, 60)


def test_luks_passphrase():
    """issue 2.7: without PS/2 and serial console a USB keyboard, and one behind a hub, types the LUKS passphrase"""
    encrypted = lab.installed(debs(), "luks")

    def machine(*keyboard):
        return lab.Vm(encrypted, cmdline=MASKED, i8042=False, serial=False, wait=False, devices=STICK + keyboard)

    with machine("-device", "usb-kbd,bus=xhci.0,port=3") as vm:
        unlock(vm)
        vm.shell.wait(240)
        vm.wait_booted()
        assert vm.output("findmnt -no SOURCE /") == "/dev/mapper/root"
        assert set(bus_defaults(vm)) == {"0"}, bus_defaults(vm)
        assert_shut(vm, by_product(vm, "HARDDRIVE"))
        assert vm.run("ls /dev/sd*")[0] != 0
        # The device mapper stays within an administrator's reach: grub-probe asks it.
        assert vm.run_as("root", "dmsetup ls")[1].startswith("root")
    # From here on the boot is the same.
    with machine("-device", "usb-hub,bus=xhci.0,port=7", "-device", "usb-kbd,bus=xhci.0,port=7.1") as vm:
        unlock(vm)


def without_rule(system, directory):
    """The system, started from an initrd whose rule for USB is an empty file: the kernel unpacks a second archive over the
    first (admin-guide/initrd, driver-api/early-userspace/buffer-format)."""
    other = copy.copy(system)
    other.initrd = os.path.join(directory, "initrd")
    with open(system.initrd, "rb") as first, open(other.initrd, "wb") as file:
        shutil.copyfileobj(first, file)
        file.write(b"\0" * (-file.tell() % 4))
        for name, mode in ((RULE, 0o100644), ("TRAILER!!!", 0)):
            fields = [0, mode, 0, 0, 1, 0, 0, 0, 0, 0, 0, len(name) + 1, 0]
            member = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
            file.write(member + b"\0" * (-len(member) % 4))
    return other


def test_luks_control():
    """control: the same, but for our rule in the initrd: the USB keyboard types no passphrase"""
    with tempfile.TemporaryDirectory() as directory, lab.Vm(
            without_rule(lab.installed(debs(), "luks"), directory), cmdline=MASKED, i8042=False, serial=False, wait=False,
            devices=("-device", "usb-kbd,bus=xhci.0,port=3")) as vm:
        vm.screen_shows(PROMPT, 120)
        before = vm.screen_text()
        vm.type_text(PASSPHRASE + "\n")
        time.sleep(20)
        assert vm.screen_text() == before, vm.screen_text()
