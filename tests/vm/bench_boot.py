"""How much later a terminal starts with Sekisho, and with USBGuard: cold boots, by turns."""

import lab
from test_install import debs

NEITHER, OURS, THEIRS = "neither", "sekisho", "usbguard"
# systemd's own stamps, in microseconds since the kernel's start: what systemd-analyze makes its sums of.
STAMPS = r"""systemctl show -p UserspaceTimestampMonotonic --value; systemctl show -p FinishTimestampMonotonic --value
systemctl show -p ActiveEnterTimestampMonotonic --value systemd-user-sessions.service"""
SHOW = """systemd-analyze time; systemd-analyze critical-chain systemd-user-sessions.service --no-pager | head -20
systemd-analyze blame --no-pager | grep -e sekisho -e usbguard; true"""


def boot(kind):
    """Seconds of one cold boot: kernel and initrd, until people may log in, all."""
    system = lab.installed(debs()) if kind == OURS else lab.bare()
    with lab.Vm(system, name="boot", cmdline="systemd.wants=usbguard.service" if kind == THEIRS else "") as vm:
        state = vm.wait_booted()
        assert state in ("running", "degraded"), state
        if kind != NEITHER:
            assert vm.output("systemctl is-active " + ("sekishod" if kind == OURS else kind)) == "active"
        kernel, end, log_in = (int(stamp) / 1e6 for stamp in vm.output(STAMPS).split())
        return (kernel, log_in, end), vm.output(SHOW)


def boots(count, table):
    """Rows of so many boots each, and what systemd-analyze says of the last one with Sekisho."""
    found = {kind: ([], [], []) for kind in (NEITHER, OURS, THEIRS)}
    shown = {}
    for _ in range(count):
        for kind, samples in found.items():
            times, shown[kind] = boot(kind)
            for sample, time_taken in zip(samples, times):
                sample.append(time_taken)
    for number, what in enumerate(("kernel and initrd", "until people may log in", "until all is started")):
        for peer in (NEITHER, THEIRS):
            table.row("boot, %s (peer: %s)" % (what, peer), found[OURS][number], found[peer][number], "s")
    print("with Sekisho, systemd-analyze:\n" + shown[OURS], flush=True)
