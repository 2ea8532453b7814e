"""A key that is pulled out, with the real logind: the session on a text console ends, a screen is locked and in the end is too."""

import json
import os
import time

import lab
from test_install import FACTORS, PIN, SOFTKEY, installed, tell_key
from test_login import last, prepare

SCREEN_LOCK = os.path.join(lab.BUILD, "release/tests/host/screen_lock")
SETTINGS = "[Removal]\\nAction=lock\\nDebounceSeconds=%d\\nEndAfterMinutes=%d\\n"
WATCHES = "/run/sekisho-watch/watches"
ROSTER = "/etc/sekisho/roster"


def settings(vm, debounce, minutes=1):
    vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '%s' >/etc/sekisho/sekisho.conf.d/removal.conf"
              % (SETTINGS % (debounce, minutes)))


def watched(vm):
    """The one session that is watched, once it is."""
    vm.until("grep -q session %s" % WATCHES, 60)
    return json.loads(vm.output("cat " + WATCHES))[0]


def log_in(vm):
    """Hanako at the console; the session that is watched then."""
    vm.console.log_in("hanako", FACTORS)
    vm.until("grep -q session %s" % WATCHES, 60)
    return watched(vm)


def plug(vm):
    tell_key(vm, "plug")
    vm.until("stat -c %G /dev/hidraw* | grep -qx sekisho-auth", 30)


def ended(vm, count):
    """The newest session.ended; the console asks the next person."""
    told = last(vm, "session.ended", count)["fields"]
    vm.console.expect("login: ", 120)
    vm.until("! loginctl show-session %s 2>/dev/null | grep -qx State=active" % told["session"], 60)
    return told


def text_console(vm):
    """No lock: ended, although the watcher was killed in between; it finds again whom it watched."""
    settings(vm, 2)
    one = log_in(vm)
    assert "sekisho-presence watches" in vm.sentences("sekisho check login")
    opened = last(vm, "login.opened")["fields"]["login"]
    assert one["id"] == opened, (one, opened)
    vm.output("systemctl kill -s KILL sekisho-presence")
    tell_key(vm, "unplug")
    told = ended(vm, 1)
    removed = last(vm, "key.removed")["fields"]
    for fields in (told, removed):
        assert (fields["user"], fields["service"], fields["login"], fields["session"]) == (
            "hanako", "login", opened, one["session"]), fields
    assert told["reason"] == "no-lock" and removed["credential"], (told, removed)
    # Nobody is left: it ends, and its notes are gone.
    vm.until("! systemctl -q is-active sekisho-presence && test -z \"$(ls /run/sekisho-presence)\"", 60)
    assert vm.output("systemctl list-units --failed --no-legend --plain 'sekisho*'") == ""


def comes_back(vm):
    """Pulled out and back at once, as by a hub's reset: it is asked, and the session goes on."""
    settings(vm, 30)
    plug(vm)
    one = log_in(vm)
    count = int(vm.output("sekisho events --json | grep -c key.removed; true"))
    tell_key(vm, "unplug")
    vm.until("grep -q '\"state\": *1' " + WATCHES, 60)
    plug(vm)
    vm.until("grep -q '\"state\": *0' " + WATCHES, 60)
    again = watched(vm)
    assert again["instance"] != one["instance"] and again["session"] == one["session"], (one, again)
    status, said = vm.console.run("id -un")
    assert (status, said.strip()) == (0, "hanako"), said
    assert int(vm.output("sekisho events --json | grep -c key.removed; true")) == count
    # sudo with the same key begins no watch and ends none.
    vm.console.send("sudo id -un; echo end''ed\r")
    vm.console.answer([PIN, ("password for hanako: ", "Hanako-2026")])
    vm.console.expect("ended\r\n")
    assert watched(vm)["id"] == one["id"]
    lapses(vm, one)
    vm.until("test -z \"$(ls /run/sekisho-presence)\"", 60)


