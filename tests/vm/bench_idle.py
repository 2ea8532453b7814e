"""Who wakes up in a terminal at which somebody sits and does nothing: Sekisho's processes beside USBGuard's, told by the
kernel's own trace."""

import collections
import re
import time

import bench_usb
import lab
from test_boot import log_in_at_screen
from test_install import SOFTKEY, debs, plug_key

FILES = {"softkey": SOFTKEY}
SETTLE = 60	# seconds; what a start still has to do
TRACE = "/sys/kernel/tracing/instances/idle"
OURS = ("sekishod", "sekisho-priv", "sekisho-authd", "sekisho-session", "sekisho-token", "sekisho-notify")
# The threads of both agents, then systemd, which hears the watchdog's word.
BEGIN = r"""set -e; mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true; mkdir -p %(trace)s; cd %(trace)s
filter=pid==1; pids=$(pgrep -x sekisho-notify); for s in %(services)s usbguard.service; do
pids="$pids $(cat /sys/fs/cgroup/system.slice/$s/cgroup.threads)"; done
for p in $pids; do filter="$filter || pid==$p"; echo "$p $(cat /proc/$p/comm)"; done
echo 4096 >buffer_size_kb; echo "$filter" >events/sched/sched_waking/filter; echo 1 >events/sched/sched_waking/enable; echo >trace"""
MEMORY = r"""for p in $(for t in %s; do sed -n 's/^Tgid:\s*//p' /proc/$t/status; done | sort -u); do grep ^Pss: /proc/$p/smaps_rollup
done | awk '{sum += $2} END {print sum}'"""
LINE = re.compile(r"\s*(.+)-(\d+)\s+\[\d+\] (\S+)\s+[\d.]+: sched_waking: comm=(.+) pid=(\d+) prio=")


class Idle:
    """A machine that is left alone from start() to table()."""

    def __init__(self):
        self.vm = lab.Vm(lab.installed(debs()), files=FILES, warm=True, name="idle")
        self.began = 0.0

    def __enter__(self):
        self.vm.__enter__()
        return self

    def __exit__(self, *error):
        self.vm.__exit__(*error)

    def start(self):
        """A keyboard that works, a stick that is refused, a security key; both agents of one mind about them."""
        vm = self.vm
        vm.until("test -e /run/sekishod/ready", 60)
        plug_key(vm)
        vm.usb_plug("kbd", "kbd")
        vm.usb_plug("storage", "stick")
        vm.until("sekisho devices | grep -q BLOCKED && ls /sys/bus/usb/drivers/usbhid/*:1.0")
        vm.press("ctrl", "alt", "f1")
        log_in_at_screen(vm)
        vm.until("pgrep -x sekisho-notify")
        vm.output("printf 'allow id %s:%s\\n' >/etc/usbguard/rules.conf; systemctl start usbguard.service" % (
            bench_usb.VENDOR, bench_usb.PRODUCT), 180)
        vm.until("usbguard list-devices | grep -q block", 120)
        time.sleep(SETTLE)
        self.names = dict(line.split(" ", 1) for line in vm.output(
            BEGIN % {"trace": TRACE, "services": " ".join(bench_usb.SERVICES)}).splitlines())
        self.names["1"] = "systemd"
        self.began = time.monotonic()

    def table(self, seconds, table):
        """Waits until that many are over; a row for each process, and who woke it."""
        time.sleep(max(0, self.began + seconds - time.monotonic()))
        lines = self.vm.output("echo 0 >%s/tracing_on; grep -h sched_waking: %s/trace" % (TRACE, TRACE), 300).splitlines()
        beat = int(self.vm.output("systemctl show sekishod -p WatchdogUSec --value | tr -dc 0-9")) / 2
        beats = int(seconds / beat) + 1
        found = collections.Counter()
        for line in lines:
            waker, pid, flags, _, woken = LINE.match(line).groups()
            found[self.names[woken], "a timer" if flags[2] in "hH" else self.names.get(pid, waker)] += 1
        print("idle for %d s, %d beats of the watchdog; wake-ups:" % (seconds, beats))
        for (name, waker), number in sorted(found.items()):
            if name != "systemd" or waker in OURS:
                print("  %4d  %s, by %s" % (number, name, waker))
        memory = [int(self.vm.output(MEMORY % " ".join(pid for pid, name in self.names.items() if pid != "1" and
                                                       (name in OURS) == mine))) for mine in (True, False)]
        table.row("PSS, both there, a person logged in", *memory, "KiB")
        ours = sum(number for (name, _), number in found.items() if name in OURS)
        theirs = sum(number for (name, _), number in found.items() if "usbguard" in name)
        table.row("wake-ups in %d s" % seconds, ours, theirs, "number")
        # Each beat: the timer, and for each device that was refused a look of the root half and its reply.
        table.row("ours, by a timer (peer: the watchdog's beats)", found["sekishod", "a timer"], beats, "number", 1.0)
        table.row("ours, all (peer: beats and what they ask)", ours, 3 * beats, "number", 1.0)
