"""The terminal lab: a disposable Debian 12 with its own kernel in QEMU, no KVM needed.

    with Vm(installed(debs=[...]), warm=True) as vm:
        status, output = vm.run("lsusb")                # root, in system.slice
        vm.console.log_in("hanako", [("Password: ", "Hanako-2026")])
        vm.usb_plug("storage", "stick")                 # the kinds stand in plugs.py
        vm.until("test -e /sys/bus/usb/devices/2-1")

ttyS0 is the person's console, ttyS1 the root shell of the tests; tty1 on the VGA screen is the seat.
Nothing leaves the machine: it has no network card. Every wait has a deadline. What the lines said is kept
below BUILD/vm/logs, and a machine in which a test fails leaves NAME.failure there.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import tempfile
import time

import keyboard
from debian_root import digest, say
from disk import disk_identity, make_installed
from line import PATIENCE, LabError
from machine import TEST, Machine, qemu_command
from root_shell import SECONDS
from system import BUILD, ROOTS, VM, System, bare, cached

__all__ = ["BUILD", "LabError", "Vm", "bare", "installed"]
HERE = os.path.dirname(os.path.realpath(__file__))
SHARE = os.path.join(VM, "share")
# What costs an emulated processor a fifth of its time and no test looks at.
FASTER = ("tsc=reliable mitigations=off psi=0 nowatchdog hardened_usercopy=off randomize_kstack_offset=off systemd.log_level=notice "
          "cryptomgr.notests initcall_blacklist=crypto_kdf108_init init_on_alloc=0 nokaslr norandmaps "
          "apparmor.hash_policy=0 apparmor.export_binary=0")
# The kernel forgets nothing that it tells: what AppArmor refuses is looked for in the end.
TELLING = "log_buf_len=1M sysctl.kernel.printk_ratelimit=0"
REFUSALS = 'apparmor="\\(DENIED\\|ALLOWED\\|ERROR\\)".*\\(profile\\|label\\)="sekisho'


class Vm:
    """One machine.

    system: what to start from; bare() where None. files: {path in the machine, below /lab where it is
    relative: path here}. warm: start in seconds from a cached state of the
    system just after its boot. prepared: a function of the machine whose work is saved too, after files; then the
    start is warm from there. disk: a qcow2 file to write to and keep, else a fresh one is thrown away.
    cmdline: more words for the kernel. devices: more arguments for QEMU. i8042=False takes the PS/2
    controller away; serial=False leaves the kernel's console on the VGA screen alone. wait=False does not
    wait for the root shell (a disk waits for its passphrase)."""

    def __init__(self, system=None, files=None, warm=False, prepared=None, disk=None, cmdline="", devices=(), i8042=True,
                 serial=True, wait=True, memory=1024, name=None):
        self.system = system or bare()
        self.files = files or {}
        self.warm = warm
        self.prepared = prepared
        self.disk = disk
        self.wait = wait
        self.name = name
        self.cmdline = "%s rw console=tty0 %squiet loglevel=2 net.ifnames=0 nomodeset %s %s %s" % (
            self.system.root, "console=ttyS0 " if serial else "", FASTER, TELLING, cmdline)
        self.options = ["-machine", "q35,vmport=off,i8042=" + ("on" if i8042 else "off"), "-m", str(memory), *devices]
        self.machine = None
        self.disk_used = None
        self.checkpoints = {}

    def __enter__(self):
        state = self._prepared_state() if self.prepared else self._warm_state() if self.warm else None
        self.machine = machine = Machine(self.name)
        self.disk_used = disk = self.disk or os.path.join(machine.directory, "disk.qcow2")
        try:
            if state:
                subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b",
                                os.path.join(state, "disk.qcow2"), disk], check=True)
                machine.start(self.system, disk, self.cmdline, self.options + [
                    "-incoming", "exec:cat '%s'" % os.path.join(state, "memory")])
                self._resume()
                self.shell.wait(60)
                self.set_clock()
            else:
                if not self.disk:
                    self.system.overlay(disk)
                machine.start(self.system, disk, self.cmdline, self.options)
                if self.wait:
                    self.shell.wait()
            if self.wait and not self.prepared:
                self.put_files()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, *unused):
        try:
            if kind is None:
                self.no_refusals()
        except LabError as error:
            kind = type(error)
            raise
        finally:
            if kind is not None and self.machine.process:
                print("lab: evidence: " + self.machine.keep_evidence(self._last_screen()), flush=True)
            self.machine.kill()

    def no_refusals(self):
        """Nothing was refused to a program of ours by AppArmor since the machine started, as far as its root shell can tell."""
        if not self.machine.process or self.machine.process.poll() is not None or not self.shell.answered:
            return
        told = self.run("dmesg | grep -ahs '%s' /var/log/audit/audit.log -" % REFUSALS)[1]
        if told:
            raise LabError("AppArmor refused something to a program of ours:\n" + told)

    # Parts of the machine, by the names tests use.

    @property
    def console(self):
        """The person's console: console.py."""
        return self.machine.console

    @property
    def shell(self):
        """The root shell: root_shell.py."""
        return self.machine.shell

    @property
    def qmp(self):
        """QEMU's control connection: qmp.py."""
        return self.machine.qmp

    def run(self, command, timeout=SECONDS, check=False):
        """Runs a command as root: (exit status, output)."""
        return self.shell.run(command, timeout, check)

    def run_as(self, user, command, timeout=SECONDS):
        """Runs a command as a user, in user.slice: (exit status, output)."""
        return self.shell.run_as(user, command, timeout)

    def output(self, command, timeout=SECONDS):
        """The output of a command that must succeed, as root."""
        return self.shell.output(command, timeout)

    def sentences(self, command, timeout=SECONDS):
        """What a command as root says, whatever its status, with its lines joined, for sentences are broken at 80 columns."""
        return " ".join(self.run(command, timeout)[1].split())

    def until(self, command, timeout=60):
        """Repeats a command as root until it succeeds; returns its output."""
        return self.shell.until(command, timeout)

    def put(self, here, there):
        """Copies a file or directory into the machine."""
        self.machine.put(here, there)

    def put_files(self):
        """Puts files= and what is in BUILD/vm/share (to /mnt/share) into the machine."""
        for there, here in self.files.items():
            self.put(here, os.path.join("/lab", there))
        if os.path.isdir(SHARE) and os.listdir(SHARE):
            self.put(SHARE, "/mnt/share")

    def get(self, there, here):
        """Copies a file out of the machine."""
        self.machine.get(there, here)

    def usb_plug(self, kind, name, **options):
        """Plugs a device in: plugs.py."""
        self.machine.plugs.plug(kind, name, **options)

    def usb_unplug(self, name):
        """Takes a device away."""
        self.machine.plugs.unplug(name)

    def type_text(self, text):
        """Types on the keyboard plugged in last."""
        keyboard.type_text(self.qmp, text)

    def press(self, *keys):
        """Presses keys together, by QEMU's names: press("ctrl", "alt", "f2")."""
        keyboard.press(self.qmp, keys)

    def screen_text(self):
        """What stands on the VGA screen in text mode."""
        return keyboard.screen_text(self.qmp, self.machine.directory)

    def screen_shows(self, words, timeout=60):
        """Waits until the words stand on the screen; returns its text."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            text = self.screen_text()
            if words in text:
                return text
            if time.monotonic() > deadline:
                raise LabError("no %r on the screen within %g s:\n%s" % (words, timeout * PATIENCE, text))
            time.sleep(0.3)

    def screen_picture(self, path):
        """Writes the screen as a PPM picture."""
        self.qmp("screendump", filename=path)

    def _last_screen(self):
        try:
            return self.screen_text()
        except (LabError, OSError) as error:
            return "unknown: %s" % error

    # Time and power

    def set_clock(self):
        """Sets the machine's clock by ours; a saved state has that of its making."""
        self.output("date -s @%.3f" % time.time())

    def wait_booted(self, timeout=240):
        """Until systemd has nothing left to start; returns how it calls that state."""
        return self.run("systemctl is-system-running --wait", timeout)[1].strip()

    def reboot(self, timeout=240, command="systemctl --no-block reboot"):
        """Shuts down and boots again with the same kernel and initrd, in a fresh QEMU: after a reset of two emulated
        processors the kernel was seen to hang before its first program (soft lockup). What was plugged in is gone."""
        self.no_refusals()
        self.qmp.events.clear()
        self.run(command)
        self.qmp.wait_event("RESET", timeout)
        self.machine.end()
        self.machine.start(self.system, self.disk_used, self.cmdline, self.options)
        if self.wait:
            self.shell.wait(timeout)

    def suspend(self, timeout=60, waking=":"):
        """Suspends to memory (S3); a command runs inside as the first thing when it wakes."""
        self.qmp.events.clear()
        self.run("rm -f /run/slept; setsid sh -c 'sleep 1; echo mem >/sys/power/state; echo $? >/run/slept; %s' </dev/null >/dev/null 2>&1 &" % waking)
        self.qmp.wait_event("SUSPEND", timeout)

    def woken(self, timeout=60):
        """Until it answers again after QEMU's system_wakeup."""
        self.shell.wait(timeout)
        self.until("grep -qx 0 /run/slept", timeout)

    def power_off(self, timeout=120):
        """Shuts down in order; QEMU ends."""
        self.no_refusals()
        self.run("systemctl --no-block poweroff")
        self.machine.wait_end(timeout)

    def power_cut(self):
        """Ends the machine as it stands; a disk= given stays for the next."""
        self.no_refusals()
        self.machine.kill()

    # Saved states

    def checkpoint(self, name):
        """Saves memory and disk (not media) under a name, within this machine."""
        self.qmp.job("snapshot-save", tag=name, vmstate="root", devices=["root"])
        self.checkpoints[name] = set(self.machine.plugs.present)

    def restore(self, name):
        """Goes back to a checkpoint; devices plugged in since then are gone."""
        self.no_refusals()
        plugs = self.machine.plugs
        for plugged in list(plugs.present):
            if plugged not in self.checkpoints[name] and plugged in plugs.present:
                plugs.unplug(plugged)
        self.qmp.job("snapshot-load", tag=name, vmstate="root", devices=["root"])
        self.console.forget()
        self.shell.forget()
        self.shell.wait(60)
        self.set_clock()

    def _warm_state(self):
        """The directory with the state of this system after its boot; made where it is missing."""
        version = subprocess.check_output(["qemu-system-x86_64", "--version"])
        identity = digest(self.system.identity, qemu_command(self.system, self.cmdline, self.options), version)
        return cached("warm", identity, self._freeze)

    def _resume(self):
        """Lets the machine run once its memory has come in."""
        deadline = time.monotonic() + 120 * PATIENCE
        while self.qmp("query-status")["status"] == "inmigrate":
            if time.monotonic() > deadline:
                raise LabError("the machine's memory did not come within %d s" % (120 * PATIENCE))
            time.sleep(0.05)
        self.qmp("cont")

    def _freeze(self, directory):
        say("booting '%s' once for warm starts" % os.path.basename(self.system.directory))
        disk = os.path.join(directory, "disk.qcow2")
        self.system.overlay(disk)
        with self._alike("warm", disk=disk) as cold:
            cold.console.expect("login: ", 240)
            cold.wait_booted()
            cold.output("udevadm settle; sync")
            cold.save_to(directory)

    def _prepared_state(self):
        """The directory with the state after prepared(); made where it is missing. Its disk is an overlay of the warm one."""
        # Two files of tests may each have a prepare() of their own.
        name = "%s.%s" % (self.prepared.__module__, self.prepared.__name__)
        identity = digest(os.path.basename(self._warm_state()), name, SOURCES, sorted(
            (there, file_hash(here)) for there, here in self.files.items()))
        return cached("warm", identity, self._freeze_prepared)

    def _freeze_prepared(self, directory):
        disk = os.path.join(directory, "disk.qcow2")
        with self._alike("prepared", disk=disk, warm=True, files=self.files) as machine:
            self.prepared(machine)
            machine.output("sync")
            machine.save_to(directory)

    def _alike(self, name, **options):
        """A machine of the same make; its logs are named after the test that made it first."""
        other = Vm(self.system, name="%s.%s" % (TEST[0], name), **options)
        other.cmdline, other.options = self.cmdline, self.options
        return other

    def save_to(self, directory):
        """Writes the memory into a directory, and ends the machine."""
        self.qmp("stop")
        self.qmp("migrate-set-parameters", max_bandwidth=1 << 40)
        self.qmp("migrate", uri="exec:cat >'%s'" % os.path.join(directory, "memory"))
        deadline = time.monotonic() + 120 * PATIENCE
        while self.qmp("query-migrate").get("status") != "completed":
            if time.monotonic() > deadline:
                raise LabError("the machine's memory was not written within %d s" % (120 * PATIENCE))
            time.sleep(0.1)
        self.qmp("quit")
        self.machine.wait_end(60)


def file_hash(path):
    """Of a file's content, or of the names and contents below a directory."""
    whole = hashlib.sha256()
    for name in sorted(glob.glob(os.path.join(path, "**"), recursive=True)) if os.path.isdir(path) else [path]:
        whole.update(name[len(path):].encode())
        if os.path.isfile(name):
            with open(name, "rb") as file:
                whole.update(file.read())
    return whole.hexdigest()


# Whatever a function that prepares a machine may call.
SOURCES = [file_hash(path) for path in sorted(glob.glob(os.path.join(HERE, "*.py")))]


def installed(debs, kind="plain"):
    """A system with the debs, installed by apt-get where no emulated processor slows it down; a boot has not been yet.
    Cached by the debs. kind: plain, or luks with an encrypted root."""
    bare()	# asks for the lab's programs, too
    identity = "installed-%s" % digest(disk_identity(VM, kind), [file_hash(deb) for deb in debs])

    def make(directory):
        say("installing %s" % " ".join(os.path.basename(deb) for deb in debs))
        with tempfile.TemporaryDirectory(prefix="debs-", dir=VM) as work:
            for deb in debs:
                shutil.copy(deb, work)
            make_installed(VM, kind, work, directory)

    return System(cached("systems", identity, make), ROOTS[kind])
