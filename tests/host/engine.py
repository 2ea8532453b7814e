"""The real sekishod, with no device and no root half, in a directory of its own; and who sends events to it."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

SOCKETS = {"record": "record.sock", "record-restricted": "record-restricted.sock", "control": "control.sock",
           "refusals": "refusals.sock"}
RECORD, RECORDED = 0x0201, 0x0202
DEADLINE = 60	# seconds: far more than anything takes, so that a busy machine is no failure


class Engine:
    """BUILD/MODE's sekishod; .end() takes everything away."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.work = tempfile.mkdtemp(prefix="sekisho-engine-")
        self.pid = None
        # Whoever is let in, is so by the engine's judgement, not by the modes of this directory.
        os.chmod(self.work, 0o711)
        for name in ("journal", "sys"):
            os.mkdir(self.path(name))
        with open(self.path("machine-id"), "w", encoding="ascii") as file:
            file.write("0123456789abcdef0123456789abcdef\n")
        shutil.copy("packaging/devices.conf", self.path("devices.conf"))
        self.listeners = [self.listen(name) for name in SOCKETS.values()]

    def path(self, name):
        return os.path.join(self.work, name)

    def listen(self, name):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(self.path(name))
        os.chmod(self.path(name), 0o666)
        listener.listen(8)
        return listener

    def start(self):
        self.pid = os.fork()
        if self.pid:
            return
        # Out of the way first: 3 to 6 may be theirs.
        high = [os.dup2(one.fileno(), 100 + number) for number, one in enumerate(self.listeners)]
        for number, fd in enumerate(high):
            os.dup2(fd, 3 + number, inheritable=True)
        environment = dict(os.environ, LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=":".join(SOCKETS), LISTEN_PID=str(os.getpid()))
        options = {"journal": "journal", "rules": "devices.conf", "sysfs": "sys", "priv": "priv.sock", "ready": "ready",
                   "seal": "seal.key", "machine-id": "machine-id", "retention": "journal.conf", "receipt": "receipt",
                   "logind": "logind", "bell": "refused"}
        os.execve(self.build + "/sekishod", ["sekishod"] + [word for name, file in options.items()
                                                            for word in ("--" + name, self.path(file))], environment)

    def stop(self, number=signal.SIGTERM):
        pid, self.pid = self.pid, None
        if pid is None:
            return None
        os.kill(pid, number)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def end(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.work)

    def events(self, kind=""):
        lines = subprocess.run([self.build + "/sekisho", "events", "--json", "--directory", self.path("journal")], text=True,
                               check=False, capture_output=True).stdout.splitlines()
        return [event for event in map(json.loads, lines) if kind in ("", event["kind"])]

    def told(self, kind, count=1):
        """The events of a kind, as soon as there are that many."""
        until = time.monotonic() + DEADLINE
        while len(self.events(kind)) < count and time.monotonic() < until:
            time.sleep(0.05)
        return self.events(kind)

    def send(self, name, kind, /, **fields):
        """The error in the engine's answer, 0 when the event is durable; None: it closed the connection."""
        event = os.urandom(8).hex()
        parts = ((1, kind.encode()), (2, event.encode()), (3, struct.pack("=Q", time.time_ns() // 1000)),
                 (4, json.dumps(fields).encode()))
        packet = struct.pack("=4sHH", b"SEKH", 1, RECORD) + b"".join(struct.pack("=HH", tag, len(part)) + part
                                                                    for tag, part in parts)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as one:
            one.settimeout(DEADLINE)
            try:
                connect(one, self.path(SOCKETS[name]))
                one.send(packet)
                answer = one.recv(8192)
            except (ConnectionResetError, BrokenPipeError):
                return None
        return error_of(answer) if answer else None


def connect(one, path):
    """Waits while the queue is full: Linux has no event for it."""
    until = time.monotonic() + DEADLINE
    while True:
        try:
            return one.connect(path)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def error_of(answer):
    """What the answer says; a field that is 0 is not sent."""
    magic, _, kind = struct.unpack_from("=4sHH", answer)
    assert (magic, kind) == (b"SEKH", RECORDED), answer
    at = 8
    while at < len(answer):
        tag, length = struct.unpack_from("=HH", answer, at)
        if tag == 1:
            return struct.unpack_from("=I", answer, at + 4)[0]
        at += 4 + length
    return 0


class Tally:
    """What was expected, and how often it was so."""

    def __init__(self):
        self.passed = self.failed = 0

    def expect(self, what, truth, *facts):
        if truth:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: " + what, *facts)

    def end(self):
        print("%d passed, %d failed" % (self.passed, self.failed))
        return int(self.failed > 0)
