"""A terminal's first run: sekisho setup, unattended, from the packages to a log-in with the key."""

import collector
import lab
from test_enable import sudo, SUDO
from test_install import FACTORS, PIN, SOFTKEY, installed, plug_key, refused, tell_key

ANSWERS = """[Administrator]
Name=hanako
Keys=/root/keys.csv
[Devices]
Enrol=yes
[Collector]
Bundle=%s
[Activation]
Enable=yes
Trial=none
ConfirmWithinMinutes=60
""" % collector.BUNDLE


def export_keys(vm):
    """Hanako's two keys, registered where there is somebody to touch them; the second stays plugged in."""
    for name in ("one", "two"):
        plug_key(vm, name)
        assert "Registered" in vm.output("echo 246810 | sekisho key add hanako")
        if name == "one":
            tell_key(vm, "unplug", name)
            vm.until("! ls /dev/hidraw*", 30)
    vm.output("sekisho export csv >/root/keys.csv; rm /etc/sekisho/roster")


def test_O06_setup_unattended():
    """O-06, A-01: `sekisho setup --answers` takes keys, devices and the collector's bundle, switches on; one factor is refused, both log in, the second run confirms; a stick is refused and the collector has it"""
    with lab.Vm(installed(), warm=True, files=dict(collector.files(), softkey=SOFTKEY)) as vm:
        vm.until("test -e /run/sekishod/ready", 60)
        collector.make(vm)
        export_keys(vm)
        vm.output("cat >/root/answers <<'END'\n%sEND" % ANSWERS)
        said = vm.output("sekisho setup --answers /root/answers --check")
        assert said.count("to be done: ") == 4 and vm.run("test -e /etc/sekisho/roster")[0] == 1, said
        status, said = vm.run("sekisho setup --answers /root/answers")
        assert status == 1 and "Two-factor log-in is on" in said, said
        vm.output("rm -r " + collector.BUNDLE)
        status, said = vm.run("sekisho setup --answers /root/answers")
        assert status == 1 and "not confirmed yet" in said and "waits to be confirmed" in said, said
        refused(vm, "hanako", [PIN, ("Password: ", "wrong")])
        vm.console.log_in("hanako", FACTORS)
        said = sudo(vm, "sekisho setup", [PIN, SUDO, (r"Keep two-factor log-in on\? \[Y/n\] ", "y")])
        assert "Confirmed" in said, said
        assert vm.run("test -e /var/lib/sekisho/enable.pending")[0] == 1
        told = vm.output("sekisho events --json | grep door.enabled")
        assert '"untried"' in told and '"confirmed"' in told, told
        vm.usb_plug("storage", "stick")
        vm.until("sekisho events | grep -q device.blocked", 60)
        collector.wait_until_all_is_there(vm)
        assert any("device.blocked" in line for line in collector.events(vm))
