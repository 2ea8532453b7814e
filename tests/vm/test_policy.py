"""What sekisho.conf says of groups and of this terminal, with the packages installed, authd in its sandbox and real accounts."""

from test_install import PASSWORD, PIN
from test_login import last, prepared, reason, said

DROPIN = "/etc/sekisho/sekisho.conf.d/terminal.conf"
HIS = [PIN, ("Password: ", "Taro-2026")]


def configure(vm, *lines):
    vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '%%s\\n' %s >%s" % (" ".join("'%s'" % line for line in lines), DROPIN))


def explained(vm, user, service, status, *wanted):
    """What `sekisho explain login` says is what the log-in then does."""
    code, text = vm.run("sekisho explain login %s %s 2>&1" % (user, service))
    assert code == status, (code, text)
    for words in wanted:
        assert words in " ".join(text.split()), (words, text)


def test_A08_who_may_use_this_terminal():
    """A-08: a group of the machine's decides who logs in here; others are told after their key; a group nobody knows is strict"""
    with prepared() as vm:
        vm.output("echo 246810 | setsid sekisho key add taro; groupadd counter; usermod -aG counter hanako")
        configure(vm, "[Terminal]", "Class=counter", "[Class counter]", "AllowGroups=counter")
        explained(vm, "hanako", "login", 0, "AllowUsers or AllowGroups name the person (%s:4)" % DROPIN)
        vm.console.log_in("hanako", [PIN] + PASSWORD)
        vm.console.log_out()
        explained(vm, "taro", "login", 1, "(not-here, S-2150)")
        said(vm, "taro", [PIN, ("S-2150.*?Password: ", "Taro-2026")])
        assert reason(vm, 1) == "not-here"
        vm.output("usermod -aG counter taro")
        vm.console.log_in("taro", HIS)
        vm.console.log_out()
        assert last(vm, "login.opened", 2)["fields"]["user"] == "taro"
        configure(vm, "[Group nosuchgroup]", "Factors=otp")
        explained(vm, "hanako", "login", 1, "(no-factors, S-2203)", "%s:2" % DROPIN)
        said(vm, "hanako", [("S-2203.*?Password: ", "Hanako-2026")])
        assert reason(vm, 2) == "no-factors"
        configure(vm, "[Service login]", "Factors=key+otp")
        explained(vm, "hanako", "login", 1, "%s:2: Factors: " % DROPIN, "two things one has")
        said(vm, "hanako", [("S-2203.*?Password: ", "Hanako-2026")])
        assert reason(vm, 3) == "configuration"
