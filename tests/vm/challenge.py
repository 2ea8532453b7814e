"""A keyboard that has to type what the screen shows, before it is one."""

import re
import time

import lab

RULE = "[Device stranger]\\nMatchInterface=03:01:01\\nEnrolled=yes\\nAccess=challenge\\n"
DROP_IN = "/etc/sekisho/devices.conf.d/05-challenge.conf"
PORT = "6"	# of the machine's controller: asked three times an hour
# What the kernel makes of a keyboard that works: from the first moment on, so that nothing is there between two looks.
WATCH = "udevadm monitor --kernel --subsystem-match=input --subsystem-match=hidraw >/run/made 2>&1 </dev/null & echo $! >/run/watch"
MADE = "grep -c ' add ' /run/made; true"
RESET = r"""perl -e 'sysopen(F, "/dev/bus/usb/001/%03d", 2) or die "$!\n"; ioctl(F, 0x5514, 0)'"""
WRONG = "000000"	# where that is the code, 111111


def reload(vm, events):
    """The rules as they stand now are in force."""
    before = len(events(vm, "policy.loaded", 0))
    vm.output("systemctl reload sekishod")
    events(vm, "policy.loaded", before + 2)	# of the disks, too


def codes(vm):
    """Those that stand on the screen, as (where, code)."""
    return re.findall(r"keyboard at ([-.\d]+): to use it, type\s+(\d{6})", vm.screen_text().replace("\n", " "))


def plug(vm, events, name):
    """A new keyboard, that is asked for a code: where it is, and the code that the screen shows."""
    before = codes(vm)
    asked = len(events(vm, "challenge.asked", 0))
    vm.usb_plug("kbd", name, port=PORT)
    where = events(vm, "challenge.asked", asked + 1)[-1]["device"]
    deadline = time.monotonic() + 30 * lab.PATIENCE
    while time.monotonic() < deadline:
        for there, code in codes(vm):
            if there == where and (there, code) not in before:
                return where, code
        time.sleep(0.2)
    raise AssertionError("no code for %s on the screen:\n%s" % (where, vm.screen_text()))


def wrong(code):
    """Six other digits."""
    return WRONG if code != WRONG else "111111"


def is_kept(vm, name):
    """That usbfs has it and nobody else: no input device, no hidraw, and none was ever made."""
    assert vm.output("readlink /sys/bus/usb/devices/%s:1.0/driver" % name).endswith("/usbfs")
    assert vm.output(MADE) == "0", vm.output("cat /run/made")


def is_closed(vm, events, name, failures, *outcomes):
    """That it failed in one of the ways, as the so-manieth, and is closed."""
    told = events(vm, "challenge.failed", failures)[-1]
    assert told["outcome"] in outcomes, told
    vm.until("grep -qx 0 /sys/bus/usb/devices/%s/authorized" % name)
    assert events(vm, "device.blocked")[-1]["reason"] == "challenge"


def typed(text):
    """What stands on a screen besides our own lines."""
    return [line for line in text.split("\n") if "Sekisho" not in line and "plugged in none" not in line and line]


def types_wrong_codes(vm, events):
    """Three times another code: closed, and nothing of all that was typed stands on the console."""
    name, code = plug(vm, events, "wrong")
    is_kept(vm, name)
    assert vm.run("sekisho events --json | grep -q %s" % code)[0] == 1
    assert "type %s on it" % code in vm.sentences("sekisho why")
    before = typed(vm.screen_text())
    for _ in range(3):
        vm.type_text("x" + wrong(code) + "\n")
    is_closed(vm, events, name, 1, "wrong")
    text = vm.screen_shows("stays closed")
    assert "tries left 2." in text and "tries left 1." in text, text
    vm.type_text(code + "\n")
    time.sleep(1)
    assert typed(vm.screen_text()) == before, vm.screen_text()
    assert vm.output(MADE) == "0", vm.output("cat /run/made")
    vm.usb_unplug("wrong")


def types_the_code(vm, events):
    """A wrong try, a reload, then the code: it is a keyboard, and stays one at a reload. The control of all the others."""
    name, code = plug(vm, events, "right")
    is_kept(vm, name)
    vm.type_text(wrong(code))
    reload(vm, events)
    is_kept(vm, name)
    vm.type_text(code)
    assert events(vm, "challenge.passed")[-1]["device"] == name
    vm.until("readlink /sys/bus/usb/devices/%s:1.0/driver | grep -q /usbhid" % name)
    assert events(vm, "device.allowed")[-1]["rule"] == "stranger"
    vm.until("grep -q ' add ' /run/made")
    reload(vm, events)
    vm.type_text("typed")
    vm.screen_shows("typed")
    vm.press("ctrl", "u")
    vm.usb_unplug("right")
    vm.until("! grep -q Keyboard /proc/bus/input/devices")


def is_reset(vm, events):
    """The kernel takes it from usbfs and gives it to usbhid: closed as soon as that is heard of. Then its port, where three
    were asked and did not type the code, is asked no more."""
    for failures in (2, 3):
        name, _ = plug(vm, events, "reset%d" % failures)
        vm.output(RESET % int(vm.output("cat /sys/bus/usb/devices/%s/devnum" % name)))
        # The reader, which loses it, and the kernel's message are about as quick.
        is_closed(vm, events, name, failures, "taken", "broken")
        vm.until("! grep -q Keyboard /proc/bus/input/devices")
        vm.usb_unplug("reset%d" % failures)
        # Or the kernel may take the next one for it, and try for a minute to reset it.
        vm.until("! test -e /sys/bus/usb/devices/" + name)
    vm.usb_plug("kbd", "again", port=PORT)
    is_closed(vm, events, name, 4, "limit")
    vm.usb_unplug("again")


def strangers(vm, events):
    """At the log-in screen of the text console; nobody has logged in."""
    vm.output("mkdir -p %s; printf '%s' >%s" % (DROP_IN.rsplit("/", 1)[0], RULE, DROP_IN))
    reload(vm, events)
    vm.output(WATCH)
    types_wrong_codes(vm, events)
    types_the_code(vm, events)
    is_reset(vm, events)
    vm.output("kill $(cat /run/watch); rm " + DROP_IN)
    reload(vm, events)
