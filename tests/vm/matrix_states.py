"""What is tried, and how the machine is brought to where it is tried."""

import json
import os
import re
import time

import card_reader
import lab
from matrix_exits import EXITS, USBIP, Board, plug_all
from test_boot import log_in_at_screen
from test_install import installed

HERE = os.path.dirname(os.path.realpath(__file__))
FILES = {name: os.path.join(HERE, "guest", name) for name in ("attack", "usbip-device")}
# The reader's driver waits until the reader is found anew (card_reader.again).
LATER = "modprobe.blacklist=sdhci_pci modules_load=mmc_core,mmc_block"
HBA = ("-device", "virtio-scsi-pci,id=hba")
DEVICES = HBA + card_reader.READER
SEKISHO, USBGUARD, REJECT, NOTHING = "Sekisho", "USBGuard", "USBGuard, reject", "nothing"
PRODUCTS = (SEKISHO, USBGUARD, REJECT, NOTHING)
# The same policy in USBGuard's words: keyboards, hubs and card readers, and nothing besides them.
RULES = "allow with-interface match-all { 03:*:* 09:*:* 0b:*:* }"
SET_UP = """mkdir -p /etc/usbguard/rules.d; echo '%s' >/etc/usbguard/rules.conf; chmod 600 /etc/usbguard/rules.conf
sed -i 's/^ImplicitPolicyTarget=.*/ImplicitPolicyTarget=%s/' /etc/usbguard/usbguard-daemon.conf"""
JOIN = "setsid perl /lab/attack join </dev/null >/run/joined.log 2>&1 &"
READY = {SEKISHO: "test -e /run/sekishod/ready && systemctl is-active -q sekisho-buses", USBGUARD: "usbguard list-devices",
         REJECT: "usbguard list-devices", NOTHING: "true"}
KILL = {SEKISHO: "sekishod", USBGUARD: "usbguard", REJECT: "usbguard"}
# Words of Sekisho's events and of USBGuard's audit log.
REFUSED = re.compile(r"device\.blocked|engine\.fault|attempt\.refused|target\.new='(block|reject)'")
AUDIT = "cat /var/log/usbguard/usbguard-audit.log"
# The kernel's command line masks it again with each reload; nothing but this folder comes before that (systemd.unit(5)).
UNMASK = "mkdir -p /run/systemd/system.control; cp /lib/systemd/system/{0}.service /run/systemd/system.control/; systemctl daemon-reload; "
LOG = {SEKISHO: "sekisho events --json", USBGUARD: AUDIT, REJECT: AUDIT, NOTHING: "true"}
REST = 25	# seconds that programs which join whatever comes have, and the agent to tell of it


def ready(vm, product):
    """Until the product judges."""
    vm.until(READY[product], 120)


def system(product):
    """What a machine of it is started from."""
    return installed() if product == SEKISHO else lab.bare()


def start(vm, product):
    """USBGuard is installed everywhere and off; it is set up as its manual says."""
    if product in (USBGUARD, REJECT):
        vm.output(SET_UP % (RULES, "reject" if product == REJECT else "block"))
        vm.output("systemctl enable -q usbguard; systemctl start usbguard")
    ready(vm, product)


def warm(product, cmdline=""):
    """A machine some time after its start."""
    return lab.Vm(system(product), files=FILES, devices=DEVICES, warm=True, cmdline=LATER + " " + cmdline)


def at_boot(product):
    """All is plugged in when the power comes on."""
    disk = os.path.join(lab.BUILD, "vm/matrix-%d.qcow2" % os.getpid())
    system(product).overlay(disk)
    try:
        if product != NOTHING:	# installed, and what is there now was there then
            with lab.Vm(system(product), devices=HBA, disk=disk) as vm:
                start(vm, product)
                vm.wait_booted()
                vm.power_off()
        with lab.Vm(system(product), files=FILES, devices=DEVICES + ("-S",), disk=disk, wait=False) as vm:
            board = Board(vm, "cont")
            plug_all(board)
            vm.shell.wait()
            vm.until("test -e /dev/virtio-ports/lab.files")	# as early as this udev may not have been there
            vm.put_files()
            vm.output(JOIN)
            ready(vm, product)
            yield from attacked(vm, board, product)
    finally:
        os.unlink(disk)


def hot_plug(product):
    """Nobody is logged in."""
    with warm(product) as vm:
        start(vm, product)
        yield from plugged(vm, product)


def logged_in(product):
    """Hanako sits at the machine."""
    with warm(product) as vm:
        start(vm, product)
        vm.press("ctrl", "alt", "f1")
        log_in_at_screen(vm)
        yield from plugged(vm, product, person="hanako" if product == SEKISHO else None)


