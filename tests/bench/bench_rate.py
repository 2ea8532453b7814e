"""Durable events a second through the record socket, by number of writers, beside what the disk allows one writer."""

import glob
import os
import re
import shutil
import signal
import time

from collection import Process, run

WRITERS = (1, 2, 4, 8, 16, 32, 64)
LEAST = 0.9  # of the disk's own rate, for one writer


def bare(collection, seconds):
    """How often a second the disk flushes a line of a preallocated file."""
    text = run(collection.program("bench_journal"), collection.work, str(seconds), "bare")
    return float(re.search(r"(\d+) events/s", text).group(1))


def acknowledged(folder):
    """Events that clients have noted."""
    count = 0
    for path in glob.glob(folder + "/n.*"):
        with open(path, "rb") as file:
            count += file.read().count(b"\n")
    return count


class Clients:
    """Clients that record without end through a socket, when they may."""

    def __init__(self, collection, path, writers, notes):
        self.notes = os.path.join(collection.memory, notes)
        os.mkdir(self.notes)
        load = os.path.join(collection.build, "tests", "host", "journal_load")
        self.process = Process(load, "clients", path, str(writers), os.path.join(self.notes, "n"), group=True)
        time.sleep(0.5)
        self.let(signal.SIGSTOP)

    def let(self, number):
        """Stops them, lets them go on, ends them."""
        os.killpg(self.process.pid, number)

    def rate(self, seconds):
        """Events a second that are acknowledged to them."""
        self.let(signal.SIGCONT)
        time.sleep(0.05)
        first, begin = acknowledged(self.notes), time.monotonic()
        time.sleep(seconds)
        count, end = acknowledged(self.notes), time.monotonic()
        self.let(signal.SIGSTOP)
        return (count - first) / (end - begin)

    def end(self):
        """They are needed no more."""
        self.let(signal.SIGKILL)
        self.process.kill()
        shutil.rmtree(self.notes)


def by_turns(collection, writers, slices, seconds):
    """Slices of the clients' rate, of the disk's own and, for one of them, of an empty writer's, in turn: other users of
    the disk come and go. With the writer's memory."""
    journal, path = collection.path("journal-%d" % writers), collection.path("socket")
    os.mkdir(journal)
    writer = Process(os.path.join(collection.build, "tests", "host", "journal_load"), "writer", journal, path, "0")
    empty = Process(collection.program("bench_empty"), collection.path("empty"), collection.path("empty.file"))
    clients = Clients(collection, path, writers, "ours")
    its = Clients(collection, collection.path("empty"), 1, "empty") if writers == 1 else None
    ours, theirs, least = [], [], []
    for _ in range(slices):
        ours.append(clients.rate(seconds))
        theirs.append(bare(collection, seconds))
        if its:
            least.append(its.rate(seconds))
    memory = writer.memory()
    for one in filter(None, (clients, its)):
        one.end()
    for process in (writer, empty):
        process.kill()
    os.unlink(collection.path("empty"))
    shutil.rmtree(journal)
    return ours, theirs, least, memory


def rates(collection, rounds, table):
    """All numbers of writers."""
    used = []
    for writers in WRITERS:
        ours, theirs, least, memory = by_turns(collection, writers, 2 * rounds, 1)
        table.row("durable, %d writer%s" % (writers, "s" if writers > 1 else ""), ours, theirs, "events/s",
                  least=LEAST if writers == 1 else None, pairs=True)
        if least:
            table.row("durable, 1 writer, beside an empty one", ours, least, "events/s", pairs=True)
            table.row("an empty writer, beside the disk", least, theirs, "events/s", pairs=True)
        used.append(memory)
    print("journal's writer: PSS %d KiB, private %d KiB at most" % tuple(max(column) for column in zip(*used)),
          flush=True)
