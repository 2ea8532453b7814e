"""What recording adds to a log-in, whatever the collector, the disk and sekishod do.

The processor is emulated: what counts are the conditions beside each other, and the limits."""

import os
import statistics

import bench_login
import collector
import lab
from test_install import SOFTKEY, installed, plug_key

BENCH = os.path.join(lab.BUILD, "release/tests/bench/")
FILES = {"softkey": SOFTKEY, "bench_login": bench_login.PROGRAM, "bench_record": BENCH + "bench_record"}
ENGINE_MS, TOTAL_MS = 30, 2000	# RECORD_ENGINE_MS, RECORD_TOTAL_MS of agent/auth/record.h
LATE = "110"	# ETIMEDOUT
TURNS = int(os.environ.get("TURNS", "1"))	# docs/performance.md has four
EVENTS, LOG_INS = (50, 5) if TURNS > 1 else (20, 2)	# in each; the few are enough for the limits, not for a table
MARGIN_MS = 500	# of an emulated processor, beside others
SOCKET = "/run/sekisho/record.sock"
SAME, OTHER = "/var/lib/sekisho/auth/same", "/run/other"	# spools on the journal's disk, as authd's is, and in memory
AS_AUTHD = "setpriv --reuid sekisho-auth --regid sekisho-auth --clear-groups /lab/bench_record "
SERVICES = "sekishod sekisho-authd sekisho-forward sekisho-priv"
# A disk of its own for /var/lib/sekisho, whose writes and flushes can be made slow one by one. No watchdog: it would end
# sekishod's standstill after half a minute.
DISK = r"""set -e; modprobe -a loop dm-mod dm-delay; truncate -s 64M /var/tmp/disk; mkfs.ext4 -q -F -m 0 /var/tmp/disk
loop=$(losetup -f --show /var/tmp/disk); dmsetup create --noudevsync slow --table "0 131072 delay $loop 0 0"
dmsetup mknodes slow; systemctl stop %(services)s
mount /dev/mapper/slow /mnt; cp -a /var/lib/sekisho/. /mnt/; chmod 755 /mnt; umount /mnt; mount /dev/mapper/slow /var/lib/sekisho
mkdir -m 700 %(spools)s; chown sekisho-auth: %(spools)s
mkdir -p /run/systemd/system/sekishod.service.d
printf '[Service]\nWatchdogSec=0\n' >/run/systemd/system/sekishod.service.d/lab.conf; systemctl daemon-reload
systemctl restart %(services)s"""
SLOW = r"""set -e; loop=$(losetup -n -O NAME -j /var/tmp/disk); sync -f /var/lib/sekisho; dmsetup suspend --noudevsync slow
dmsetup load slow --table "0 131072 delay $loop 0 0 $loop 0 %d"; dmsetup resume --noudevsync slow"""


def prepare(vm):
    """The disk, a key that touches itself, a collector; all of it works."""
    vm.until("test -e /run/sekishod/ready", 60)
    vm.output("chmod 755 /lab/bench_login /lab/bench_record")
    vm.output(DISK % {"services": SERVICES, "spools": SAME + " " + OTHER})
    vm.until("test -e /run/sekishod/ready", 60)
    settled(vm)
    plug_key(vm)
    vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '[Auth]\\nUserVerification=roster\\n' "
              ">/etc/sekisho/sekisho.conf.d/bench.conf; echo 246810 | setsid sekisho key add --touch-only taro; "
              "printf 'auth required pam_sekisho.so\\naccount required pam_permit.so\\n' >/etc/pam.d/bench-sekisho")
    collector.begin(vm)
    collector.wait_until_all_is_there(vm)
    log_ins(vm, 2)


def record(vm, count, state=OTHER, results=("0",)):
    """Milliseconds of count events, handed over as a log-in does with a spool in state, and what may come of them."""
    lines = vm.output(AS_AUTHD + "time %s %s %d" % (SOCKET, state, count), 900).split("\n")
    found = [line.split() for line in lines]
    assert len(found) == count and all(error in results for _, error in found), lines[-5:]
    return [float(ms) for ms, _ in found]


def log_ins(vm, count):
    """Milliseconds of whole log-ins; what has to be done after each is over before the next."""
    lines = vm.output("set -e; for i in $(seq %d); do /lab/bench_login bench-sekisho taro x; sleep 0.5; done" % count, 900)
    return [float(line.split()[0]) for line in lines.split("\n")]


