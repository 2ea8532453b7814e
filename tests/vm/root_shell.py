"""The root shell of the tests on ttyS1, in system.slice; its other end is guest/lab-shell."""

import re
import shlex
import time
import uuid

from line import PATIENCE, LabError, Line

ASK_AGAIN = 3	# seconds after which a shell that did not answer yet is asked once more
SECONDS = 120	# for a command, unless the test says otherwise


def escape(command):
    """Writes a command for printf's %b: everything but plain characters as octal bytes."""
    return re.sub(rb"[^\w./:=,@+-]", lambda match: b"\\0%03o" % match.group()[0], command.encode()).decode()


class RootShell(Line):
    """Each command is a bash of its own; nothing carries over from one to the next."""
    answered = False

    def run(self, command, timeout=SECONDS, check=False):
        """Runs a command: (exit status, output). Status 124: it reached its deadline. check: any status
        but 0 is an error."""
        mark = uuid.uuid4().hex
        self.send("%s %d %s\n" % (mark, timeout * PATIENCE, escape(command)))
        match = self.expect("%s<(.*)%s>(\\d+)\n" % (mark, mark), timeout + 30)
        status, output = int(match.group(2)), match.group(1)
        if check and status != 0:
            raise LabError("exit status %d of %s: %s" % (status, command, output[-2000:]))
        return status, output

    def output(self, command, timeout=SECONDS):
        """The output, without surrounding blanks, of a command that must succeed."""
        return self.run(command, timeout, check=True)[1].strip()

    def until(self, command, timeout=60):
        """Repeats a command until it succeeds; returns its output."""
        deadline = time.monotonic() + timeout * PATIENCE
        pause = 0.2
        while True:
            status, output = self.run(command, timeout)
            if status == 0:
                return output.strip()
            if time.monotonic() > deadline:
                raise LabError("still failing after %g s: %s: %s" % (timeout * PATIENCE, command, output[-2000:]))
            # Each try takes its part of the one emulated processor, from what is waited for too.
            time.sleep(pause)
            pause = min(3, 1.3 * pause)

    def run_as(self, user, command, timeout=SECONDS):
        """Runs a command in user.slice as somebody logged in would (root too): (exit status, output)."""
        return self.run("systemd-run -q --wait --pipe --collect --slice=user.slice --uid=%s bash -c %s" % (
            user, shlex.quote(command)), timeout)

    def wait(self, timeout=240):
        """Until the shell answers at all."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            mark = uuid.uuid4().hex
            self.send("\n%s 5 :\n" % mark)
            # What is sent before the line is set up is lost: asked again soon, and answered once more at most by each.
            try:
                self.expect(mark + ">0\n", ASK_AGAIN / PATIENCE)
                self.answered = True
                return
            except LabError:
                if self.closed or time.monotonic() > deadline:
                    raise
