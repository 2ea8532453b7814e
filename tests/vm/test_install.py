"""The packages: what they change, what they leave alone, and that a person can log in at every step."""

import glob
import os

import confined
import lab

PASSWORD = [("Password: ", "Hanako-2026")]
UNITS = ("sekisho-authd.service", "sekishod.service", "sekisho-priv.service", "sekisho-rollback.service",
         "sekisho-sleep.service", "sekisho-buses.service", "sekisho-buses-late.service", "sekisho-disks.service", "sekisho-auth.socket", "sekishod-record.socket", "sekishod-record-restricted.socket",
         "sekishod-control.socket", "sekishod-refusals.socket", "sekisho-priv.socket", "sekisho-lsm.service", "sekisho-attempts.socket",
         "sekisho-presence.path", "sekisho-presence.service", "sekisho-lock.socket")

AUTOPKGTEST = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../packaging/deb/tests/installed")


def debs():
    """The terminal's two packages that `make deb` built."""
    found = sorted(deb for deb in glob.glob(os.path.join(lab.BUILD, "deb", "*.deb")) if "-collector_" not in deb)
    assert len(found) == 2, "run `make deb` first: %r" % found
    return found


def installed():
    """The bare system after apt-get install ./sekisho.deb ./libpam-sekisho.deb."""
    return lab.installed(debs())


def log_in_by_password(vm):
    """Hanako at the console, by password alone; sudo too."""
    vm.console.log_in("hanako", PASSWORD)
    status, said = vm.console.run("id -un")
    assert (status, said.strip()) == (0, "hanako"), said
    vm.console.log_out()


def apt(vm, words):
    """apt-get without asking; the initrd, which takes minutes here, was made once when the packages were staged."""
    vm.output("echo update_initramfs=no >/etc/initramfs-tools/update-initramfs.conf")
    return vm.output("DEBIAN_FRONTEND=noninteractive apt-get -q -y " + words, 900)


def refused(vm, user, dialog, timeout=60):
    """A refusal at the console; then login(1), which would take the next empty line for a name, makes way for getty."""
    vm.console.refused(user, dialog, timeout)
    vm.output("systemctl restart serial-getty@ttyS0.service")


def bus_defaults(vm):
    """What the kernel does with a device that nobody judged: the parameter, then each bus."""
    return vm.output("cat /sys/module/usbcore/parameters/authorized_default "
                     "/sys/bus/usb/devices/usb*/authorized_default "
                     "/sys/bus/usb/devices/usb*/interface_authorized_default").split()


def test_install_leaves_log_ins_alone():
    """packages: installed and booted, the profile is off, a password opens the console, the units are sound, AppArmor binds them"""
    with lab.Vm(installed(), warm=True) as vm:
        vm.wait_booted()
        log_in_by_password(vm)
        assert "pam_sekisho" not in vm.output("cat /etc/pam.d/common-*")
        status, said = vm.run("cd /lib/systemd/system && systemd-analyze verify --man=no " + " ".join(UNITS))
        assert (status, said) == (0, ""), said
        failed = vm.output("systemctl list-units --failed --no-legend --plain 'sekisho*'")
        assert failed == "", failed
        confined.check(vm)
        # Debian's own test of the packages, as autopkgtest runs it.
        vm.put(AUTOPKGTEST, "/lab/installed")
        vm.output("/lab/installed")