def lapses(vm, one):
    """A-12: the person's days end while the session is open, and the key stays where it is."""
    vm.output("cp -p %s /tmp/roster; sed -i '0,/^hanako fido2/s//hanako person to=2020-03-31\\n&/' %s" % (ROSTER, ROSTER))
    told = ended(vm, 2)
    lapsed = last(vm, "key.lapsed")["fields"]
    assert (told["session"], told["reason"], lapsed["session"], lapsed["reason"]) == (
        one["session"], "no-lock", one["session"], "expired"), (told, lapsed)
    vm.output("mv /tmp/roster " + ROSTER)


def pull_asleep(vm):
    """The key goes while the machine sleeps (S3); one of software sleeps too, so it goes in the moment that it wakes."""
    vm.suspend(waking="/lab/softkey --control /run/key.ctl --tell unplug")
    vm.qmp("system_wakeup")
    vm.woken()


def screen(vm):
    """A desktop, as logind sees it: locked after a sleep, unlocked by the key shown again, locked, ended when its minute is over."""
    vm.output("sed -i 's/pam_systemd.so.*/pam_systemd.so type=x11/' /etc/pam.d/common-session; "
              "echo 'auth include common-auth' >/etc/pam.d/screen-lock; chmod 755 /lab/screen_lock")
    settings(vm, 2, 3)
    one = log_in(vm)
    show = "loginctl show-session %s -p Type -p LockedHint" % one["session"]
    assert vm.output(show) == "Type=x11\nLockedHint=no"
    vm.console.send("/lab/screen_lock\r")
    vm.console.expect("waiting\r\n", 60)
    pull_asleep(vm)
    vm.console.expect("LOCKED\r\n", 120)
    told = last(vm, "session.locked")["fields"]
    assert (told["session"], told["login"], told["reason"]) == (one["session"], one["id"], "removed"), told
    assert vm.output(show) == "Type=x11\nLockedHint=yes"
    plug(vm)
    vm.console.answer(FACTORS, 120)
    vm.console.expect("UNLOCKED\r\n", 120)
    shown = last(vm, "login.opened", 6)["fields"]
    assert shown["service"] == "screen-lock", shown
    vm.until("grep -q '%s' %s" % (shown["login"], WATCHES), 60)
    again = watched(vm)
    assert (again["session"], again["state"]) == (one["session"], 0), again
    settings(vm, 2, 1)
    vm.console.send("/lab/screen_lock\r")
    vm.console.expect("waiting\r\n", 60)
    tell_key(vm, "unplug")
    vm.console.expect("LOCKED\r\n", 120)
    began = time.monotonic()
    told = ended(vm, 3)
    assert (told["session"], told["login"], told["reason"]) == (one["session"], shown["login"], "time"), told
    assert time.monotonic() - began > 30, "too soon"
    assert len(vm.output("sekisho events --json | grep session.locked").splitlines()) == 2


def test_A07_removal():
    """A-07, A-12: the key pulled out ends a text session, locks a screen, also where the machine slept meanwhile, until it is shown again, and ends that after its time; back at once it changes nothing; one that lapses ends the session"""
    files = {"softkey": SOFTKEY, "screen_lock": SCREEN_LOCK}
    with lab.Vm(installed(), warm=True, files=files, prepared=prepare) as vm:
        for unit in ("sekisho-presence.path", "sekisho-lock.socket"):
            assert vm.output("systemctl is-active " + unit) == "active"
        assert vm.output("stat -c '%U:%G %a' /run/sekisho-presence /run/sekisho/lock.sock").split("\n") == [
            "sekisho-auth:sekisho-auth 770", "sekisho-presence:sekisho-presence 600"]
        # Off until it is asked for.
        vm.console.log_in("hanako", FACTORS)
        assert vm.output("ls /run/sekisho-presence") == ""
        vm.console.log_out()
        text_console(vm)
        comes_back(vm)
        screen(vm)
        assert vm.run("sekisho verify")[0] == 0
