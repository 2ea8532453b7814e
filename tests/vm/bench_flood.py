"""Keyboards and sticks plugged in while the kernel sends 1,000 messages a second: what is judged, how soon, what is lost.

udev stands still meanwhile: an emulated processor is not enough for its own work at that rate. Neither agent asks it."""

import collections
import json
import os
import time

import bench_usb
import lab
from bench_usb import OURS, THEIRS

PROGRAM = os.path.join(lab.BUILD, "release/tests/bench/uevent_flood")
FILES = {"uevent_flood": PROGRAM}
RATE = 1000
SECONDS = 300	# at most; it ends with the last plug
KEYBOARDS = 10	# in a flood, each at a port of its own: of one port no more than 20 events a minute are told
STICKS = 4
ROUNDS = 2
UDEV = "systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket"
FLOOD = "/lab/uevent_flood %d %d %s >/run/flood.said 2>&1 </dev/null & echo $! >/run/flood.pid"
# What the kernel dropped of the messages to an agent: the column of /proc/net/netlink.
DROPS = r"""for pid in $(cat /sys/fs/cgroup/system.slice/%s/cgroup.procs); do for fd in /proc/$pid/fd/*; do
link=$(readlink $fd); case $link in socket:*) link=${link#socket:[}; awk -v i=${link%%]} '$2 == 15 && $10 == i {print $9}' /proc/$pid/net/netlink ;;
esac; done; done | awk '{sum += $1} END {print sum + 0}'"""
# What is told of devices, and what was held back or lost.
TOLD = "sekisho events --json | grep -e device.allowed -e device.blocked -e engine.overrun -e suppressed -e events-lost; true"
STATE = "cat /sys/bus/usb/devices/*-14/authorized /sys/bus/usb/devices/*-14:1.0/authorized /sys/bus/usb/devices/*-15/authorized"


class Flood:
    """What came of one agent's floods."""

    def __init__(self):
        self.sent = self.ms = self.drops = self.overruns = self.missing = self.lost = self.open = 0
        self.plugs = self.sticks = self.told = self.left = self.folded = 0
        self.untold = collections.Counter()
        self.calm, self.verdict = [], []

    def hear(self, events, plugged):
        """What was told of a flood in which so many devices were plugged in at each port."""
        told = collections.Counter()
        for event in events:
            fields, kind = event["fields"], event["kind"]
            port = fields.get("device", "").rsplit("-", 1)[-1]
            self.folded += int(fields.get("suppressed", 0))
            told[port] += int(fields.get("suppressed", 0))
            if kind == "engine.overrun":
                self.overruns += 1
                self.missing += int(fields.get("count", 0))
            elif kind in ("device.allowed", "device.blocked"):
                told[port] += 1
                self.left += fields["reason"] == "left"
        self.told += sum(min(told[port], count) for port, count in plugged.items())
        self.untold.update({port: count - told[port] for port, count in plugged.items() if told[port] < count})

    def line(self, agent):
        """For a person."""
        told = "; %d of %d judgements told, %d of them as left before they were looked at, %d events folded; told %d times that " \
            "messages were lost, %d in all" % (self.told, self.plugs + self.sticks, self.left, self.folded, self.overruns,
                                               self.missing) if agent == OURS else ""
        return "%s: %d messages in %.1f s, %d dropped by the kernel; %d keyboards, %d without a verdict; %d sticks, %d let in%s" % (
            agent, self.sent, self.ms / 1000, self.drops, self.plugs, self.lost, self.sticks, self.open, told)


def told(vm):
    """The events so far."""
    return [json.loads(line) for line in vm.output(TOLD, 300).splitlines()]


def plug_stick(vm, port, observer, found):
    """A stick, which no rule allows."""
    vm.usb_plug("storage", "stick", port=port)
    name = vm.until("grep -lx 'QEMU USB HARDDRIVE' $(ls -d /sys/bus/usb/devices/*-%s/product)" % port).rsplit("/", 1)[0]
    time.sleep(0.3)
    found.sticks += 1
    found.open += vm.output("cat %s/authorized" % name) != "0"
    vm.usb_unplug("stick")
    observer.expect("gone")


def flood(vm, agent, observer, found):
    """One flood, about a keyboard that works and a stick that was refused."""
    services = "sekishod.service" if agent == OURS else "usbguard.service"
    before = len(told(vm)) if agent == OURS else 0
    plugged = collections.Counter()
    drops = int(vm.output(DROPS % services))
    files = vm.output("ls /sys/bus/usb/devices/*-1[45]/uevent").split()
    assert len(files) == 2, files
    vm.output("systemctl stop " + UDEV)
    vm.output(FLOOD % (RATE, SECONDS, " ".join(files)))
    for number in range(KEYBOARDS):
        found.plugs += 1
        plugged[str(number + 1)] += 1
        try:
            found.verdict.append(observer.plug(port=str(number + 1))[0])
        except TimeoutError:
            found.lost += 1
            vm.usb_unplug("kbd")
            observer.expect("gone")
        if number % (KEYBOARDS // STICKS) == 0 and number // (KEYBOARDS // STICKS) < STICKS:
            plugged[str(KEYBOARDS + 1)] += 1
            plug_stick(vm, str(KEYBOARDS + 1), observer, found)
    assert vm.output(STATE).split() == ["1", "1", "0"], (agent, vm.output(STATE))
    vm.output("kill $(cat /run/flood.pid); while kill -0 $(cat /run/flood.pid) 2>/dev/null; do sleep 0.1; done")
    sent, took = map(int, vm.output("cat /run/flood.said").split())
    found.sent += sent
    found.ms += took
    found.drops += int(vm.output(DROPS % services)) - drops
    vm.output("systemctl start %s; udevadm settle" % UDEV, 180)
    if agent == OURS:
        # What was held back of a port is told when its minute is over; here none is.
        found.hear(told(vm)[before:], plugged)


def floods(vm, table):
    """Both agents, by turns. A keyboard of ours without a verdict, a stick let in, or a device of which nothing is told, by itself
    or as one of a number, is an error of the run."""
    vm.output("chmod 755 /lab/uevent_flood")
    found = {THEIRS: Flood(), OURS: Flood()}
    for _ in range(ROUNDS):
        for agent, result in found.items():
            bench_usb.start(vm, agent, 0, False)
            vm.usb_plug("kbd", "steady", port="14")
            vm.usb_plug("storage", "refused", port="15")
            vm.until("ls /sys/bus/usb/devices/*-14:1.0/driver /sys/bus/usb/devices/*-15/product && udevadm settle")
            with bench_usb.Observer(vm) as observer:
                for number in range(KEYBOARDS):
                    result.calm.append(observer.plug(port=str(number + 1))[0])
                flood(vm, agent, observer, result)
            vm.usb_unplug("steady")
            vm.usb_unplug("refused")
    ours, theirs = found[OURS], found[THEIRS]
    for agent, result in found.items():
        print(result.line(agent), flush=True)
    table.row("to verdict, calm", ours.calm, theirs.calm, "ms", 0.5)
    table.row("to verdict, %d messages a second" % RATE, ours.verdict, theirs.verdict, "ms")
    table.tail("to verdict, %d messages a second" % RATE, ours.verdict, theirs.verdict, "ms")
    assert ours.lost == ours.open == 0 and not ours.untold, "%s: %r" % (ours.line(OURS), ours.untold)
