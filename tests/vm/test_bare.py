"""A terminal's life in one machine, from the bare system to the bare system: as an office without Ansible's help would do it, but for
sekisho setup, which answers from a file."""

import os

import archive
import collector
import confined
import lab
import watched
from test_boot import assert_works
from test_enable import sudo, SUDO
from test_install import FACTORS, PIN, SOFTKEY, UNITS, apt, bus_defaults, log_in_by_password, plug_key, refused, tell_key

DEBS = os.path.join(lab.BUILD, "deb")
SCREEN_LOCK = os.path.join(lab.BUILD, "release/tests/host/screen_lock")
FILES = {"softkey": SOFTKEY, "screen_lock": SCREEN_LOCK, "watch": watched.WATCH}
BEFORE = "0.0.1"	# under which the packages are called earlier ones
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


def install(vm, office):
    """From the repository, on the running machine: all is at work at once, and log-ins are as they were."""
    office.serve(vm, DEBS, BEFORE)
    apt(vm, "install sekisho libpam-sekisho sekisho-collector")
    assert vm.output("dpkg-query -W -f '${Version}' sekisho") == BEFORE
    vm.until("test -e /run/sekishod/ready", 60)
    assert set(vm.output("cat /sys/bus/usb/devices/usb*/authorized_default").split()) == {"0"}
    started = [unit for unit in UNITS if unit.endswith((".socket", ".path"))] + ["sekishod.service", "sekisho-authd.service"]
    assert set(vm.output("systemctl is-active %s; true" % " ".join(started)).split()) == {"active"}, started
    assert vm.output("systemctl list-units --failed --no-legend --plain 'sekisho*'") == ""
    assert "pam_sekisho" not in vm.output("cat /etc/pam.d/common-*")
    confined.check_daemons(vm)


def export_keys(vm):
    """Hanako's two keys, registered where there is somebody to touch them; the second stays plugged in."""
    for name in ("one", "two"):
        plug_key(vm, name)
        # In a session, which is let at keys from the installation on: nothing brought the driver before.
        said = vm.run_as("root", "echo 246810 | sekisho key add hanako 2>&1")[1]
        assert "Registered" in said, said
        if name == "one":
            tell_key(vm, "unplug", name)
            vm.until("! ls /dev/hidraw*", 30)
    vm.output("sekisho export csv >/root/keys.csv; rm /etc/sekisho/roster")


def set_up(vm):
    """Keys, devices and the collector's bundle are taken, and the switch; a log-in with both factors, in which it is confirmed."""
    collector.make(vm, collector.APART)
    export_keys(vm)
    vm.output("cat >/root/answers <<'END'\n%sEND" % ANSWERS)
    said = vm.output("sekisho setup --answers /root/answers --check")
    assert said.count("to be done\n") == 4 and vm.run("test -e /etc/sekisho/roster")[0] == 1, said
    status, said = vm.run("sekisho setup --answers /root/answers")
    assert status == 1 and "Two-factor log-in is on" in said, said
    vm.output("rm -r " + collector.BUNDLE)
    status, said = vm.run("sekisho setup --answers /root/answers")
    assert status == 1 and "not confirmed yet" in said and "waits to be confirmed" in said, said
    refused(vm, "hanako", [PIN, ("Password: ", "wrong")])
    vm.console.log_in("hanako", FACTORS)
    said = sudo(vm, "sekisho setup", [PIN, SUDO, (r"Keep two-factor log-in on\? \[y/n, Enter: yes\] ", "y")])
    assert "Confirmed" in said, said
    assert vm.run("test -e /var/lib/sekisho/enable.pending")[0] == 1
    told = vm.output("sekisho events --json | grep door.enabled")
    assert '"untried"' in told and '"confirmed"' in told, told


def refuse_a_stick(vm):
    """It is no disk, and the collector is told over the network."""
    collector.assert_apart(vm)
    vm.usb_plug("storage", "stick")
    vm.until("sekisho events | grep -q device.blocked", 60)
    assert vm.run("ls /dev/sd*")[0] != 0
    collector.wait_until_all_is_there(vm)
    assert any("device.blocked" in line for line in collector.events(vm))


def upgrade(vm, office):
    """With hanako's session open: the profile stays on, what runs is the new one and confined, modes are put right."""
    # The modes that these had: the agent was in the forwarder's group.
    vm.output("cd /etc/sekisho/collector; chgrp sekisho-log authority.pem; chmod 640 authority.pem; chmod 750 .")
    # Whoever is started before they are loaded again has none.
    vm.output("apparmor_parser --remove /etc/apparmor.d/sekisho*")
    office.serve(vm, DEBS)
    services = "systemctl show -P MainPID sekisho-authd sekishod sekisho-priv sekisho-forward"
    before = vm.output(services).split()
    watched.upgrade(vm, "DEBIAN_FRONTEND=noninteractive apt-get -q -y upgrade")
    assert vm.output("dpkg-query -W -f '${Version} ' sekisho libpam-sekisho sekisho-collector").count(BEFORE) == 0
    confined.check_daemons(vm)
    after = vm.output(services).split()
    assert "0" not in after and not set(before) & set(after), (before, after)
    assert vm.output("cd /etc/sekisho/collector; stat -c '%U:%G %a' . terminal.key authority.pem").split("\n") == [
        "root:sekisho-log 751", "root:sekisho-log 640", "root:root 644"]
    group = vm.output("getent group sekisho-log | cut -d: -f3")
    assert group not in vm.output("grep Groups: /proc/$(systemctl show -P MainPID sekishod)/status").split()
    vm.console.log_out()
    refused(vm, "hanako", [PIN, ("Password: ", "wrong")])
    vm.console.log_in("hanako", FACTORS)
    vm.console.log_out()
    assert vm.run("sekisho verify")[0] == 0
    collector.wait_until_all_is_there(vm)


