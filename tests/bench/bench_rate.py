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


def acknowledged(prefix):
    """Events that clients have noted."""
    count = 0
    for path in glob.glob(prefix + ".*"):
        with open(path, "rb") as file:
            count += file.read().count(b"\n")
    return count


def rate(notes, seconds):
    """Events a second that are acknowledged now."""
    first, begin = acknowledged(notes), time.monotonic()
    time.sleep(seconds)
    return (acknowledged(notes) - first) / (time.monotonic() - begin)


def by_turns(collection, writers, slices, seconds):
    """Slices of the clients' rate and of the disk's own, in turn: other users of the disk come and go. With the
    writer's memory."""
    load = os.path.join(collection.build, "tests", "host", "journal_load")
    journal, path = collection.path("journal-%d" % writers), collection.path("socket")
    notes = os.path.join(collection.memory, "notes-%d" % writers)
    os.mkdir(journal)
    writer = Process(load, "writer", journal, path, "0")
    clients = Process(load, "clients", path, str(writers), notes, group=True)
    time.sleep(0.5)
    ours, theirs = [], []
    for _ in range(slices):
        ours.append(rate(notes, seconds))
        os.killpg(clients.pid, signal.SIGSTOP)
        theirs.append(bare(collection, seconds))
        os.killpg(clients.pid, signal.SIGCONT)
    memory = writer.memory()
    os.killpg(clients.pid, signal.SIGKILL)
    clients.kill()
    writer.kill()
    shutil.rmtree(journal)
    return ours, theirs, memory


def rates(collection, rounds, table):
    """All numbers of writers."""
    used = []
    for writers in WRITERS:
        ours, theirs, memory = by_turns(collection, writers, 2 * rounds, 1)
        table.row("durable, %d writer%s" % (writers, "s" if writers > 1 else ""), ours, theirs, "events/s",
                  least=LEAST if writers == 1 else None, pairs=True)
        used.append(memory)
    print("journal's writer: PSS %d KiB, private %d KiB at most" % tuple(max(column) for column in zip(*used)),
          flush=True)
