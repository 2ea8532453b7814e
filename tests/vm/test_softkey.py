"""The software authenticator is a real key to a real system: hidraw nodes, udev, libfido2's tools."""

import os

import lab

SOFTKEY = os.path.join(lab.BUILD, "release/tests/softkey")
REQUEST = "head -c 32 /dev/urandom | base64; echo login.example"


def start(vm, name, options):
    """Starts one; returns its node once udev has told the FIDO key from other HID devices."""
    vm.run("/lab/softkey --uhid --control /run/%s.ctl --serial %s %s >/run/%s.log 2>&1 &"
           % (name, name, options, name), check=True)
    return node(vm, name)


def node(vm, name):
    vm.until("grep -l HID_UNIQ=%s /sys/class/hidraw/*/device/uevent" % name, 30)
    path = vm.output("grep -l HID_UNIQ=%s /sys/class/hidraw/*/device/uevent" % name)
    path = "/dev/" + path.split("/")[4]
    vm.until("udevadm info %s | grep -q ID_FIDO_TOKEN=1" % path, 30)
    return path


def tell(vm, name, line):
    return vm.output("/lab/softkey --control /run/%s.ctl --tell '%s'" % (name, line))


def test_uhid_keys():
    """uhid: two keys at once; PIN, credential and assertion; pulled, plugged, pulled midway"""
    with lab.Vm(warm=True, name="softkey", files={"softkey": SOFTKEY}) as vm:
        vm.output("modprobe uhid")
        first = start(vm, "first", "--state /run/first.state --pin 1234")
        second = start(vm, "second", "--pin 5678 --uv")
        listed = vm.output("fido2-token -L")
        assert first + ":" in listed and second + ":" in listed, listed
        assert "FIDO_2_1" in vm.output("fido2-token -I " + first)

        # PIN prompts are read from standard input: the shell has no terminal of its own.
        vm.output("{ %s; echo hanako; echo aGFuYWtv; } >/run/wish" % REQUEST)
        vm.output("echo 1234 | setsid fido2-cred -M -v -i /run/wish %s >/run/made" % first)
        vm.output("fido2-cred -V -v -i /run/made >/run/credential")
        vm.output("{ %s; head -1 /run/credential; } >/run/ask; sed 1d /run/credential >/run/key" % REQUEST)
        ask = "echo %s | setsid fido2-assert -G -v -p -i /run/ask %s >/run/answer"
        vm.output(ask % ("1234", first))
        vm.output("fido2-assert -V -v -p -i /run/answer /run/key es256")
        status, output = vm.run(ask % ("5678", second))
        assert status != 0 and "FIDO_ERR_NO_CREDENTIALS" in output, output
        status, output = vm.run(ask % ("9999", first))
        assert status != 0 and "FIDO_ERR_PIN_INVALID" in output, output
        assert " pin-retries=7 " in tell(vm, "first", "status")

        tell(vm, "first", "unplug")
        vm.until("! test -e " + first, 30)
        tell(vm, "first", "plug")
        first = node(vm, "first")
        tell(vm, "first", "misbehave unplug-midway")
        status, output = vm.run(ask % ("1234", first))
        assert status != 0 and "FIDO_ERR_RX" in output, output
        vm.until("! test -e " + first, 30)
        assert "plugged=0" in tell(vm, "first", "status")
        assert second + ":" in vm.output("fido2-token -L")
