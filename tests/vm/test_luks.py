"""An encrypted root: its passphrase comes from a USB keyboard, at a machine that has no other and no serial console."""

import time

import lab
from line import PATIENCE
from system import PASSPHRASE
from test_boot import MASKED, PRESENT, assert_shut, by_product
from test_install import bus_defaults, debs

PROMPT = "Please unlock disk root"
UNLOCKED = "set up successfully"
STICK = PRESENT[:4]


def unlock(vm):
    """Types the passphrase of the encrypted disk at the screen, until the machine is up. The prompt may stand before the
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
    vm.shell.wait(240)
    vm.wait_booted()


def test_luks_passphrase():
    """issue 2.7: without PS/2 and serial console a USB keyboard, and one behind a hub, types the LUKS passphrase"""
    encrypted = lab.installed(debs(), "luks")
    for keyboard in (("-device", "usb-kbd,bus=xhci.0,port=3"),
                     ("-device", "usb-hub,bus=xhci.0,port=7", "-device", "usb-kbd,bus=xhci.0,port=7.1")):
        with lab.Vm(encrypted, cmdline=MASKED, i8042=False, serial=False, wait=False, devices=STICK + keyboard) as vm:
            unlock(vm)
            assert vm.output("findmnt -no SOURCE /") == "/dev/mapper/root"
            assert set(bus_defaults(vm)) == {"0"}, bus_defaults(vm)
            assert_shut(vm, by_product(vm, "HARDDRIVE"))
            assert vm.run("ls /dev/sd*")[0] != 0
            # The device mapper stays within an administrator's reach: grub-probe asks it.
            assert vm.run_as("root", "dmsetup ls")[1].startswith("root")


def test_luks_control():
    """control: with the kernel's default deny and without our rule in the initrd the USB keyboard types no passphrase"""
    with lab.Vm(lab.bare("luks"), cmdline="usbcore.authorized_default=0", i8042=False, serial=False, wait=False,
                devices=("-device", "usb-kbd,bus=xhci.0,port=3")) as vm:
        vm.screen_shows(PROMPT, 120)
        before = vm.screen_text()
        vm.type_text(PASSPHRASE + "\n")
        time.sleep(20)
        assert vm.screen_text() == before, vm.screen_text()