def remove_half(vm):
    """A removal that comes to nothing, as dpkg undoes it: all is confined and closed again."""
    vm.output("cd /var/lib/dpkg/info; ./sekisho.prerm remove >/dev/null 2>&1 && ./sekisho.postinst abort-remove >/dev/null 2>&1")
    confined.check_daemons(vm)
    vm.until("test -e /run/sekisho-lsm/loaded && systemctl -q is-active sekisho-buses sekishod sekisho-auth.socket")
    assert set(bus_defaults(vm)) == {"0"}, bus_defaults(vm)
    assert "pam_sekisho" in vm.output("cat /etc/pam.d/common-auth")


def remove(vm):
    """The log-in is given back before its service goes, and in one step; what was refused stays so, other locks are open."""
    vm.output("for f in /sys/module/usbcore/parameters/authorized_default /sys/bus/usb/devices/usb*/authorized_default"
              " /sys/bus/usb/devices/usb*/interface_authorized_default; do echo 0 >$f; done")
    assert set(bus_defaults(vm)) == {"0"}, bus_defaults(vm)
    override = vm.output("ls /sys/bus/pci/devices/*/driver_override | head -1")
    vm.output("echo sekisho-closed >" + override)	# as a card in a slot that was closed
    apt(vm, "remove sekisho libpam-sekisho")
    assert vm.output("cat " + override) == "(null)"
    assert "pam_sekisho" not in vm.output("cat /etc/pam.d/common-*")
    log_in_by_password(vm)
    assert bus_defaults(vm) == ["-1", "1", "1", "1", "1"], bus_defaults(vm)
    assert vm.run("test -d /var/lib/sekisho/journal")[0] == 0
    assert confined.loaded(vm) == []
    vm.usb_plug("kbd", "keyboard", port="14")
    assert_works(vm, "1-14")


def purge(vm):
    """Nothing is left but what an administrator wrote; a keyboard works at once."""
    vm.output("mkdir -p /etc/modprobe.d; echo '# by hand' >/etc/modprobe.d/sekisho-modules.conf")
    said = apt(vm, "purge sekisho libpam-sekisho")
    vm.output("rm /etc/modprobe.d/sekisho-modules.conf")
    assert "sekisho-modules.conf was edited by hand and stays" in said, said
    left = vm.output("ls -d /var/lib/sekisho /etc/sekisho /etc/pam.d/sekisho* /run/sekisho* "
                     "/etc/default/grub.d/sekisho* /etc/systemd/system/*/sekisho* /etc/apparmor.d/{,*/}sekisho* 2>/dev/null || true")
    assert left == "", left
    vm.usb_plug("kbd", "second-keyboard", port="15")
    assert_works(vm, "1-15")
    assert vm.run("ls /dev/sd*")[0] != 0


def leave(vm):
    """Removal and purge: nobody comes in by one factor before the log-in is given back, and no stick that was refused is read."""
    with watched.Watch(vm) as watch:
        remove(vm)
        purge(vm)
        assert vm.run("grep disk " + watched.TOLD)[0] == 1, "a stick that was refused is read"
        # What the watch would have seen before.
        vm.usb_plug("storage", "open")
        vm.until("grep -q '^disk sda' {0} && grep -q '^open taro' {0}".format(watched.TOLD), 60)
    told = [line for line in watch.told if not line.startswith(("disk", "open"))]
    assert told == ["stack both", "socket there", "stack password", "socket away"], watch.told
    assert watch.told.index("open taro") > watch.told.index("stack password"), watch.told
    assert "open hanako" not in watch.told, watch.told


def spare_the_network(vm):
    """Whoever is on the network by a USB adapter alone is not cut off by an installation: it would have sekishod wait, and says so."""
    vm.usb_plug("net", "adapter")
    vm.until("ip link set usb0 up", 30)
    said = vm.output("ip address add 192.0.2.9/24 dev usb0; ip route add default via 192.0.2.1; "
                     "dpkg-deb -e %s/pool/main/s/sekisho/sekisho_*.deb /run/control; sh /run/control/preinst install 2>&1" % archive.SERVED)
    assert "usb0 is a USB adapter" in said and "usb0 はUSBアダプター" in said, said
    assert vm.run("systemctl is-enabled sekishod")[1].strip() == "masked-runtime"


def test_O06_from_bare_to_bare():
    """O-06, A-01: bare Debian, apt from a signed repository, `sekisho setup --answers`, a log-in with the key, a refused stick, all at a collector in another network; an upgrade with a session open and sticks plugged in, removal, purge: no single factor opens and no stick is read before it is let; then the kernel's own again"""
    with archive.Archive() as office, lab.Vm(warm=True, files=FILES) as vm:
        install(vm, office)
        vm.output(watched.DESKTOP)
        set_up(vm)
        refuse_a_stick(vm)
        upgrade(vm, office)
        remove_half(vm)
        leave(vm)
        spare_the_network(vm)
        vm.reboot()
        vm.wait_booted()
        log_in_by_password(vm)
