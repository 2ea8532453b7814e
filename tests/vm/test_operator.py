"""A counter's account: opened by each operator's own key, handed over within the session, the new operator's key watched."""

import time

import lab
from test_install import PIN, SOFTKEY, installed, plug_key, tell_key
from test_login import last, prepare
from test_removal import ended, settings, watched

ACCOUNT = "madoguchi"
FACTORS = [PIN, ("Password: ", "Mado-2026")]


def keys(vm, count):
    """That many keys are there, and authd may ask them."""
    vm.until("test $(stat -c %%G /dev/hidraw* | grep -cx sekisho-auth) = %d" % count, 60)


def second_key(vm):
    """Taro's, while hanako's is pulled out; and both may open the account."""
    tell_key(vm, "unplug")
    vm.until("! ls /dev/hidraw*", 30)
    plug_key(vm, "second")
    vm.output("echo 246810 | setsid sekisho key add taro")
    vm.output("useradd -m -s /bin/bash {0} && echo {0}:Mado-2026 | chpasswd".format(ACCOUNT))
    for person in ("hanako", "taro"):
        vm.output("sekisho operator allow %s %s" % (ACCOUNT, person))
    assert vm.output("sekisho operator list") == "madoguchi hanako\nmadoguchi taro"
    assert vm.output("stat -c '%U:%G %a' /etc/sekisho/operators /run/sekisho-operators").split("\n") == [
        "root:root 644", "sekisho-auth:sekisho-auth 755"]


def who(vm):
    """As the person at the console is told."""
    status, said = vm.console.run("sekisho operator")
    assert status == 0, said
    return said.strip().rsplit(" ", 1)[1]


def test_A03_operators():
    """A-03, A-09: two people open one account, each by the own key; one takes over from the other, whose key may go then; the record names both"""
    with lab.Vm(installed(), warm=True, files={"softkey": SOFTKEY}, prepared=prepare) as vm:
        second_key(vm)
        settings(vm, 2)
        vm.console.log_in(ACCOUNT, FACTORS)
        assert who(vm) == "taro"
        opened = last(vm, "login.opened")["fields"]
        assert (opened["user"], opened["operator"], opened["service"]) == (ACCOUNT, "taro", "login"), opened
        one = watched(vm)
        assert one["id"] == opened["login"], (one, opened)
        # Nobody but the next person: a wrong PIN changes nothing.
        tell_key(vm, "plug")
        keys(vm, 2)
        vm.console.send("sekisho operator change; echo $?:ended\r")
        vm.console.answer([("PIN.*?: ", "135791")])
        vm.console.expect(r"S-2105.*?1:ended\r\n", 60)
        assert who(vm) == "taro"
        vm.console.send("sekisho operator change; echo $?:ended\r")
        vm.console.answer([PIN])
        vm.console.expect(r"hanako\r\n.*?0:ended\r\n", 60)
        assert who(vm) == "hanako"
        changed = last(vm, "operator.changed")["fields"]
        assert (changed["user"], changed["operator"], changed["previous"], changed["session"]) == (
            ACCOUNT, "hanako", "taro", one["session"]), changed
        # From now on it is her key that must stay.
        vm.until("grep -q '%s' /run/sekisho-watch/watches" % changed["login"], 60)
        assert watched(vm)["session"] == one["session"]
        tell_key(vm, "unplug", "second")
        keys(vm, 1)
        time.sleep(8)
        assert who(vm) == "hanako"
        tell_key(vm, "unplug")
        told = ended(vm, 1)
        assert (told["user"], told["operator"], told["session"]) == (ACCOUNT, "hanako", one["session"]), told
        # The same key opens her own account, where nobody stands beside her name.
        tell_key(vm, "plug")
        keys(vm, 1)
        vm.console.log_in("hanako", [PIN, ("Password: ", "Hanako-2026")])
        own = last(vm, "login.opened", 3)["fields"]
        assert own["user"] == "hanako" and "operator" not in own, own
        status, said = vm.console.run("sekisho operator")
        assert status == 1, said
        vm.console.log_out()
        assert vm.run("sekisho verify")[0] == 0
