"""Many terminals at one collector: the morning's peak, and a collector that was killed and comes back. What counts is
that nothing is lost; the rest is written down."""

import os
import shutil
import threading
import time

from collection import PORT, Process, numbers

PEAK = {"events": 40, "seconds": 60}
AWAY = {"events": 60, "seconds": 20}
RETRY = 20  # seconds
RATE = 200  # events a second of one terminal: collector.conf's default


class Watch(threading.Thread):
    """The most memory and descriptors that the collector has had."""

    def __init__(self, collector):
        super().__init__(daemon=True)
        self.collector, self.pss, self.private, self.files = collector, 0, 0, 0
        self.over = threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(1):
            try:
                pss, private = self.collector.memory()
                self.files = max(self.files, self.collector.descriptors())
            except (OSError, KeyError):  # it was not there, or changed while it was read
                continue
            self.pss, self.private = max(self.pss, pss), max(self.private, private)

    def end(self):
        """And in words."""
        self.over.set()
        self.join()
        return "CPU %.1f s, PSS %d KiB, private %d KiB, %d descriptors" % (
            self.collector.seconds(), self.pss, self.private, self.files)


def start(collection, terminals, scenario):
    """The terminals, with journals in memory."""
    folder = os.path.join(collection.memory, "terminals")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    return Process(collection.program("fleet"), folder, str(PORT), str(terminals), str(scenario["events"]),
                   str(scenario["seconds"]), str(RETRY), str(RATE), *collection.identity(), pipe=True,
                   log=collection.path("fleet.out"))


def wait_for(fleet, word):
    """The line that begins so; others are shown now and then."""
    shown = 0
    for line in fleet.process.stdout:
        if line.startswith(word + " "):
            return line
        if line.startswith("at ") and time.monotonic() - shown > 10:
            shown = time.monotonic()
            print("  " + line.rstrip(), flush=True)
    raise SystemExit("the terminals did not get as far as %r" % word)


def check(collection, name, terminals, scenario, result):
    """Whether every event of every terminal is in the collector's files."""
    judged = collection.judge()
    events = terminals * scenario["events"]
    ok = (result["acknowledged"] == events and judged["records"] == events and judged["chains"] == terminals and
          not judged["findings"] and not judged["missing"])
    print("%s: %d terminals, %d events: %s; %d sent again, %d unfinished lines, %d findings" % (
        name, terminals, events, "all there" if ok else "MISSED", judged["duplicates"], judged["torn"],
        judged["findings"]), flush=True)
    return 0 if ok else 1


def peak(collection, terminals):
    """Everybody logs in within ten minutes, here within one."""
    collector = collection.collector()
    fleet = start(collection, terminals, PEAK)
    opened = float(wait_for(fleet, "open").split()[1])
    watch = Watch(collector)
    result = numbers(wait_for(fleet, "done"))
    fleet.kill()
    print("peak: all connected after %.0f s; acknowledged %.0f s after the first event: %.0f events/s; latency "
          "p50 %d ms, p99 %d ms, max %d ms" % (
              opened, result["done"] - opened, result["acknowledged"] / (result["done"] - opened),
              result["p50_ms"], result["p99_ms"], result["max_ms"]))
    print("peak: collector: %s; terminals' CPU %.1f s; %d connections failed" % (
        watch.end(), result["fleet_cpu_s"], result["failures"]))
    collector.kill(15)
    return check(collection, "peak", terminals, PEAK, result)


def away(collection, terminals):
    """The collector is killed while events come in, and is back when all have happened."""
    collector = collection.collector()
    fleet = start(collection, terminals, AWAY)
    wait_for(fleet, "open")
    time.sleep(3)
    collector.kill()
    wait_for(fleet, "recorded")
    begin = time.monotonic()
    collector = collection.collector(empty=False)
    watch = Watch(collector)
    result = numbers(wait_for(fleet, "done"))
    taken = time.monotonic() - begin
    fleet.kill()
    print("away: caught up %.0f s after the collector was back; %d connections, %d failed ones among them" % (
        taken, result["connections"], result["failures"]))
    print("away: collector: %s; terminals' CPU %.1f s" % (watch.end(), result["fleet_cpu_s"]))
    collector.kill(15)
    return check(collection, "away", terminals, AWAY, result)


def fleet_runs(collection, terminals):
    """Both; how many of them lost something."""
    return peak(collection, terminals) + away(collection, terminals)
