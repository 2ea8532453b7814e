"""A QEMU process with its lines: two serial ports, a port for files, the control connection."""

import atexit
import ctypes
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import threading

import plugs
from console import Console
from line import PATIENCE, LabError
from qmp import Qmp
from root_shell import RootShell
from system import VM

# Two show more races; one each is faster where several machines share this one's processors.
PROCESSORS = os.environ.get("LAB_PROCESSORS", "2")
LOGS = os.path.join(VM, "logs")
RUNNING = os.path.join(VM, "running")
TEST = ["vm"]	# what logs are named after; tests/vm/run puts the test's name here
NUMBERS = itertools.count(1)
# An emulated processor pays for what it has: boots take a sixth less without AES, virtualization, AVX and SMAP.
PROCESSOR = "qemu64,-svm,+rdrand,+ssse3,+sse4.1,+sse4.2,+popcnt"
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent():
    """Runs in QEMU's process before it starts: it never outlives the tests, however they end."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def qemu_command(system, cmdline, options):
    """How QEMU is started, but for the disk and the lines, which differ each time."""
    command = [
        "qemu-system-x86_64", "-cpu", PROCESSOR, "-smp", PROCESSORS, "-accel", "tcg,thread=multi",
        "-nodefaults", "-display", "none", "-device", "VGA", "-audiodev", "none,id=silence",
        "-kernel", system.kernel, "-initrd", system.initrd, "-append", cmdline,
        "-device", "virtio-blk-pci,drive=root", "-device", "virtio-rng-pci",
        "-device", "qemu-xhci,id=xhci,p2=15,p3=15", "-device", "virtio-serial-pci",
        "-device", "virtserialport,name=lab.files,chardev=files",
        "-serial", "chardev:console", "-serial", "chardev:shell", "-mon", "chardev=qmp,mode=control"]
    for number in range(plugs.ROOT_PORTS):
        command += ["-device", "pcie-root-port,id=rp%d,chassis=%d" % (number, number + 1)]
    return command + options


class Machine:
    """Running from start() to kill(). Its directory is thrown away with it; its logs stay."""

    def __init__(self, name=None):
        self.name = "%s.%d" % (name or TEST[0], next(NUMBERS))
        os.makedirs(LOGS, exist_ok=True)
        os.makedirs(RUNNING, exist_ok=True)
        self.directory = tempfile.mkdtemp(prefix=self.name + "-", dir=RUNNING)
        self.process = None
        for what in ("console", "shell", "qemu", "failure"):	# of an earlier run
            if os.path.exists(self.log(what)):
                os.unlink(self.log(what))
        atexit.register(self.kill)

    def log(self, what):
        """The path of one of this machine's logs."""
        return os.path.join(LOGS, "%s.%s" % (self.name, what))

    def start(self, system, disk, cmdline, options):
        """Starts QEMU with the system's kernel and the given qcow2 disk."""
        pairs = {name: socket.socketpair() for name in ("console", "shell", "files", "qmp")}
        command = qemu_command(system, cmdline, options) + [
            "-blockdev", "driver=qcow2,node-name=root,discard=unmap,file.driver=file,file.filename=" + disk]
        for name, (_, theirs) in pairs.items():
            command += ["-chardev", "socket,id=%s,fd=%d" % (name, theirs.fileno())]
        with open(self.log("qemu"), "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=die_with_parent, pass_fds=[theirs.fileno() for _, theirs in pairs.values()])
        for _, theirs in pairs.values():
            theirs.close()
        self.console = Console(pairs["console"][0], self.log("console"))
        self.shell = RootShell(pairs["shell"][0], self.log("shell"))
        self.files = pairs["files"][0]
        self.qmp = Qmp(pairs["qmp"][0])
        self.plugs = plugs.Plugs(self.qmp, self.directory)

    def wait_end(self, timeout=120):
        """Until QEMU has ended by itself."""
        try:
            self.process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            raise LabError("the machine did not end within %g s" % (timeout * PATIENCE)) from None

    def end(self):
        """Takes the power away; the disk stays."""
        if self.process:
            self.process.kill()
            self.process.wait()
        for line in ("console", "shell"):
            if hasattr(self, line):
                getattr(self, line).close()

    def kill(self):
        """Takes the power away, and cleans up. May be called twice."""
        atexit.unregister(self.kill)
        self.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def keep_evidence(self, screen):
        """After a failure: the ends of all logs in one file; returns its path."""
        with open(self.log("failure"), "w", encoding="utf-8") as out:
            for what in ("console", "shell", "qemu"):
                if os.path.exists(self.log(what)):
                    with open(self.log(what), encoding="utf-8", errors="replace") as log:
                        lines = log.read().replace("\r", "").split("\n")[-60:]
                    out.write("--- %s\n%s\n" % (what, "\n".join(lines)))
            out.write("--- screen\n%s\n" % screen)
        return self.log("failure")

    def put(self, here, there):
        """Copies a file or directory into the machine, owned by root; parent directories are made."""
        with tempfile.TemporaryFile(dir=self.directory) as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                tar.add(here, arcname=os.path.basename(there), filter=owned_by_root)
            size = file.tell()
            file.seek(0)
            sender = threading.Thread(target=lambda: self.files.sendall(file.read()), daemon=True)
            sender.start()
            folder = os.path.dirname(there)
            self.shell.output("mkdir -p '%s' && head -c %d /dev/virtio-ports/lab.files | tar -C '%s' -xf -" % (
                folder, size, folder), 300)
            sender.join(10)

    def get(self, there, here):
        """Copies a file out of the machine."""
        size = int(self.shell.output("stat -Lc %%s '%s'" % there))
        with open(here, "wb") as file:
            receiver = threading.Thread(target=receive, args=(self.files, size, file), daemon=True)
            receiver.start()
            self.shell.output("cat '%s' >/dev/virtio-ports/lab.files" % there, 300)
            receiver.join(60)
            if file.tell() != size:
                raise LabError("%s: %d of %d bytes came" % (there, file.tell(), size))


def owned_by_root(member):
    """What tar shall record of every file."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def receive(sock, size, file):
    """Reads size bytes into a file."""
    while size > 0:
        chunk = sock.recv(min(size, 1 << 20))
        if not chunk:
            return
        file.write(chunk)
        size -= len(chunk)
