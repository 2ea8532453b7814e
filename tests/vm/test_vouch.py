"""Log-ins with a second person, at the screen with login(1): a colleague vouches, a member of staff stands by."""

from console import ScreenConsole
from test_install import PIN, plug_key, tell_key
from test_login import last, prepared, reason

TARO = ("Password: ", "Taro-2026")
VOUCHED = [("S-2020.*?substitute: ", "substitute"), ("S-2024.*?user name: ", "hanako"), PIN]
WITNESSED = [PIN, ("S-2025.*?user name: ", "hanako"), PIN]


def said(vm, screen, user, dialog):
    """A refusal at the screen; a new log-in prompt is there afterwards."""
    screen.refused(user, dialog, 90)
    screen.fresh()


def register(vm, terms):
    """Hanako and taro have a key each, and hanako the rights; hers is plugged in, and his is not."""
    tell_key(vm, "unplug")
    plug_key(vm, "his")
    vm.output("echo 246810 | setsid sekisho key add taro")
    tell_key(vm, "unplug", "his")
    tell_key(vm, "plug")
    vm.output("printf 'person,operation,rights,witnessed\\nhanako,add,substitute;,\\ntaro,add,,%s\\n' | "
              "sed 's/substitute;/\"substitute,witness\"/' >/tmp/list.csv; sekisho import --apply /tmp/list.csv" % terms)


def test_A10_substitute():
    """A-10: without the key taro gets in by hanako's key and PIN and his own password, and by neither alone; it is recorded, counted and ends with the day"""
    with prepared() as vm:
        screen = ScreenConsole(vm)
        register(vm, "")
        vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '[Auth]\\nSubstitute=login\\n' >/etc/sekisho/sekisho.conf.d/vouch.conf")
        screen.fresh()
        screen.log_in("taro", VOUCHED + [TARO], 90)
        used = last(vm, "substitute.used")["fields"]
        assert (used["user"], used["voucher"], used["count"]) == ("taro", "hanako", "1"), used
        assert last(vm, "login.opened")["fields"]["user"] == "taro"
        # Nobody waits here for midnight: the end that authd noted is moved up.
        vm.output("set -e; cd /run/sekisho-presence; ls *.opened; grep -q '\"ends_at_ms\": *[1-9]' *; "
                  "sed -i 's/\"ends_at_ms\": *[0-9]*/\"ends_at_ms\":1/' *; systemctl restart sekisho-presence")
        vm.until("sekisho events --json | grep -q '\"session.ended\"'")
        ended = last(vm, "session.ended")["fields"]
        assert (ended["user"], ended["reason"]) == ("taro", "day"), ended
        screen.expect("login: ", 120)
        # The password is the other factor.
        said(vm, screen, "taro", VOUCHED + [("Password: ", "wrong")])
        last(vm, "login.unfinished")
        # Nobody vouches for who is at a serial line, which may go anywhere.
        vm.console.refused("taro", [PIN, TARO], 90)
        assert reason(vm, 1) == "other-key"
        # Nobody vouches without the key, nor for a colleague without the right.
        said(vm, screen, "taro", VOUCHED[:2] + [("PIN.*?: ", "135791"), TARO])
        assert reason(vm, 2) == "pin-wrong"
        said(vm, screen, "taro", [VOUCHED[0], (VOUCHED[1][0], "jiro"), PIN, TARO])
        assert reason(vm, 3) == "second-unknown"
        assert "2 by a substitute" in vm.output("sekisho status || true")
        assert vm.run("sekisho verify")[0] == 0


def test_O02_witness():
    """O-02: taro, who is witnessed, gets in with both keys and his password; alone, or outside of his hours, he does not"""
    with prepared() as vm:
        screen = ScreenConsole(vm)
        register(vm, "yes")
        tell_key(vm, "plug", "his")
        screen.fresh()
        screen.log_in("taro", WITNESSED + [TARO], 90)
        seen = last(vm, "login.witnessed")["fields"]
        assert (seen["user"], seen["witness"]) == ("taro", "hanako"), seen
        assert last(vm, "login.granted")["fields"]["second"] == "hanako"
        screen.log_out()
        said(vm, screen, "taro", [PIN, (WITNESSED[1][0], "taro"), PIN, TARO])
        assert reason(vm, 1) == "second-same"
        tell_key(vm, "unplug")
        said(vm, screen, "taro", WITNESSED + [TARO])
        assert reason(vm, 2) == "other-key"
        vm.output("sed -i 's/^taro person.*/& hours=00:00-00:01/' /etc/sekisho/roster; date -s 12:00; sekisho roster check")
        said(vm, screen, "taro", [PIN, ("S-2140.*?Password: ", "Taro-2026")])
        assert reason(vm, 3) == "outside-hours"