def test_install_modes():
    """packages: users, directories and sockets have the owners and modes they should"""
    wanted = {
        "/var/lib/sekisho": "root:root 755", "/var/lib/sekisho/journal": "sekisho:sekisho-audit 2750",
        "/var/lib/sekisho/auth": "sekisho-auth:sekisho-auth 700",
        "/var/lib/sekisho/revocations": "sekisho:sekisho 755", "/run/sekisho": "root:root 755",
        "/run/sekisho/auth.sock": "root:root 666", "/run/sekisho/record.sock": "root:sekisho-auth 660",
        "/run/sekisho/record-restricted.sock": "root:sekisho-record 660",
        "/etc/sekisho/sekisho.conf.d": "root:root 755", "/etc/sekisho/collector": "root:sekisho-log 751",
        "/run/sekisho/control.sock": "root:sekisho-audit 660", "/run/sekisho/priv.sock": "sekisho:sekisho 600"}
    with lab.Vm(installed(), warm=True) as vm:
        for path, mode in wanted.items():
            assert vm.output("stat -c '%U:%G %a' " + path) == mode, path
        # Elsewhere the kernel's messages would come after udev's turn.
        assert vm.output("readlink /proc/$(pgrep -x sekishod)/ns/net") == vm.output("readlink /proc/1/ns/net")
        for user in ("sekisho", "sekisho-auth"):
            assert vm.output("getent passwd %s | cut -d: -f7" % user) == "/usr/sbin/nologin"
            status, said = vm.run("su -s /bin/sh -c 'test -w /etc/sekisho -o -w /run/sekisho' " + user)
            assert status == 1, said


SOFTKEY = os.path.join(lab.BUILD, "release/tests/softkey")
PIN = ("PIN.*?: ", "246810")
FACTORS = [PIN] + PASSWORD


def plug_key(vm, name="key", place="/run"):
    """A software key with a PIN, which forgets with place; authd's group has its node afterwards."""
    vm.output("modprobe uhid; chmod 755 /lab/softkey")
    vm.run("/lab/softkey --uhid --control /run/{0}.ctl --serial {0} --state {1}/{0}.state --pin 246810 >/run/{0}.log 2>&1 &"
           .format(name, place), check=True)
    vm.until("stat -c %G /dev/hidraw* | grep -qx sekisho-auth", 30)


def tell_key(vm, line, name="key"):
    return vm.output("/lab/softkey --control /run/%s.ctl --tell '%s'" % (name, line))


def register(vm, user):
    """Root registers the plugged key at the console."""
    vm.console.log_in("root", [("Password: ", "Root-2026")])
    vm.console.send("sekisho key add %s\r" % user)
    vm.console.answer([("PIN of the key: ", "246810")])
    vm.console.expect("Registered .* for %s" % user)
    vm.console.log_out()


def prepare(vm):
    """Hanako has a key, plugged in; it forgets nothing when the machine starts again."""
    plug_key(vm, place="/var/tmp")
    register(vm, "hanako")


def registered():
    """A terminal as prepare() leaves it, which is done once for all tests; the profile is off."""
    return lab.Vm(installed(), files={"softkey": SOFTKEY}, prepared=prepare)


def test_A01_both_factors_at_the_console():
    """A-01: with the profile on, password and key and PIN open the console and sudo; each alone is refused"""
    with registered() as vm:
        vm.output("pam-auth-update --enable sekisho")
        vm.console.log_in("hanako", FACTORS)
        vm.console.send("sudo id -u; echo done\r")
        vm.console.answer([PIN, ("password for hanako: ", "Hanako-2026")])
        assert "\r\n0\r\n" in vm.console.expect("(.*)done\r\n").group(0)
        vm.console.log_out()
        refused(vm, "hanako", [PIN, ("Password: ", "wrong")])
        refused(vm, "hanako", [("PIN.*?: ", "135791")] + PASSWORD)
        refused(vm, "taro", [PIN, ("Password: ", "Taro-2026")])
        tell_key(vm, "unplug")
        refused(vm, "hanako", PASSWORD, 90)
        tell_key(vm, "plug")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()


