"""A keyboard plugged in, again and again: sekishod beside USBGuard, with few and many rules."""

import json
import os
import time

import lab

PROGRAM = os.path.join(lab.BUILD, "release/tests/bench/usb_observer")
FILES = {"usb_observer": PROGRAM}
VENDOR, PRODUCT = "0627", "0001"	# of QEMU's keyboard
FIRST_VENDOR, VENDORS = 0x1000, 0xe000	# of the others
LINE = "/dev/virtio-ports/lab.files"
TRACE = "/sys/kernel/tracing/instances/bench"
# Rules, whether all are of the keyboard's model, and the part of the plugs.
SIZES = ((0, False, 1), (1000, False, 1), (10000, False, 1), (10000, True, 0.4), (100000, False, 0.4))
ALIKE = 10000	# up to so many, none may be seen in the time
A_FILE = 25000	# rules
ROUNDS = 2	# the agents take turns, so that a busy hour of this machine falls on both
REST = 0.5	# seconds after each step, in which udev ends its work
SERVICES = ("sekishod.service", "sekisho-priv.service", "sekisho-authd.service")
UNITS = " ".join(("sekishod-record.socket", "sekishod-record-restricted.socket", "sekishod-control.socket", "sekishod-refusals.socket",
                  "sekisho-priv.socket", "sekisho-auth.socket") + SERVICES)
OURS, THEIRS = "sekisho", "usbguard"