def refused(vm, count):
    """The same of log-ins that let nobody in."""
    lines = vm.output("for i in $(seq %d); do began=$(date +%%s%%N); /lab/bench_login bench-sekisho taro x 2>&1; "
                      "echo $((($(date +%%s%%N) - began) / 1000000)); sleep 5; done" % count, 900).split("\n")
    assert len(lines) == 2 * count and all(line.startswith("bench-sekisho, taro: ") for line in lines[::2]), lines
    return [float(ms) for ms in lines[1::2]]


def p99(values):
    """The largest but a hundredth of them."""
    return sorted(values)[-(len(values) // 100) - 1]


def row(what, events, logged_in=()):
    """Prints a row of the table; returns the events."""
    print("%-30s %4d %7.1f %7.1f %7.1f  %s" % (
        what, len(events), statistics.median(events), p99(events), max(events),
        "%3d %8.1f %8.1f" % (len(logged_in), statistics.median(logged_in), max(logged_in)) if logged_in else ""), flush=True)
    return events


def settled(vm):
    """The engine takes events again, and the spools are there and empty, authd's too."""
    for state in (SAME, OTHER, "/var/lib/sekisho/auth"):
        vm.until(AS_AUTHD + "flush %s %s" % (SOCKET, state), 120)


def slow(vm, ms):
    """Each write to the disk of /var/lib/sekisho, and each flush, takes that long from now on."""
    vm.output(SLOW % ms)


def by_turns(vm):
    """With the collector and without it, in turns, for this machine's load changes; prints both, returns the events."""
    normal, away = [], []
    log_ins_normal, log_ins_away = [], []
    for _ in range(TURNS):
        normal += record(vm, EVENTS)
        log_ins_normal += log_ins(vm, LOG_INS)
        vm.output("systemctl stop rsyslog syslog.socket")
        vm.until("sekisho status | grep -q 'NOT REACHED'", 60)
        away += record(vm, EVENTS)
        log_ins_away += log_ins(vm, LOG_INS)
        vm.output("systemctl start rsyslog")
        collector.wait_until_all_is_there(vm)
    return row("normal", normal, log_ins_normal), row("collector away", away, log_ins_away)


def test_L01_no_log_in_waits_for_the_record():
    """L-01: the record holds up no log-in beyond its limit: collector away, disk full, disk slow, sekishod standing still"""
    with lab.Vm(installed(), files=dict(collector.files(), **FILES), warm=True) as vm:
        prepare(vm)
        print("%-30s %28s  %s" % ("", "event, ms: n p50 p99 max", "log-in, ms: n p50 max"), flush=True)
        normal, away = by_turns(vm)
        # The collector is no part of the way: whoever waited for it, did so for seconds.
        assert statistics.median(away) <= 2 * statistics.median(normal) + ENGINE_MS

        vm.run("dd if=/dev/zero of=/var/lib/sekisho/ballast bs=64k; sync")
        print("filled up: %s" % vm.output("/lab/bench_record fill " + SOCKET, 900))
        full = row("disk full", record(vm, EVENTS * TURNS, SAME), log_ins(vm, LOG_INS * TURNS))
        vm.output("rm /var/lib/sekisho/ballast")
        settled(vm)
        # Refused at once, but for each the spool waits for a real disk, and this machine's has its moments.
        assert statistics.median(full) <= ENGINE_MS + MARGIN_MS
        bounded = [normal, away]

        for ms, count, results, people in ((100, 2 * LOG_INS, ("0",), log_ins), (2000, 5, (LATE,), refused)):
            slow(vm, ms)
            bounded.append(row("journal's disk slow, %d ms" % ms, record(vm, EVENTS * TURNS)))
            # A durable write is two of such a disk's times: four seconds are too long, and nobody is let in. No limit, and
            # it would take those four.
            both = row("journal and spool slow, %d ms" % ms, record(vm, count, SAME, results), people(vm, count // 2))
            assert max(both) <= 1.75 * TOTAL_MS, both
            slow(vm, 0)
            settled(vm)

        vm.output("systemctl kill -s STOP sekishod")
        bounded.append(row("sekishod stands still", record(vm, EVENTS * TURNS), log_ins(vm, LOG_INS * TURNS)))
        vm.output("systemctl kill -s CONT sekishod")
        settled(vm)
        # Beside other tests one may wait for the processor; none waits for a disk of two seconds.
        for events in bounded:
            assert statistics.median(events) <= ENGINE_MS + MARGIN_MS, statistics.median(events)
            assert max(events) < 0.95 * TOTAL_MS, max(events)
        assert vm.run("sekisho verify")[0] == 0
