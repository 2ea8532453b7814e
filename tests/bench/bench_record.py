"""What recording adds to a log-in on this machine's own processor and disk: record_event() with a log-in's deadline and its
spool, to the real sekishod, whatever the collector, the journal's disk and sekishod do. Needs root and a loop device."""

import os
import shutil
import signal
import subprocess
import time

from bench_table import p99
from collection import PORT, Process, run

EVENTS = 200
P99_MS = 50
TOTAL_MS = 2000  # RECORD_TOTAL_MS of agent/auth/record.h
LATE_MS = 100  # a process that ends
# A disk each flush of which takes so long, for the program that it is loaded into.
SLOW = """#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
int fdatasync(int fd);
int fdatasync(int fd)
{
	usleep((useconds_t)atoi(getenv("SLOW_US")));
	return (int)syscall(SYS_fdatasync, fd);
}
"""


class Terminal:
    """sekishod with its journal on a disk of 64 MB, a forwarder whose collector is not there, two spools: on the same disk and
    in memory."""

    def __init__(self, collection):
        self.collection = collection
        self.disk = collection.path("disk")
        self.same, self.other = os.path.join(self.disk, "spool"), os.path.join(collection.memory, "spool")
        self.socket = collection.path("record.sock")
        self.agent = None
        self.preload = collection.path("slow.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.preload, "-x", "c", "-"], input=SLOW, text=True, check=True)
        run("truncate", "-s", "64M", collection.path("disk.image"))
        run("mkfs.ext4", "-q", "-F", "-m", "0", collection.path("disk.image"))
        os.mkdir(self.disk)
        run("mount", "-o", "loop", collection.path("disk.image"), self.disk)
        for folder in (self.same, self.other, os.path.join(self.disk, "journal"), collection.path("sys"), collection.path("state"),
                       collection.path("run")):
            os.mkdir(folder)
        shutil.copy("packaging/devices.conf", collection.path("devices.conf"))
        with open(collection.path("machine-id"), "w", encoding="ascii") as file:
            file.write("0123456789abcdef" * 2 + "\n")
        with open(collection.path("gone.conf"), "w", encoding="ascii") as file:
            file.write("[Collector]\nServer=localhost:%d\nAuthority=%s\nCertificate=%s\nKey=%s\nRetrySeconds=1\n" % (
                PORT, *collection.identity()))

    def start(self, slow_ms=0):
        """The agent, with empty spools; each flush of its takes so long."""
        self.launch(0)
        for state in (self.same, self.other):
            self.record("flush", state)
        if slow_ms:
            self.stop()
            self.launch(slow_ms)

    def launch(self, slow_ms):
        """The agent as a process."""
        place = self.collection.path
        for name in ("record.sock", "control.sock"):
            if os.path.exists(place(name)):
                os.unlink(place(name))
        options = {"journal": self.disk + "/journal", "rules": place("devices.conf"), "sysfs": place("sys"), "priv": place("priv"),
                   "ready": place("ready"), "seal": place("seal.key"), "machine-id": place("machine-id"),
                   "retention": place("journal.conf"), "receipt": place("receipt"), "collector": place("gone.conf")}
        self.agent = Process("tests/host/with-sockets", "record=" + self.socket, "control=" + place("control.sock"),
                             os.path.join(self.collection.build, "sekishod"),
                             *[word for name, value in options.items() for word in ("--" + name, value)],
                             log=place("engine.out"), environment=self.slow(slow_ms))

    def slow(self, milliseconds):
        """The environment in which a program has such a disk."""
        return {"LD_PRELOAD": self.preload, "SLOW_US": str(1000 * milliseconds)} if milliseconds else {}

    def stop(self):
        """Without a last word."""
        self.agent.kill()

    def forward(self):
        """A forwarder that finds nobody."""
        place = self.collection.path
        return Process(os.path.join(self.collection.build, "sekisho-forward"), "--journal", self.disk + "/journal", "--state",
                       place("state"), "--run", place("run"), "--configuration", place("gone.conf"), "--record", self.socket,
                       log=place("forward.out"))

    def record(self, what, *words, slow_ms=0):
        """bench_record; once more while the agent is not there yet."""
        command = [self.collection.program("bench_record"), what, self.socket, *words]
        for _ in range(200):
            done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                  env=dict(os.environ, **self.slow(slow_ms)))
            if done.returncode == 0:
                return done.stdout
            time.sleep(0.05)
        raise SystemExit("bench_record %s: %s" % (what, done.stderr))

    def times(self, state, count=EVENTS, slow_ms=0):
        """Milliseconds of so many events."""
        return [float(line.split()[0]) for line in self.record("time", state, str(count), slow_ms=slow_ms).splitlines()]

    def end(self):
        """Nothing is left mounted."""
        self.stop()
        run("umount", "-l", self.disk)


def show(table, what, values, least=True):
    """A row each for the 99th percentile and for the longest."""
    if least:
        table.row("record, %s, p99 of %d" % (what, len(values)), p99(values), P99_MS, "ms", limit=1)
    table.row("record, %s, longest" % what, max(values), TOTAL_MS, "ms", limit=(TOTAL_MS + LATE_MS) / TOTAL_MS)


def conditions(terminal, table):
    """One after the other."""
    terminal.start()
    show(table, "normal", terminal.times(terminal.same))
    forwarder = terminal.forward()
    time.sleep(2)
    show(table, "collector away", terminal.times(terminal.same))
    forwarder.kill()
    terminal.agent.process.send_signal(signal.SIGSTOP)
    show(table, "sekishod stands still", terminal.times(terminal.other))
    terminal.stop()
    for slow_ms in (100, 2000):
        terminal.start(slow_ms)
        show(table, "journal's disk %d ms slow" % slow_ms, terminal.times(terminal.other))
        show(table, "journal and spool %d ms slow" % slow_ms, terminal.times(terminal.same, 10, slow_ms), False)
        terminal.stop()
    terminal.start()
    with open(os.path.join(terminal.disk, "ballast"), "wb") as file:
        try:
            while True:
                file.write(bytes(65536))
                file.flush()
        except OSError:
            pass
    terminal.record("fill")
    show(table, "disk full", terminal.times(terminal.same))


def records(collection, table):
    """All conditions on one terminal."""
    terminal = Terminal(collection)
    try:
        conditions(terminal, table)
    finally:
        terminal.end()
