"""The person's console: log-in dialogs with login(1), and commands in the session after them."""

import re
import time
import uuid

from line import PATIENCE, Line, LabError

PROMPT = r"login: "
SHELL = r"[\w@:~/-]+[$#] "


class Console(Line):
    """On ttyS0. A dialog is a list of (pattern of what the machine asks, answer). Answers end with Enter."""

    def prompt(self, timeout=120):
        """Brings up a fresh log-in prompt."""
        self.forget()
        self.send("\r")
        self.expect(PROMPT, timeout)

    def answer(self, dialog, timeout=60):
        """Waits for each question in turn and answers it."""
        for question, reply in dialog:
            self.expect(question, timeout)
            self.send(reply + "\r")

    def log_in(self, user, dialog, timeout=60):
        """From a fresh prompt to the person's shell."""
        self.prompt()
        self.send(user + "\r")
        self.answer(dialog, timeout)
        self.expect(SHELL, timeout)

    def refused(self, user, dialog, timeout=60):
        """A log-in that must be refused: returns what was said between the last answer and the refusal.
        A shell that comes instead is an assertion error."""
        self.prompt()
        self.send(user + "\r")
        self.answer(dialog, timeout)
        match = self.expect("(?P<said>.*?)(?:Login incorrect|login: $|(?P<shell>%s)$)" % SHELL, timeout)
        assert not match.group("shell"), "%s was let in: %s" % (user, match.group(0))
        return match.group("said")

    def run(self, command, timeout=60):
        """Runs a command in the session: (exit status, output)."""
        mark = uuid.uuid4().hex
        self.forget()
        self.send('echo %s""%s; %s; echo "%s"":$?:"\r' % (mark[:8], mark[8:], command, mark))
        match = self.expect(r"%s\r?\n(.*?)%s:(\d+):" % (mark, mark), timeout)
        self.expect(SHELL, timeout)
        return int(match.group(2)), match.group(1).replace("\r\n", "\n")

    def log_out(self, timeout=60):
        """Ends the session; a new prompt is there afterwards."""
        self.send("\rexit\r")
        self.expect(PROMPT, timeout)


class ScreenConsole(Console):
    """On tty1, a screen of the seat: what stands there is read, what the person types goes to the keyboard. White space
    of any length is one blank."""

    def __init__(self, vm):
        self.vm = vm
        self.seen = ""

    def fresh(self):
        """An empty screen with a log-in prompt."""
        self.seen = ""
        self.vm.output("systemctl restart getty@tty1.service")
        self.vm.press("ctrl", "alt", "f1")
        self.expect(PROMPT)

    def _text(self):
        rows = self.vm.screen_text().split("\n")
        return re.sub(r"\s+", " ", "".join(row if len(row) == 80 else row + "\n" for row in rows).rstrip() + " ")

    def send(self, text):
        self.vm.type_text(text.replace("\r", "\n"))

    def expect(self, pattern, timeout=60):
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            text = self._text()
            old = len(self.seen) if text.startswith(self.seen.rstrip()) else 0
            match = re.compile(pattern, re.S).search(text, min(old, len(text)))
            if match:
                self.seen = text[:match.end()]
                return match
            if time.monotonic() > deadline:
                raise LabError("no %r within %g s; the screen shows: %s" % (pattern, timeout * PATIENCE, text))
            time.sleep(0.3)

    def forget(self):
        self.seen = self._text()
