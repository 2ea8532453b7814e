"""What people could get at while packages change: guest/watch looks all the time; a session of hanako's stays open and locked."""

import os

from test_install import FACTORS

WATCH = os.path.join(os.path.dirname(os.path.realpath(__file__)), "guest/watch")
TOLD = "/run/lab/watch/told"
AUTH_SOCKET = "stat -c %i /run/sekisho/auth.sock"
# logind tells the sessions of desktops to lock, and no others. Not in common-session, which would then be left alone by pam-auth-update.
DESKTOP = """sed -i '/^@include common-session/i session optional pam_systemd.so type=x11' /etc/pam.d/login
echo 'auth include common-auth' >/etc/pam.d/screen-lock
mkdir -p /etc/sekisho/sekisho.conf.d; printf '[Auth]\\nWrongAnswers=100\\n' >/etc/sekisho/sekisho.conf.d/lab.conf
chmod 755 /lab/screen_lock /lab/watch"""


class Watch:
    """guest/watch at work. Afterwards told has its lines, but for the number of log-ins that it tried (at least one)."""

    def __init__(self, vm):
        self.vm = vm
        self.told = []

    def __enter__(self):
        self.vm.output("rm -rf /run/lab/watch; mkdir -p /run/lab/watch; : >/run/lab/watch/on; "
                       "systemd-run -q --unit=lab-watch /lab/watch")
        self.vm.until("grep -q ^socket %s" % TOLD, 30)
        return self

    def __exit__(self, kind, *unused):
        if kind is None:
            self.told = self.vm.until("rm -f /run/lab/watch/on; ! systemctl -q is-active lab-watch && cat " + TOLD, 60).split("\n")
            assert int(self.told.pop().split()[1]) > 0, self.told


def lock(vm):
    """Locks hanako's session at the console; what asks then waits for the first answer."""
    vm.console.send("/lab/screen_lock\r")
    vm.console.expect("waiting\r\n", 60)
    vm.output("loginctl lock-session $(loginctl show-user hanako -P Sessions | cut -d' ' -f1)")
    vm.console.expect("LOCKED\r\n.*?PIN", 120)


def unlock(vm):
    """Both factors open the lock; the question of before, whose authd is another one meanwhile, may take them for nothing."""
    vm.console.send(FACTORS[0][1] + "\r")
    vm.console.answer(FACTORS[1:], 120)
    if vm.console.expect("UNLOCKED|stays locked", 120).group() != "UNLOCKED":
        vm.console.answer(FACTORS, 120)
        vm.console.expect("UNLOCKED\r\n", 120)
    status, said = vm.console.run("id -un")
    assert (status, said.strip()) == (0, "hanako"), said


def upgrade(vm, command):
    """Upgrades while a session is locked: nothing opens, log-ins may ask all the time, three sticks that come meanwhile are
    refused, and the lock opens afterwards. command ends with 0 and says nothing of errors."""
    lock(vm)
    socket = vm.output(AUTH_SOCKET)
    blocked = int(vm.output("sekisho events | grep -c device.blocked; true"))
    with Watch(vm) as watch:
        vm.output("systemd-run -q --unit=lab-upgrade -p RemainAfterExit=yes -p StandardOutput=file:/run/lab/upgrade -p StandardError=inherit "
                  "sh -c '%s'" % command)
        for number, step in enumerate(("Unpacking sekisho ", "Unpacking libpam-sekisho ", "Setting up sekisho ")):
            vm.until("grep -q '^%s' /run/lab/upgrade" % step, 120)
            vm.usb_plug("storage", "upgrade-%d" % number)
        vm.until("systemctl show -P SubState lab-upgrade | grep -qx -e exited -e failed", 600)
        said = vm.output("cat /run/lab/upgrade")
        assert vm.output("systemctl show -P ExecMainStatus lab-upgrade; systemctl stop lab-upgrade") == "0" and "rror" not in said, said
        vm.until("test $(sekisho events | grep -c device.blocked) -ge %d" % (blocked + 3), 60)
    assert watch.told == ["stack both", "socket there"], (watch.told, said)
    assert vm.output(AUTH_SOCKET) == socket, "the socket of log-ins was away"
    unlock(vm)
    return said