def test_A01_profile_without_a_service_refuses():
    """A-01: with the profile on and no authd a right password opens neither console, su nor sudo; root's su works"""
    with lab.Vm(installed(), warm=True) as vm:
        vm.output("systemctl stop sekisho-auth.socket sekisho-authd.service")
        log_in_by_password(vm)
        vm.output("pam-auth-update --enable sekisho")
        stack = vm.output("grep -v '^#' /etc/pam.d/common-auth").splitlines()
        assert stack[0].split()[:3] == ["auth", "required", "pam_sekisho.so"], stack
        refused(vm, "hanako", PASSWORD)
        refused(vm, "hanako", [("Password: ", "wrong")])
        told = vm.output("sekisho events --json | grep login.refused")
        assert told.count('"reason":"no-service"') == 2 and told.count('"user":"hanako"') == 2, told
        status, said = vm.run("su -s /bin/sh -c 'id -un' taro")
        assert (status, said) == (0, "taro\n"), said
        status, said = vm.run_as("hanako", "echo Taro-2026 | su -s /bin/sh -c id taro")
        assert status != 0 and "uid=" not in said, said
        status, said = vm.run_as("hanako", "echo Hanako-2026 | sudo -S id")
        assert status != 0 and "uid=0" not in said, said
        assert vm.run("systemctl start user@1000.service")[0] == 0
        vm.output("pam-auth-update --disable sekisho")
        assert "pam_sekisho" not in vm.output("cat /etc/pam.d/common-*")
        log_in_by_password(vm)


def test_remove_refuses_an_edited_stack():
    """packages: a stack edited by hand that still asks for the module stops the removal, with the reason"""
    with lab.Vm(installed(), warm=True) as vm:
        vm.output("sed -i '1i auth required pam_sekisho.so' /etc/pam.d/su")
        vm.output("pam-auth-update --enable sekisho; cp /etc/pam.d/common-auth /etc/pam.d/common-auth.bak")
        status, said = vm.run("apt-get -q -y remove libpam-sekisho", 600)
        assert status != 0 and "/etc/pam.d/su" in said and "common-auth" not in said, said
        assert vm.run("test -e /lib/x86_64-linux-gnu/security/pam_sekisho.so")[0] == 0
        asked = "grep -c '^auth.*pam_sekisho' /etc/pam.d/common-auth"
        assert vm.output(asked) == "1"
        vm.output("sed -i 1d /etc/pam.d/su")
        # As dpkg has it where something else stops the removal.
        vm.output("cd /var/lib/dpkg/info; ./libpam-sekisho.prerm remove 2>&1 && ! %s && ./libpam-sekisho.postinst abort-remove 2>&1" % asked)
        assert vm.output(asked) == "1"
        apt(vm, "remove libpam-sekisho")
        assert vm.output("sekisho events --json | grep -c '\"door.disabled\"'") == "2"
        log_in_by_password(vm)


def test_upgrade_tells_that_nobody_can_log_in():
    """packages: where the service that log-ins ask doesn't run after an upgrade, whoever installs is told"""
    with lab.Vm(installed(), warm=True) as vm:
        vm.output("pam-auth-update --enable sekisho; ln -s /bin/true /usr/local/sbin/update-initramfs")
        again = "cd /var/lib/dpkg/info; ./sekisho.postinst configure 0.0.1 2>&1"
        assert "NOBODY CAN LOG IN" not in vm.run(again, 600)[1]
        vm.output("mkdir -p /run/systemd/system/sekisho-authd.service.d; printf '[Service]\nExecStart=\nExecStart=/bin/false\n' "
                  ">/run/systemd/system/sekisho-authd.service.d/lab.conf")
        status, said = vm.run(again, 600)
        assert status == 0 and "NOBODY CAN LOG IN" in said and "だれもログインできません" in said, said


def test_removal_goes_on_without_initrd():
    """packages: where no initrd can be made the removal ends all the same, GRUB's part is done, and what has to be run by hand is told"""
    with lab.Vm(installed(), warm=True) as vm:
        vm.output("ln -s /bin/false /usr/local/sbin/update-initramfs; mkdir -p /boot/grub; "
                  "printf '#!/bin/sh\ntouch /run/grub\n' >/usr/local/sbin/update-grub; chmod 755 /usr/local/sbin/update-grub")
        status, said = vm.run("cd /var/lib/dpkg/info; ./sekisho.postrm remove 2>&1; test -e /run/grub", 600)
        assert status == 0 and "update-initramfs -u -k all failed" in said and "USBキーボードが使えなくなります" in said, said
