"""Rounds of random devices: plugged in all at once, looked at, held against the second judge (tests/host/policy_oracle.py)."""

import base64
import json
import os
import random
import sys
import time

from redirected import Gadget

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), "../host"))
import policy_oracle as oracle  # noqa: E402
import policy_random as made  # noqa: E402

# What sysfs has of devices and their interfaces, what the agent told since the last look, and what came of it.
LOOK = r"""cd /sys/bus/usb/devices
for one in [0-9]*-*; do
	case $one in
	*-0:*) ;;
	*:*) read -r authorized <$one/authorized && read -r class <$one/bInterfaceClass &&
		read -r subclass <$one/bInterfaceSubClass && read -r protocol <$one/bInterfaceProtocol &&
		{ [ -e $one/driver ] && driver=1 || driver=0; } && echo "interface $one $authorized $class$subclass$protocol $driver" ;;
	*) product=; read -r authorized <$one/authorized && { ! [ -e $one/product ] || read -r product <$one/product; } &&
		echo "device $one $authorized $product" ;;
	esac
done 2>/dev/null
tail -c +%d /var/tmp/told | sed 's/^/told /'
ls /sys/block | grep -v -e ^vda -e ^loop -e ^sr -e ^ram -e ^fd | sed 's/^/disk /'
ls /sys/class/net | grep -vx lo | sed 's/^/network /'
:"""
FOLLOW = "sekisho events --follow --json >/var/tmp/told 2>/dev/null </dev/null & sleep 0.5; test -e /var/tmp/told"
# Until the agent knows so many gadgets, and is through with them; or nothing has come or gone for a while, for the kernel may not take
# one. Asked is only where the kernel rests, for that costs more than a look at names.
UNTIL_KNOWN = r"""last= still=0
while [ $still -lt %d ]; do
	now=$(ls /sys/bus/usb/devices)
	[ "$now" = "$last" ] && still=$((still + 1)) || still=0
	last=$now
	[ $still -ge 2 ] && test %d = $(sekisho devices --json | grep -c '"name":"gadget-.*"state":"\(done\|failed\)"') && break
	sleep 0.4
done"""
STILL = 24	# looks, each of which takes half a second
# What was told before is not read again: a night's journal is long.
RELOAD = r"""before=$(stat -c %%s /var/tmp/told)
echo %s | base64 -d >/etc/sekisho/devices.conf; systemctl reload sekishod
for try in $(seq 100); do tail -c +$((before + 1)) /var/tmp/told | grep -q policy.loaded && exit; sleep 0.1; done; exit 1"""


def random_of(seed, what, number):
    """The random numbers of a device, or of the rules of the round that begins with it: the same in whatever run they come."""
    return random.Random("%d %s %d" % (seed, what, number))


class Plugged:
    """A random device: its description, and the gadget that plays it."""

    def __init__(self, seed, number):
        rng = random_of(seed, "device", number)
        self.device = made.a_device(rng)
        while oracle.as_kernel_keeps(self.device) is None:
            self.device = made.a_device(rng)
        self.name = self.device.product = "gadget-%d" % number
        texts = (self.device.manufacturer, self.device.product, self.device.serial)
        header = bytearray(self.device.header)
        header[14:17] = (number + 1 if text else 0 for number, text in enumerate(texts))
        self.device.header = bytes(header)
        self.gadget = Gadget(self.device.header, self.device.configurations, texts)

    def __str__(self):
        device = self.device
        return "%s at %s: %r %r %s %s" % (self.name, device.port, device.manufacturer, device.serial, device.header.hex(),
                                          " ".join(one.hex() for one in device.configurations))


class Journal:
    """What the machine's agent tells, from the first look on."""

    def __init__(self, vm):
        self.read = 0
        vm.output(FOLLOW)


