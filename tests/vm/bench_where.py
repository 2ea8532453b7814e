"""Where the time of a log-in goes: what its processes hand to each other, told by the kernel's own trace."""

import re
import statistics

TRACE = "/sys/kernel/tracing/instances/where"
CALLS = ("sys_enter_connect", "sys_enter_sendto", "sys_enter_sendmsg", "sys_enter_fdatasync", "sys_exit_fdatasync",
         "sys_enter_write")
BEGIN = r"""set -e; mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true; mkdir -p %s; cd %s
echo mono >trace_clock; echo 4096 >buffer_size_kb; for call in %s; do echo 1 >events/syscalls/$call/enable; done"""
# A session waits ready two seconds after the log-in before.
ONE = r"""set -e; sleep 2; cd %s; echo >trace; %s; sleep 0.5
grep -hE '^ *(bench_login|sekisho-authd|sekisho-session|sekisho-token|sekishod)-' trace"""
LINE = re.compile(r"\s*(\S+)-\d+\s+\[\d+\] \S+\s+([\d.]+): (sys_.*)")
# In the order of time: who calls what, which of its calls of that kind it is, and what is over then.
STAGES = (
    ("bench_login", "sys_connect(", 1, "libpam loads the modules of the service and of `other`"),
    ("sekisho-authd", "sys_sendmsg(", 1, "connection, greeting, who calls: to the session that waits"),
    ("sekisho-session", "sys_sendto(", 1, "configuration, policy, wrong answers"),
    ("sekisho-session", "sys_sendto(", 2, "the key is opened and says what it is; meanwhile roster, list, counters"),
    ("sekisho-token", "sys_sendto(", 2, "the key signs"),
    ("sekisho-session", "sys_fdatasync(", 1, "the signature is judged"),
    ("sekisho-session", "sys_fdatasync ->", 1, "its counter is on the disk"),
    ("sekisho-session", "sys_connect(", 1, "wrong answers taken back, the event made"),
    ("sekishod", "sys_fdatasync(", 1, "sekishod chains the event"),
    ("sekishod", "sys_fdatasync ->", 1, "the event is on the disk"),
    ("sekisho-session", "sys_sendto(", 5, "its answer, the verdict"),
    ("bench_login", "sys_write(", 1, "the module's line to syslog, libpam's end"))


def moments(lines, ms):
    """Milliseconds from the start of PAM at which each stage is over, of one log-in that took so many."""
    found = []
    for line in lines:
        process, seconds, call = LINE.match(line).groups()
        found.append((process, float(seconds) * 1e3, call))
    at = [[when for process, when, call in found if process == who and call.startswith(what)][number - 1]
          for who, what, number, _ in STAGES]
    return [when - at[-1] + ms for when in at]


def where(vm, count, command):
    """Prints the median of each stage, of so many log-ins with a touch, and the least, in which there is little of what else the
    machine does."""
    vm.output(BEGIN % (TRACE, TRACE, " ".join(CALLS)))
    taken = []
    for _ in range(count):
        first, *lines = vm.output(ONE % (TRACE, command)).splitlines()
        over = moments(lines, float(first.split()[0]))
        taken.append([end - begin for begin, end in zip([0.0] + over, over)])
    vm.output("cd %s; for call in %s; do echo 0 >events/syscalls/$call/enable; done" % (TRACE, " ".join(CALLS)))
    print("where the time of a touch goes, medians of %d, and the least:" % count)
    for (*_, what), times in zip(STAGES, zip(*taken)):
        print("  %6.1f %6.1f ms  %s" % (statistics.median(times), min(times), what), flush=True)
