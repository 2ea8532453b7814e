"""A-01, A-13: two factors of one kind open no door, and no line of the policy can ask for them."""

import test_otp
from test_install import PIN, plug_key, tell_key
from test_login import prepared

import database

TARO = test_otp.PASSWORDS["taro"]
SETTINGS = ("[Auth]\\nFactors=%s\\nUserVerification=roster\\nWrongAnswers=100\\nSinglePrompt=postgresql\\n"
            "ServiceUsers=postgres\\n")
BOTH = "key, otp"
DESKTOP = "[Auth]\\nKeyWaitSeconds=5\\nUserVerification=roster\\nWrongAnswers=100\\n[Service %s]\\nFactors=%s\\n"
# Taro has codes, a key that wants a touch alone, and a password; sudo asks once.
SUDO = "echo 'taro ALL=(ALL) ALL' >/etc/sudoers.d/taro; echo 'Defaults passwd_tries=1' >/etc/sudoers.d/once"
YES = "yes"
# sshd shows what is told of the touch with its next question, which is the one for the password.
ASK = test_otp.ASK.replace("*S-2*", "*one-time*")


class Doors(test_otp.Doors):
    """Each door is tried with what is given for the second factor, None where a touch is all, and in the place of the password."""

    def login(self, second, password, reason):
        """login(1) at the console."""
        dialog = [("Password: ", password)]
        if second is not None:
            dialog.insert(0, ("one-time code.*?: ", second))
        if reason is None:
            self.vm.console.log_in("taro", dialog)
            self.vm.console.log_out()
        else:
            self.vm.console.refused("taro", dialog, 90)
            self.vm.output("systemctl restart serial-getty@ttyS0.service")
        self.outcome("taro", "login", reason, True, True, "")

    def piped(self, caller, service, command, answers, reason):
        """A program that reads its answers from a pipe, and says who one is then."""
        given = " ".join("'%s'" % answer for answer in answers if answer is not None)
        status, said = self.vm.run_as(caller, "printf '%%s\\n' %s | %s 2>&1" % (given, command))
        came_in = status == 0 and said.rstrip().endswith("taro" if service == "su" else "root")
        self.outcome("taro", service, reason, came_in, reason is None, said)

    def su(self, second, password, reason):
        """From hanako's session."""
        self.piped("hanako", "su", "su taro -c 'id -un'", (second, password), reason)

    def sudo(self, second, password, reason):
        """In taro's session."""
        self.piped("taro", "sudo", "sudo -S id -un", (second, password), reason)

    def sshd(self, second, password, reason):
        """With a public key as well, which is one more thing that one has; a key of the terminal is there after a yes alone."""
        self.ssh("taro", YES if second is None else second, password, reason)

    def postgresql(self, second, password, reason):
        """Both in one answer."""
        self.database("taro", password + second, reason)


def by_code(door, codes, user):
    """A door that takes a code: no two of one kind, in whatever place; then both kinds."""
    password = test_otp.PASSWORDS[user]
    # Known and known: the password twice; a key's PIN, which looks like a code, and the password.
    door(password, password, "otp-malformed")
    door(PIN[1], password, "otp-wrong")
    # Had and had: two codes, both good.
    door(codes.counted(user), test_otp.hotp(test_otp.SEEDS[user], codes.counter), "password")
    door(codes.counted(user), password, None)


def touch_only(vm, name, user):
    """A key more, which wants no PIN, is there alone."""
    tell_key(vm, "unplug")
    plug_key(vm, name)
    vm.output("echo 246810 | setsid sekisho key add --touch-only " + user)


def by_touch(door, codes, user):
    """A door that takes a key: had and had are a touch and a code; then both kinds."""
    door(None, codes.counted(user), "password")
    door(None, test_otp.PASSWORDS[user], None)


def at_desktop(vm, door, service):
    """A door of a desktop's, with hanako's codes, then with her key."""
    codes = test_otp.Codes(vm)
    test_otp.configure(vm, DESKTOP % (service, "otp"))
    codes.enrol("hanako", "--hotp", codes.counted("hanako"))
    by_code(door, codes, "hanako")
    touch_only(vm, "second", "hanako")
    test_otp.configure(vm, DESKTOP % (service, "key"))
    by_touch(door, codes, "hanako")
    tell_key(vm, "unplug", "second")
    tell_key(vm, "plug")


def by_policy(vm, doors):
    """A line that asks for two of one kind is told by the checker, with its place, and opens nothing."""
    for door, (line, words) in zip((doors.login, doors.su, doors.sudo, doors.sshd), (
            ("key+otp", "two things one has"), ("otp+otp", "two things one has"), ("password+pin", "two things one knows"),
            ("finger+finger", "two things one is"))):
        test_otp.configure(vm, SETTINGS % line)
        for command, wanted in (("sekisho check login", 2), ("sekisho explain login taro sshd", 1)):
            status, _ = vm.run(command + " >/dev/null 2>&1")
            said = vm.sentences(command + " 2>&1")
            assert status == wanted and "codes.conf:2" in said and words in said, (command, status, said)
        door(None, TARO, "configuration")


def test_A01_A13_one_kind():
    """A-01, A-13: at login, su, sudo, sshd and PostgreSQL the password twice, PIN and password, two codes, touch and code, two keys open nothing; the checker refuses a line that asks for them"""
    with prepared() as vm:
        codes = test_otp.Codes(vm)
        doors = Doors(vm)
        tell_key(vm, "unplug")
        test_otp.configure(vm, SETTINGS % BOTH)
        codes.enrol("taro", "--hotp", codes.taro())
        vm.output(SUDO)
        vm.output("cat >/lab/ask <<'END'\n%sEND" % ASK)
        vm.output(test_otp.SSHD)
        database.start(vm)
        for door in (doors.login, doors.su, doors.sudo, doors.sshd, doors.postgresql):
            by_code(door, codes, "taro")
        touch_only(vm, "his", "taro")
        tell_key(vm, "plug")
        for door in (doors.login, doors.su, doors.sudo, doors.sshd):
            by_touch(door, codes, "taro")
            # Had and had: two keys.
            door(None, "", "password")
        by_policy(vm, doors)
        doors.check_journal()
        assert vm.run("sekisho verify")[0] == 0