class Look:
    """One look at the machine: devices by their product, their interfaces, what was told since the last look, what joined."""

    def __init__(self, vm, journal):
        self.devices, self.interfaces, self.told, self.joined = {}, {}, {}, []
        # The serial line of the root shell would take a second for 40 kB.
        here = os.path.join(vm.machine.directory, "look")
        vm.output("{\n%s\n} >/run/look" % LOOK % (journal.read + 1), 300)
        vm.get("/run/look", here)
        with open(here, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        for line in lines:
            what, rest = line.split(" ", 1)
            if what == "device":
                name, authorized, product = (rest + " ").split(" ", 2)
                self.devices[product.strip()] = (name, authorized != "0")
            elif what == "interface":
                name, authorized, code, driver = rest.split()
                self.interfaces.setdefault(name.split(":")[0], []).append((code, authorized != "0", driver == "1"))
            elif what == "told":
                self._hear(rest, journal)
            else:
                self.joined.append(line)

    def _hear(self, line, journal):
        try:
            event = json.loads(line)
        except ValueError:	# its rest is yet to be written
            return
        journal.read += len(line.encode()) + 1
        self.told.setdefault(event["fields"].get("name"), []).append((event["kind"], event["fields"]))


def was_not_taken(plugged, look):
    """Whether the kernel did not find it, or, as was told, could not open it: its requests to a device have time limits."""
    if plugged.name not in look.devices:
        return True
    kinds = {kind for kind, _ in look.told.get(plugged.name, [])}
    return not look.devices[plugged.name][1] and {"engine.fault", "device.blocked"} <= kinds


def identity(plugged):
    """By which one device passes for another; none without a serial number."""
    device = plugged.device
    return device.serial and (device.vendor_id, device.product_id, device.serial)


def all_differences(rules, plugged, missing, look, told=True):
    """What is otherwise than the second judge has it, each with its device. Which of several that pass for each other came first,
    nobody outside knows: one of them, and no other, is judged as if it were alone."""
    taken = [one for one in plugged if one not in missing]
    groups = {}
    for one in plugged:
        groups.setdefault(identity(one) or one, []).append(one)
    firsts, seconds = {}, {}
    for one in taken:
        group = identity(one) or one
        one.device.clone = False
        said = list(differences(rules, one, look, told))
        if len(groups[group]) > 1:
            one.device.clone = True
            as_clone = list(differences(rules, one, look, told))
            if as_clone and not said:
                firsts.setdefault(group, []).append(one)
            elif said and not as_clone:
                seconds.setdefault(group, []).append(one)
            said = said and as_clone
        yield from ("%s\n    %s" % (what, one) for what in said)
    for group, several in groups.items():
        if len(firsts.get(group, [])) > 1 or (len(several) > 1 and seconds.get(group) == several):
            yield "one of these is the first, and the others pass for it\n    %s" % "\n    ".join(map(str, several))


def differences(rules, plugged, look, told):
    """Of one device: what the kernel, and the journal where it is to be looked at, have otherwise than the second judge."""
    port, authorized = look.devices[plugged.name]
    plugged.device.port = port
    fine = oracle.is_well_formed(plugged.device)
    may = [oracle.decide(rules, plugged.device, one)[0] for one in oracle.interfaces(plugged.device)]
    if authorized and not any(may):
        yield "authorized"
    events = look.told.get(plugged.name, [])
    if fine and authorized != oracle.judge(rules, plugged.device):
        yield "authorized though malformed" if authorized else "not authorized, told was %r" % events
    fault = any(kind == "engine.fault" for kind, _ in events)
    opened, refused = set(), set()
    for code, is_open, has_driver in look.interfaces.get(port, []):
        allowed = oracle.decide(rules, plugged.device, tuple(bytes.fromhex(code)))[0]
        (opened if is_open else refused).add(code)
        if (is_open or has_driver) and not allowed:
            yield "interface %s is open or has a driver" % code
        if allowed and not is_open and fine and authorized and not fault and told:
            yield "interface %s is not open" % code
    if not told:
        return
    if not events:
        yield "nothing was told"
    said = dict(events)
    words = said.get("device.allowed", {}).get("opened", "").split()
    if set(words) != opened and words[-1:] != ["..."]:	# which ends a list that is too long
        yield "open are %r, told was %r" % (opened, events)
    if (refused or not authorized) and "device.blocked" not in said:
        yield "a refusal was not told: %r" % events


def write_rules(vm, rules):
    """New rules, in force. There is a Journal."""
    vm.output(RELOAD % base64.b64encode(oracle.written(rules).encode()).decode())


def until_known(vm, count):
    """Until the agent is through with that many gadgets, or nothing has happened for some time."""
    vm.output(UNTIL_KNOWN % (STILL, count), 600)


class Steps:
    """Where the seconds of a round go: step("name") ends what has just been done."""

    def __init__(self):
        self.began = self.last = time.monotonic()
        self.took = {}

    def __call__(self, name):
        now = time.monotonic()
        self.took[name] = self.took.get(name, 0) + now - self.last
        self.last = now

    def __str__(self):
        return "%.1f s: %s" % (self.last - self.began, ", ".join("%s %.1f" % step for step in self.took.items()))


class Ledger:
    """Which devices of a seed have been plugged in, run after run: a line for each round in the file that GADGETS_LOG names."""

    def __init__(self, seed):
        self.path = os.environ.get("GADGETS_LOG", "")
        self.seed = seed

    def note(self, first, count, missing):
        """A round without a difference."""
        if self.path:
            with open(self.path, "a", encoding="ascii") as file:
                file.write("%d %d %d %d %s\n" % (self.seed, first, first + count, missing, time.strftime("%Y-%m-%dT%H:%M")))

    def rounds(self):
        """(first, end, missing) of the rounds of this seed."""
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="ascii") as file:
            lines = [line.split() for line in file]
        return sorted(tuple(map(int, words[1:4])) for words in lines if int(words[0]) == self.seed)

    def next(self):
        """Behind the last device of the runs so far."""
        return max([end for _, end, _ in self.rounds()], default=0)

    def total(self):
        """For a person: each device counts once."""
        seen, end, missing = 0, 0, 0
        for first, last, lost in self.rounds():
            seen += max(0, last - max(first, end))
            missing += lost if last > end else 0
            end = max(end, last)
        return "seed %d: %d devices in all runs so far, %d not taken by the kernel, no difference" % (self.seed, seen, missing)