def killed(product):
    """By -9, and it does not come back until all was tried."""
    with warm(product) as vm:
        start(vm, product)
        unit = KILL[product]
        vm.output("mkdir -p /run/systemd/system/{0}.service.d; printf '[Service]\\nRestart=no\\n' "
                  ">/run/systemd/system/{0}.service.d/lab.conf; systemctl daemon-reload; systemctl kill -s KILL {0}; sleep 1; "
                  "! systemctl is-active -q {0}".format(unit))
        yield from plugged(vm, product, "systemctl start " + unit)


def masked(product):
    """It has not been started since the power came on, and is when all was tried."""
    with warm(product, "systemd.mask=%s.service" % KILL[product]) as vm:
        if product != SEKISHO:
            vm.output(SET_UP % (RULES, "block"))
        yield from plugged(vm, product, (UNMASK + "systemctl start {0}").format(KILL[product]))


def resumed(product):
    """All is plugged in while the machine sleeps: suspended to memory (S3). Devices of our own come as it wakes up."""
    with warm(product) as vm:
        start(vm, product)
        card_reader.again(vm)
        vm.output(JOIN)
        vm.suspend()
        board = Board(vm, "system_wakeup")
        plug_all(board)
        vm.woken()
        yield from attacked(vm, board, product)


def plugged(vm, product, afterwards=None, person=None):
    """All is plugged into the running machine."""
    card_reader.again(vm)
    vm.output(JOIN)
    board = Board(vm)
    plug_all(board)
    yield from attacked(vm, board, product, afterwards, person)


def attacked(vm, board, product, afterwards=None, person=None):
    """Who tried what, and what came of it: (row, attacker, left, told). person: who sits there, whom an event has to name."""
    time.sleep(REST * lab.PATIENCE / 3)
    for change in board.later:
        change()
    for thread in board.threads:
        thread.join()
    vm.run("udevadm settle --timeout=30")
    for user, mark in (("hanako", "RESIDENTS-person"), ("root", "RESIDENTS-sudo")):
        vm.shell.run_as(user, "perl /lab/attack reach %s '%s'" % (mark, USBIP), 300)
    time.sleep(3)
    vm.run("sync")
    if afterwards:
        vm.run(afterwards)
        vm.until(READY[product], 60)
        time.sleep(10)
    log = vm.run(LOG[product])[1]
    rows = [row for row in EXITS if board.has(row.name)]
    with open(vm.machine.log("matrix"), "w", encoding="utf-8") as out:
        out.write("%s\n%s\n%s\n" % (log, vm.run("cat /run/joined.log; ls /sys/block /sys/class/net /sys/bus/mmc/devices; "
                                                 "grep -H . /sys/bus/usb/devices/[1-4]-*/product; dmesg | grep -v -i vhci | tail -200")[1],
                                    {row.name: found(board, row.name) for row in rows}))
    for row in rows:
        marks = found(board, row.name)
        for attacker in row.by:
            yield row, attacker, left(attacker, marks), told(row, log, person)


def found(board, name):
    """The marks that came out there."""
    taken = board.taken(name)
    return [word for word in ("root", "person", "sudo") if b"RESIDENTS-" + word.encode() in taken]


def left(attacker, marks):
    """Whether an attacker's mark is among them; a device that pretends needs somebody's."""
    return {"root": "root" in marks, "person": "person" in marks or "sudo" in marks, "device": bool(marks)}[attacker]


def told(row, log, person=None):
    """Whether a line of the log names it, and the person, and says that it was refused."""
    return any(REFUSED.search(line) and re.search(row.event, line) and (not person or json.loads(line)["fields"].get("user") == person)
               for line in log.splitlines())


STATES = (("at boot", at_boot), ("hot-plugged", hot_plug), ("logged in", logged_in), ("engine killed", killed), ("masked", masked),
          ("resumed", resumed))
# What has nothing to be killed; and USBGuard's other way, which is of interest beside its first one alone.
ONLY = {NOTHING: ("at boot", "hot-plugged", "logged in", "resumed"), REJECT: ("hot-plugged", "logged in")}
# Where Sekisho may refuse without a word, and why: state, row ("": each), reason. Anywhere else that is a fault.
QUIET = (
    ("engine killed", "usbip", "it left before sekishod was back"),
    ("masked", "usbip", "it left before sekishod was there"),
    ("resumed", "usb-controller", "nothing to try: a card that came while it slept is not noticed"),
    ("resumed", "disk-scsi", "nothing to try: a disk that came while it slept is not noticed"),
    ("resumed", "disk-nvme", "nothing to try: a card that came while it slept is not noticed"),
)