def other_devices(size, same_model):
    """Vendor, product and serial number of devices that never come; of the keyboard's model, or of many."""
    for number in range(size):
        vendor, product = (VENDOR, PRODUCT) if same_model else (
            "%04x" % (FIRST_VENDOR + number % VENDORS), "%04x" % (1 + number // VENDORS))
        yield number, vendor, product, "SERIAL-%06d" % number


def rules_of(agent, size, same_model):
    """The same rules in the agent's words, one by one: the others, then the keyboard."""
    for number, vendor, product, serial in other_devices(size, same_model):
        if agent == OURS:
            yield "[Device other %d]\nMatchVendor=%s\nMatchProduct=%s\nMatchSerial=%s\nAccess=allow\n\n" % (
                number, vendor, product, serial)
        else:
            yield 'allow id %s:%s serial "%s"\n' % (vendor, product, serial)
    if agent == OURS:
        yield "[Device keyboard]\nMatchVendor=%s\nMatchProduct=%s\nAccess=allow\n" % (VENDOR, PRODUCT)
    else:
        yield "allow id %s:%s\n" % (VENDOR, PRODUCT)


def write_rules(vm, agent, size, same_model):
    """To where the agent reads them; ours in as many files as their size asks for."""
    path = os.path.join(vm.machine.directory, "rules")
    rules = list(rules_of(agent, size, same_model))
    files = [rules[at:at + A_FILE] for at in range(0, len(rules), A_FILE)] if agent == OURS else [rules]
    vm.output("rm -rf /etc/sekisho/devices.conf.d; mkdir -p /etc/sekisho/devices.conf.d; : >/etc/sekisho/devices.conf")
    for number, part in enumerate(files):
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(part))
        vm.put(path, "/run/bench/rules")
        vm.output("install -m %s /run/bench/rules %s" % (
            ("644", "/etc/sekisho/devices.conf.d/%d-bench.conf" % (10 + number)) if agent == OURS else
            ("600", "/etc/usbguard/rules.conf")))


def start(vm, agent, size, same_model):
    """Starts one agent in the machine as it would be without the other; until it judges. Returns the seconds."""
    write_rules(vm, agent, size, same_model)
    vm.output("systemctl stop usbguard.service " + UNITS, 300)
    began = time.monotonic()
    if agent == OURS:
        vm.output("rm -f /run/udev/rules.d/*sekisho*; udevadm control --reload; systemctl start " + UNITS, 180)
        vm.until("test -e /run/sekishod/ready", 120)
        assert json.loads(vm.output("sekisho status --json"))["rules"] == size + 1
    else:
        vm.output("mkdir -p /run/udev/rules.d; for f in /lib/udev/rules.d/*sekisho*; do "
                  "ln -sf /dev/null /run/udev/rules.d/${f##*/}; done; udevadm control --reload; "
                  "/usr/libexec/sekisho/release; systemctl start usbguard.service", 600)
        vm.until("usbguard list-devices", 600)
        assert vm.run("systemctl is-active sekishod sekisho-priv")[0] != 0
    assert vm.output("grep -h . /sys/bus/usb/devices/usb*/authorized_default | sort -u") == "0"
    took = time.monotonic() - began
    # What no rule allows is refused: it is this agent that decides.
    vm.usb_plug("ccid", "control")
    reader = vm.until("grep -l CCID /sys/bus/usb/devices/*/product").rsplit("/", 1)[0]
    time.sleep(2)
    assert vm.output("cat %s/authorized" % reader) == "0", agent
    vm.usb_unplug("control")
    vm.until("! test -e " + reader)
    vm.output("udevadm settle")
    return took


def memory(vm, agent):
    """Kilobytes of proportional memory of all processes of the agent."""
    services = SERVICES if agent == OURS else ("usbguard.service", "usbguard-dbus.service")
    lines = vm.output("for s in %s; do for p in $(cat /sys/fs/cgroup/system.slice/$s/cgroup.procs 2>/dev/null); do "
                      "grep ^Pss: /proc/$p/smaps_rollup; done; done" % " ".join(services)).splitlines()
    assert len(lines) >= (len(SERVICES) if agent == OURS else 1), lines
    return sum(int(line.split()[1]) for line in lines)


class Observer:
    """The program that watches the kernel; its lines come by a virtio port, so that nothing has to be started or
    asked in the machine while an agent works."""

    def __init__(self, vm):
        self.vm = vm
        self.socket = vm.machine.files
        self.buffer = b""

    def __enter__(self):
        self.vm.output("echo >{1}/trace; /lab/usb_observer {0} {1}/trace_pipe </dev/null >/run/observer.log 2>&1 & "
                       "echo $! >/run/observer".format(LINE, TRACE))
        self.expect("ready")
        return self

    def __exit__(self, *unused):
        self.vm.output("kill $(cat /run/observer); while test -e /proc/$(cat /run/observer); do sleep 0.1; done")

    def expect(self, word):
        """The words of the next line, which has to begin with this one."""
        self.socket.settimeout(30)
        while b"\n" not in self.buffer:
            self.buffer += self.socket.recv(4096)
        line, self.buffer = self.buffer.split(b"\n", 1)
        words = line.decode().split()
        assert words[0] == word, (word, line)
        return words

    def plug(self, **options):
        """Milliseconds until the agent authorized the keyboard, its interface was there, and its driver."""
        self.vm.usb_plug("kbd", "kbd", **options)
        times = [int(text) / 1000 for text in self.expect("bound")[2:]]
        assert 0 < times[0] < times[1] < times[2], times
        time.sleep(REST)
        self.vm.usb_unplug("kbd")
        self.expect("gone")
        time.sleep(REST)
        return times


def compare(vm, size, same_model, count, rounds):
    """Of each agent: the three times of each plug, memory at the start and after all plugs, seconds of its start."""
    found = {agent: ([], [], [], [], [], []) for agent in (THEIRS, OURS)}
    for _ in range(rounds):
        for agent, (verdict, shown, bound, at_start, after, starts) in found.items():
            starts.append(start(vm, agent, size, same_model))
            at_start.append(memory(vm, agent))
            with Observer(vm) as observer:
                observer.plug()
                for _ in range(count // rounds):
                    times = observer.plug()
                    for samples, time_taken in zip((verdict, shown, bound), times):
                        samples.append(time_taken)
            after.append(memory(vm, agent))
    return found[OURS], found[THEIRS]


def prepare(vm):
    """The kernel tells when it sends a message about a USB device or interface ("1-2", "1-2:1.0"), and when an agent's
    verdict arrives. dev_uevent() is what a message goes through; the first word of its environment is the action (struct
    kobj_uevent_env). USBGuard may take its time over its rules."""
    vm.output("mkdir -p /run/systemd/system/usbguard.service.d; printf '[Service]\\nTimeoutStartSec=900\\n' "
              ">/run/systemd/system/usbguard.service.d/lab.conf; systemctl daemon-reload")
    vm.output("chmod 755 /lab/usb_observer; modprobe usbhid; mount -t tracefs tracefs /sys/kernel/tracing; "
              "cd /sys/kernel/tracing; echo 'p:verdict usbcore:usb_authorize_device' >kprobe_events; "
              "echo 'p:message dev_uevent name=+0(+0(%di)):string action=+0(+24(%si)):string' >>kprobe_events; mkdir " + TRACE)
    vm.output("set -e; cd " + TRACE + "; echo mono >trace_clock; echo 'name ~ \"[0-9]*-[0-9]*\"' >events/kprobes/message/filter; "
              "echo 1 >events/kprobes/verdict/enable; echo 1 >events/kprobes/message/enable")


def plugs(vm, count, sizes, table):
    """Rows for every number of rules. The verdict is the agent's; what comes after it is the kernel's work, the
    same for both but for an interface's own permission, which USBGuard does not ask for."""
    first = None
    for size, same_model, part in [row for row in SIZES if row[0] in sizes]:
        ours, theirs = compare(vm, size, same_model, int(count * part), ROUNDS if part == 1 else 1)
        rules = "%d rules%s" % (size, " of its model" if same_model else "")
        table.row("to verdict, " + rules, ours[0], theirs[0], "ms", 0.5)
        table.tail("to verdict, " + rules, ours[0], theirs[0], "ms")
        table.row("to interface shown, " + rules, ours[1], theirs[1], "ms")
        table.row("to driver bound, " + rules, ours[2], theirs[2], "ms")
        table.row("PSS, " + rules, max(ours[3]), max(theirs[3]), "KiB", 1.0)
        table.row("PSS after the plugs, " + rules, max(ours[4]), max(theirs[4]), "KiB", 1.0)
        table.row("until it judges, " + rules, ours[5], theirs[5], "s")
        first = first or ours
        if size == ALIKE and 0 in sizes:
            table.row("ours, to verdict, %s (peer: 0)" % rules, ours[0], first[0], "ms", 1.3)
