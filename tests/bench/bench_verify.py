"""How fast the collector's judge goes through a folder, and that its memory does not grow with the events."""

import glob
import os
import shutil

from collection import run

TERMINALS = 100
TEN_MILLION_S = 60
MEMORY = 1.1  # of four times as many events, at most


def forget(folder):
    """Takes the files out of memory, so that they are read from the disk as they would be a day later."""
    for path in glob.glob(folder + "/*"):
        fd = os.open(path, os.O_RDWR)
        os.fdatasync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def fill(collection, events, folder="many"):
    """A folder with so many events, each 256th a checkpoint; beside it one with what checks them."""
    path = collection.path(folder)
    for made in (path, path + ".keys"):
        shutil.rmtree(made, ignore_errors=True)
        os.mkdir(made)
    run(collection.program("fill_collector"), path, path + ".keys", str(TERMINALS), str(events // TERMINALS))
    return path


def judge(collection, folder, events):
    """Reads it from the disk; all must be there."""
    forget(folder)
    result = collection.judge(folder, folder + ".keys")
    if result["findings"] or result["records"] != events:
        raise SystemExit("the judge is wrong: %s" % result)
    print("verify %d events: %.1f s (CPU %.1f s), %.0f events/s, %.0f MB/s, peak memory %d KiB" % (
        events, result["seconds"], result["cpu_s"], events / result["seconds"],
        result["bytes"] / result["seconds"] / 1e6, result["peak_kib"]), flush=True)
    return result


def verify(collection, events, rounds, table):
    """The number asked for, and a quarter of it for memory's sake."""
    folder = fill(collection, events // 4)
    small = judge(collection, folder, events // 4)
    folder = fill(collection, events)
    results = [judge(collection, folder, events) for _ in range(rounds)]
    shutil.rmtree(folder)
    table.row("verify, ten million events, beside a minute", [r["seconds"] * 1e7 / events for r in results],
              TEN_MILLION_S, "s", limit=1)
    table.row("verify, peak memory, beside a quarter of the events", results[-1]["peak_kib"], small["peak_kib"], "KiB",
              limit=MEMORY)
