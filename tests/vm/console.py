"""The person's console on ttyS0: log-in dialogs with login(1), and commands in the session after them."""

import uuid

from line import Line

PROMPT = r"login: "
SHELL = r"[\w@:~/-]+[$#] "


class Console(Line):
    """A dialog is a list of (pattern of what the machine asks, answer). Answers end with Enter."""

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
