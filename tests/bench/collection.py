"""A collector and senders on this machine's loopback, for `make bench-collection`: certificates, rsyslog with the file
that we ship, the processes and what they use."""

import glob
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time

PORT = 2514
NOFILE = 16384  # LimitNOFILE of Debian's rsyslog.service
TICK = os.sysconf("SC_CLK_TCK")


def run(*command, **options):
    """A command that must succeed; its output."""
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


class Process:
    """A program in the background, and what it uses."""

    started = []

    def __init__(self, *command, log=None, environment=None, files=None, pipe=False, group=False):
        def limit():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        with open(log or os.devnull, "a", encoding="utf-8") as out:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE if pipe else out, stderr=out, text=True,
                env=dict(os.environ, **(environment or {})), preexec_fn=limit, start_new_session=group)
        self.pid = self.process.pid
        Process.started.append(self)

    def kill(self, signal=9):
        """Ends it, if it has not ended, and waits for that."""
        if self.process.poll() is None:
            self.process.send_signal(signal)
        self.process.wait()

    def family(self):
        """It and what it has started, such as the collector's writing program."""
        pids = [self.pid]
        for path in glob.glob("/proc/%d/task/*/children" % self.pid):
            with open(path, encoding="ascii") as file:
                pids += [int(pid) for pid in file.read().split()]
        return pids

    def memory(self):
        """Proportional and private memory, KiB."""
        values = {}
        for pid in self.family():
            with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
                for line in file.readlines()[1:]:
                    key, value = line.split(":")
                    values[key] = values.get(key, 0) + int(value.split()[0])
        return values["Pss"], values["Private_Clean"] + values["Private_Dirty"]

    def seconds(self):
        """Of the processor, so far."""
        ticks = 0
        for pid in self.family():
            with open("/proc/%d/stat" % pid, encoding="ascii") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICK

    def descriptors(self):
        """How many are open."""
        return sum(len(os.listdir("/proc/%d/fd" % pid)) for pid in self.family())


class Collection:
    """The place for one run: certificates, rsyslog's programs, folders on the disk and in memory."""

    def __init__(self, build):
        self.build = build
        # On the disk that counts; /tmp may be memory.
        self.work = tempfile.mkdtemp(prefix="sekisho-bench-", dir="/var/tmp")
        self.memory = tempfile.mkdtemp(prefix="sekisho-bench-", dir="/dev/shm")
        above = os.path.dirname(build)
        self.tree = os.path.realpath(run("tests/host/rsyslog-tree", above).strip())
        self.libraries = os.path.dirname(glob.glob(self.tree + "/usr/lib/*/librelp.so.0")[0])
        self._certificates()

    def program(self, name):
        """One of ours in the folder of measurements."""
        return os.path.join(self.build, "tests", "bench", name)

    def path(self, name):
        """A file of this run's."""
        return os.path.join(self.work, name)

    def end(self):
        """Leaves nothing, whatever went wrong."""
        for process in Process.started:
            process.kill()
        shutil.rmtree(self.work)
        shutil.rmtree(self.memory)

    def _certificates(self):
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        quiet = {"stderr": subprocess.DEVNULL, "cwd": self.work}
        run("openssl", "req", "-x509", *new, "-subj", "/CN=Sekisho bench", "-days", "30", "-keyout", "authority.key",
            "-out", "authority.pem", **quiet)
        for name, subject in (("collector", "localhost"), ("terminal", "t1.terminal.sekisho.internal")):
            request = run("openssl", "req", *new, "-subj", "/CN=" + subject, "-keyout", name + ".key", "-addext",
                          "subjectAltName=DNS:" + subject, **quiet)
            run("openssl", "x509", "-req", "-CA", "authority.pem", "-CAkey", "authority.key", "-days", "30",
                "-copy_extensions", "copy", "-out", name + ".pem", input=request, **quiet)

    def identity(self):
        """Paths of authority, certificate and key of a terminal."""
        return [self.path(name) for name in ("authority.pem", "terminal.pem", "terminal.key")]

    def configure(self):
        """The file that we ship, with this run's places and program."""
        with open("packaging/collector/50-sekisho-collector.conf", encoding="utf-8") as file:
            text = file.read()
        text = text.replace("/etc/sekisho-collector", self.work).replace("/var/log/sekisho", self.path("log"))
        text = text.replace("/usr/libexec/sekisho", os.path.realpath(self.build))
        with open(self.path("collector.conf"), "w", encoding="utf-8") as file:
            file.write('global(workDirectory="%s")\n%s' % (self.work, text))

    def without_flushes(self):
        """A library in which fdatasync() does nothing."""
        library = self.path("without-flushes.so")
        if not os.path.exists(library):
            run("gcc", "-shared", "-fPIC", "-x", "c", "-o", library, "-",
                input="int fdatasync(int fd);\nint fdatasync(int fd)\n{\n\treturn (void)fd, 0;\n}\n")
        return library

    def rsyslog(self, configuration, sync=True):
        """rsyslog with one of our files; sync False: without flushes, to measure the rest."""
        return Process(self.tree + "/usr/sbin/rsyslogd", "-M", self.libraries + "/rsyslog", "-n",
                       "-f", self.path(configuration), "-i", self.path(configuration + ".pid"),
                       log=self.path(configuration + ".out"), files=NOFILE,
                       environment=dict({"LD_LIBRARY_PATH": self.libraries},
                                        **({} if sync else {"LD_PRELOAD": self.without_flushes()})))

    def collector(self, sync=True, empty=True):
        """A collector that listens."""
        if empty:
            shutil.rmtree(self.path("log"), ignore_errors=True)
        self.configure()
        process = self.rsyslog("collector.conf", sync)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", PORT), 1).close()
                return process
            except OSError:
                time.sleep(0.05)
        with open(self.path("collector.conf.out"), encoding="utf-8") as file:
            raise SystemExit("rsyslog does not listen: " + file.read())

    def judge(self, directory=None, *keys):
        """What the collector's judge says of all files: a dictionary of numbers, findings among them. keys: a folder of
        what checks the seals."""
        done = subprocess.run([self.program("judge_collected"), directory or self.path("log"), *keys], text=True,
                              stdout=subprocess.PIPE, check=False)
        lines = done.stdout.splitlines()
        if done.returncode > 1 or not lines:
            raise SystemExit("the collector's files can't be judged")
        for line in lines[:-1]:
            print("  " + line)
        return numbers(lines[-1])


def numbers(line):
    """ "a 1 b 2.5" as a dictionary."""
    words = line.split()
    return {key: float(value) for key, value in zip(words[::2], words[1::2])}


class Arrivals:
    """How many lines have come to the collector's files."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}
        self.lines = 0

    def count(self):
        """So far."""
        for path in glob.glob(self.folder + "/*/*.log"):
            if path not in self.files:
                self.files[path] = open(path, "rb")  # pylint: disable=consider-using-with
            while True:
                bytes_read = self.files[path].read(1 << 20)
                if not bytes_read:
                    break
                self.lines += bytes_read.count(b"\n")
        return self.lines
