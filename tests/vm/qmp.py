"""QEMU's control connection (QMP): commands, jobs and events."""

import json
import time

from line import PATIENCE, LabError

ANSWER_SECONDS = 180


class Qmp:
    """Speaks on one end of a socket pair. Events are kept until somebody waits for them."""

    def __init__(self, sock):
        self.socket = sock
        self.buffer = b""
        self.events = []
        self._next(ANSWER_SECONDS)
        self("qmp_capabilities")

    def _next(self, timeout):
        deadline = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                chunk = self.socket.recv(65536)
            except OSError:
                raise LabError("QEMU did not answer within %g s" % timeout) from None
            if not chunk:
                raise LabError("QEMU ended")
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\n", 1)
        message = json.loads(line)
        if "event" in message:
            self.events.append(message)
        return message

    def __call__(self, command, arguments=None, **more):
        """Runs a command. Arguments come as a dictionary, or by keyword with _ for -."""
        arguments = dict(arguments or {}, **{name.replace("_", "-"): value for name, value in more.items()})
        request = json.dumps({"execute": command, "arguments": arguments}) + "\n"
        self.socket.settimeout(ANSWER_SECONDS)
        self.socket.sendall(request.encode())
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            message = self._next(deadline - time.monotonic())
            if "error" in message:
                raise LabError("%s: %s" % (command, message["error"]["desc"]))
            if "return" in message:
                return message["return"]

    def wait_event(self, name, timeout=60, **data):
        """The first event of that name whose data agree; it and the events before it are dropped."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            for index, event in enumerate(self.events):
                found = event.get("data", {})
                if event["event"] == name and all(found.get(key) == value for key, value in data.items()):
                    del self.events[:index + 1]
                    return event
            self._next(deadline - time.monotonic())

    def job(self, command, timeout=120, **arguments):
        """Runs a command that is a job, to its end."""
        identity = "job%d" % time.monotonic_ns()
        self(command, job_id=identity, **arguments)
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            job = next(job for job in self("query-jobs") if job["id"] == identity)
            if job["status"] == "concluded":
                self("job-dismiss", id=identity)
                if "error" in job:
                    raise LabError("%s: %s" % (command, job["error"]))
                return
            if time.monotonic() > deadline:
                raise LabError("%s did not end within %g s" % (command, timeout * PATIENCE))
            time.sleep(0.05)
