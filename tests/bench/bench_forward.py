"""Forwarding: sekisho-forward, librelp's own client and rsyslog's omrelp bring the same events to the same collector,
by turns. A rate counts from the first event in the collector's file to the last one."""

import os
import shutil
import statistics
import subprocess
import time

from collection import PORT, Arrivals, Process, run

PATIENCE = 600
LEAST = 0.9  # of a peer's rate: no slower, but for noise


def sender_files(collection, tree):
    """Builds librelp's sender and writes rsyslog's configuration as one."""
    library = os.path.join(tree, "usr/lib", os.path.basename(collection.libraries), "librelp.so.0")
    run("cc", "-O2", "-I" + tree + "/usr/include", "-o", collection.path("librelp_sender"),
        "tests/bench/peer/librelp_sender.c", library)
    authority, certificate, key = collection.identity()
    with open(collection.path("sender.conf"), "w", encoding="utf-8") as file:
        file.write("""global(workDirectory="%s")
module(load="imfile")
module(load="omrelp" tls.tlslib="openssl")
template(name="Raw" type="string" string="%%msg%%")
input(type="imfile" file="%s" tag="sekisho")
action(type="omrelp" target="localhost" port="%d" template="Raw" tls="on" tls.authMode="name"
	tls.permittedPeer=["localhost"] tls.caCert="%s" tls.myCert="%s" tls.myPrivKey="%s")
""" % (collection.path("sender"), collection.path("messages"), PORT, authority, certificate, key))
    with open(collection.path("forward.conf"), "w", encoding="utf-8") as file:
        file.write("[Collector]\nServer=localhost:%d\nAuthority=%s\nCertificate=%s\nKey=%s\nRetrySeconds=1\n"
                   "EventsPerSecond=100000\n" % (PORT, authority, certificate, key))


def fresh(path):
    """An empty folder."""
    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path)
    return path


def sekisho(collection):
    """The forwarder, from a journal of which nothing was acknowledged."""
    return Process(os.path.join(collection.build, "sekisho-forward"), "--journal", collection.path("journal"),
                   "--state", fresh(collection.path("state")), "--run", fresh(collection.path("run")),
                   "--configuration", collection.path("forward.conf"), log=collection.path("forward.out"))


def librelp(collection):
    """A program around librelp."""
    return Process(collection.path("librelp_sender"), str(PORT), collection.path("messages"), *collection.identity(),
                   log=collection.path("librelp.out"), environment={"LD_LIBRARY_PATH": collection.libraries})


def omrelp(collection):
    """rsyslog as the sender, with a queue in memory."""
    fresh(collection.path("sender"))
    return collection.rsyslog("sender.conf")


SENDERS = (("Sekisho", sekisho), ("librelp", librelp), ("omrelp", omrelp))


class Use:
    """What a process uses while it works: the most memory seen, its processor seconds."""

    def __init__(self):
        self.pss, self.private, self.seconds = [0], [0], []

    def look(self, process):
        """Once more."""
        try:
            pss, private = process.memory()
        except (OSError, KeyError):  # it has ended
            return
        self.pss[-1] = max(self.pss[-1], pss)
        self.private[-1] = max(self.private[-1], private)

    def next(self):
        """Another round begins."""
        self.pss.append(0)
        self.private.append(0)

    def text(self):
        """Medians."""
        pss, private = [value for value in self.pss if value], [value for value in self.private if value]
        return "PSS %d KiB, private %d KiB" % (statistics.median(pss), statistics.median(private))


def deliver(collection, start, events, sync, uses):
    """Seconds that the events take to arrive, and processor seconds of sender and collector."""
    collector = collection.collector(sync)
    arrivals = Arrivals(collection.path("log"))
    sender = start(collection)
    begin, first, looked, spent = time.monotonic(), None, 0, 0
    while True:
        count, now = arrivals.count(), time.monotonic()
        if count and first is None:
            first = now
        if count >= events or now - begin > PATIENCE:
            break
        if now - looked > 0.1:
            looked = now
            for use, process in zip(uses, (sender, collector)):
                use.look(process)
            if sender.process.poll():
                raise SystemExit("the sender failed")
            if sender.process.returncode is None:
                spent = sender.seconds()
        time.sleep(0.01)
    collected = collector.seconds()
    sender.kill(15)
    collector.kill()
    if count != events:
        raise SystemExit("%d of %d events arrived" % (count, events))
    return now - first, spent, collected


def forward(collection, tree, events, rounds, table, sync):
    """Rounds of all three. Where the disk has the word a fifth of the events tells as much."""
    events = events // 5 if sync else events
    sender_files(collection, tree)
    fresh(collection.path("journal"))
    with open(collection.path("messages"), "w", encoding="ascii") as file:
        subprocess.run([collection.program("fill_journal"), collection.path("journal"), str(events)], check=True,
                       stdout=file)
    rates = {name: [] for name, _ in SENDERS}
    uses = {name: (Use(), Use()) for name, _ in SENDERS}
    cost = {name: [] for name, _ in SENDERS}
    for _ in range(rounds):
        for name, start in SENDERS:
            seconds, spent, collected = deliver(collection, start, events, sync, uses[name])
            rates[name].append(events / seconds)
            cost[name].append((spent, collected))
            for use in uses[name]:
                use.next()
    what = "forwarding, collector " + ("as shipped" if sync else "without sync")
    for name in ("librelp", "omrelp"):
        table.row("%s, %s" % (what, name), rates["Sekisho"], rates[name], "events/s", least=LEAST,
                  pairs=True)
    for name, _ in SENDERS:
        spent, collected = (statistics.median(column) for column in zip(*cost[name]))
        print("%s: %s, CPU %.1f s; its collector: %s, CPU %.1f s" % (
            name, uses[name][0].text(), spent, uses[name][1].text(), collected), flush=True)
