"""The copy of the events for the people at the terminal: the system's journal, the audit trail."""

import json

from test_boot import plug
from test_install import PASSWORD
from test_login import WRONG_PIN, last, prepared, said


def lines(vm, kind, count=1):
    """What journald has of the kind's events, once there are so many."""
    vm.until("test $(journalctl -q -t sekisho | grep -c ' %s ') -ge %d" % (kind, count), 30)
    return [json.loads(line) for line in vm.output("journalctl -q -t sekisho -o json | grep ' %s '" % kind).splitlines()]


def trail(vm, kind, operation):
    """What ausearch finds of it."""
    vm.until("ausearch -m %s --raw 2>/dev/null | grep -q op=%s" % (kind, operation), 30)
    return vm.output("ausearch -m %s --raw | grep op=%s" % (kind, operation))


def test_mirror():
    """mirror: refusals stand in the system's journal and, for ausearch, in the audit trail, each once; it is off by default"""
    with prepared() as vm:
        assert vm.output("systemctl is-enabled sekisho-mirror; true") == "disabled"
        assert vm.run("systemctl is-active sekisho-mirror")[0] != 0
        vm.output("systemctl start auditd && systemctl enable --now sekisho-mirror")
        said(vm, "hanako", [WRONG_PIN] + PASSWORD)
        refused = last(vm, "login.refused")
        line = lines(vm, "login.refused")[0]
        assert (line["PRIORITY"], line["SYSLOG_FACILITY"]) == ("4", "10"), line
        assert "[S-4002]" in line["MESSAGE"] and "user=hanako" in line["MESSAGE"], line
        record = trail(vm, "USER_AUTH", "login.refused")
        assert refused["id"] in record and 'acct="hanako"' in record and "res=failed" in record, record
        # Where it stands still nobody waits; what it missed it copies later.
        vm.output("systemctl kill -s STOP sekisho-mirror")
        plug(vm, "storage", "stick")
        blocked = last(vm, "device.blocked")
        vm.output("systemctl kill -s CONT sekisho-mirror")
        assert blocked["id"] in trail(vm, "USER_DEVICE", "device.blocked")
        assert len(lines(vm, "device.blocked")) == 1
        # Nothing twice after a restart, and after kill -9 at most what was copied last.
        vm.output("systemctl restart sekisho-mirror; sleep 2")
        assert len(lines(vm, "device.blocked")) == len(lines(vm, "login.refused")) == 1
        pid = vm.output("systemctl show -P MainPID sekisho-mirror")
        assert int(vm.output("awk '/^CapEff/ {print $2}' /proc/%s/status" % pid), 16) == 1 << 29
        assert vm.output("awk '/^Uid/ {print $2}' /proc/%s/status" % pid) != "0"
