"""A serial line of the machine: what it says is read, logged and searched; what it gets is typed."""

import os
import re
import threading
import time


# All waits for something that has to come are this much longer than their tests say: several machines share the
# processors, which may be slow ones. A wait that ends with a failure costs time only then.
PATIENCE = int(os.environ.get("PATIENCE", "6"))


class LabError(Exception):
    """A wait that ended without what was waited for, or a step of the lab that failed."""


class Line:
    """One end of a socket pair whose other end is a serial port. A thread reads it all the time, so
    the machine never waits for us. Text that is not UTF-8 comes as surrogate escapes."""

    def __init__(self, sock, log):
        self.socket = sock
        self.log = open(log, "ab", buffering=0)
        self.news = threading.Condition()
        self.pending = b""
        self.history = b""
        self.closed = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                chunk = self.socket.recv(65536)
            except OSError:
                chunk = b""
            with self.news:
                if chunk:
                    self.log.write(chunk)
                    self.pending += chunk
                    self.history = (self.history + chunk)[-200000:]
                else:
                    self.closed = True
                self.news.notify_all()
            if not chunk:
                return

    def close(self):
        """The machine is gone."""
        self.socket.close()
        self.log.close()

    def send(self, text):
        """Types text as it is; Enter is \\r."""
        self.socket.sendall(text.encode("utf-8", "surrogateescape"))

    def expect(self, pattern, timeout=60):
        """Waits for a regular expression in what has not been consumed yet; returns the match and
        consumes up to its end."""
        wanted = re.compile(pattern, re.S)
        deadline = time.monotonic() + timeout * PATIENCE
        with self.news:
            while True:
                text = self.pending.decode("utf-8", "surrogateescape")
                match = wanted.search(text)
                if match:
                    self.pending = text[match.end():].encode("utf-8", "surrogateescape")
                    return match
                left = deadline - time.monotonic()
                if self.closed:
                    raise LabError("the machine ended while waiting for %r; it said last: %s" % (pattern, text[-800:]))
                if left <= 0:
                    raise LabError("no %r within %g s; it said last: %s" % (
                        pattern, timeout * PATIENCE, text[-800:]))
                self.news.wait(left)

    def take(self, pattern):
        """Like expect, without waiting; None where the pattern has not come."""
        try:
            return self.expect(pattern, 0)
        except LabError:
            return None

    def forget(self):
        """Drops what has come and was not looked at."""
        with self.news:
            self.pending = b""

    def tail(self, lines=60):
        """The last lines of all that came."""
        with self.news:
            text = self.history.decode("utf-8", "replace")
        return "\n".join(text.replace("\r", "").split("\n")[-lines:])
