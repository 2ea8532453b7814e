"""The doors of a desktop: polkit's pkexec, a locker that is no root's; the real programs, with a key."""

import desktop
from test_install import FACTORS, PASSWORD, PIN, plug_key, tell_key
from test_login import WRONG_PIN, prepared
from test_otp import Doors, configure
from test_pairs import at_desktop

SETTINGS = "[Auth]\\nKeyWaitSeconds=5\\n"
WRONG_PASSWORD = [("Password: ", "wrong")]
ENDED = "(?s)(?P<said>.*?)ended=(?P<status>\\d+)"
# A helper without devices and with no network but local sockets: the sandbox of polkit 127 (polkit-agent-helper@.service).
SANDBOX = "-p PrivateDevices=yes -p PrivateNetwork=yes -p RestrictAddressFamilies=AF_UNIX -p ProtectSystem=strict -p ProtectHome=yes"
# The agent's terminal is a pty of script(1), whose other end is a pipe and a file.
AGENT = """rm -f /run/agent.in; mkfifo /run/agent.in; : >/run/agent.out; chmod 666 /run/agent.out
systemd-run -q --unit=agent.service {sandbox} -p ReadWritePaths=/run -p StandardInput=null sh -c \
	'sleep 1000 >/run/agent.in & exec script -qfc "setpriv --reuid=hanako --regid=hanako --init-groups pkttyagent --process {pid}" \
	/run/agent.out </run/agent.in'
for try in $(seq 100); do pgrep -x pkttyagent >/dev/null && exit 0; sleep 0.3; done; journalctl -n 20 -u agent; exit 1"""


def both(dialog):
    """Without what is not typed: a touch."""
    return [(question, text) for question, text in dialog if text is not None]


def program(vm, name, text):
    """Puts a script below /lab."""
    vm.output("cat >/lab/%s <<'END'\n%sEND\nchmod 755 /lab/%s" % (name, text, name))


def others_key(vm):
    """Taro's key is plugged in, hanako's is not."""
    tell_key(vm, "unplug")
    plug_key(vm, "his")
    vm.output("echo 246810 | setsid sekisho key add taro")


# udisks' action as a desktop has it, here for everybody, and our rule, which refuses it to the seat's person (tests/vm/udisks.py).
LOOP = """cat >/usr/share/polkit-1/actions/lab.policy <<'END'
<policyconfig><action id="org.freedesktop.udisks2.loop-setup"><description>-</description><message>-</message><defaults>
<allow_any>yes</allow_any><allow_inactive>yes</allow_inactive><allow_active>yes</allow_active></defaults></action></policyconfig>
END"""
RULE = "/usr/share/polkit-1/rules.d/40-sekisho.rules"


def makes_no_disk_of_a_file(vm):
    """polkit refuses hanako what makes a file a disk. Control: without our rule it doesn't."""
    asked = "pkcheck -a org.freedesktop.udisks2.loop-setup -p %d" % int(vm.console.run("echo $$")[1])
    status, said = vm.run(asked)
    assert status == 1 and "Not authorized" in said, said
    vm.output("mv %s /root/" % RULE)
    vm.until(asked, 20)
    vm.output("mv /root/40-sekisho.rules " + RULE)


# The agent that pkexec brings itself was seen to fail here ("No session for cookie") after both factors were right and accepted, in
# polkit itself; people use one of a process of its own, as desktops do.
PKEXEC = """#!/bin/bash
ready=/tmp/ready.$$; mkfifo $ready
pkttyagent --process $$ --notify-fd 8 8>$ready &
cat $ready; rm $ready
pkexec --disable-internal-agent "$@"; status=$?
kill $!; exit $status
"""


def pkexec(vm, doors, dialog, reason):
    """In hanako's session at the console; what was said."""
    vm.console.send("/lab/pkexec id -un; echo end''ed=$?\r")
    for question, answer in dialog:
        vm.console.expect(question, 90)
        # The agent drops what is typed before it has switched the echo off.
        vm.until("stty -a -F /dev/ttyS0 | grep -qw -e -echo")
        vm.console.send(answer + "\r")
    match = vm.console.expect(ENDED, 90)
    came_in = match.group("status") == "0" and "root" in match.group("said")
    doors.outcome("hanako", "polkit-1", reason, came_in, reason is None, match.group("said"))
    return match.group("said")


def ask_of_agent(vm, answers):
    """Answers what an agent that stands elsewhere asks."""
    for question, answer in answers:
        vm.until("grep -q '%s' /run/agent.out && stty -a -F $(readlink /proc/$(pgrep -x pkttyagent)/fd/0) | grep -qw -e -echo" % question, 60)
        vm.output(": >/run/agent.out; echo '%s' >/run/agent.in" % answer)


def sandboxed(vm, doors):
    """An agent, and so its setuid helper, that sees no device and has local sockets alone."""
    pid = int(vm.console.run("echo $$")[1])
    vm.output(AGENT.format(sandbox=SANDBOX, pid=pid))
    for pin, password, reason in (("246810", "Hanako-2026", None), ("135791", "Hanako-2026", "pin-wrong"),
                                  ("246810", "wrong", "password")):
        vm.console.send("pkexec --disable-internal-agent id -un; echo end''ed=$?\r")
        ask_of_agent(vm, [("PIN", pin), ("Password: ", password)])
        match = vm.console.expect(ENDED, 90)
        came_in = match.group("status") == "0" and "root" in match.group("said")
        doors.outcome("hanako", "polkit-1", reason, came_in, reason is None, match.group("said") + vm.output("cat /run/agent.out"))
    seen = vm.output("nsenter -t $(pgrep -x pkttyagent) -m ls /dev; grep Seccomp: /proc/$(pgrep -x pkttyagent)/status")
    assert "hidraw" not in seen and "Seccomp:\t2" in seen, seen
    vm.output("systemctl stop agent.service")


def test_A01_polkit():
    """A-01, A-02: pkexec with polkit's agent at the console, and with a sandboxed one, opens with both factors; each alone, a wrong one, two of one kind, another's key do not; udisks may make a file no disk"""
    with prepared() as vm:
        doors = Doors(vm)
        configure(vm, SETTINGS)
        desktop.put_polkit(vm)
        vm.output(LOOP)
        program(vm, "pkexec", PKEXEC)
        vm.console.log_in("hanako", FACTORS)
        doors.outcome("hanako", "login", None, True, True, "")
        assert vm.console.run("stat -c %A%U /usr/lib/polkit-1/polkit-agent-helper-1")[1].strip() == "-rwsr-xr-xroot"
        pkexec(vm, doors, FACTORS, None)
        pkexec(vm, doors, [WRONG_PIN] + PASSWORD, "pin-wrong")
        pkexec(vm, doors, [PIN] + WRONG_PASSWORD, "password")
        sandboxed(vm, doors)
        makes_no_disk_of_a_file(vm)
        at_desktop(vm, lambda second, password, reason: pkexec(
            vm, doors, both([("one-time code.*?: ", second), ("Password: ", password)]), reason), "polkit-1")
        configure(vm, SETTINGS)
        others_key(vm)
        pkexec(vm, doors, FACTORS, "other-key")
        tell_key(vm, "unplug", "his")
        pkexec(vm, doors, [("S-2101.*?Password: ", "Hanako-2026")], "no-key")
        tell_key(vm, "plug")
        # A terminal set to Japanese, as systemd hands it on at the start; the helper's own environment is empty.
        vm.output("systemctl set-environment LANG=ja_JP.UTF-8; systemctl restart sekisho-authd.service")
        pkexec(vm, doors, [("認証キーのPIN.*?: ", PIN[1])] + PASSWORD, None)
        doors.check_journal()
        assert vm.run("sekisho verify")[0] == 0


DISPLAY = "DISPLAY=:9"
PIN_ASKED = "認証キーのPIN"
LOCKER_SERVICE = "common-auth"	# Debian's xsecurelock brings no file of its own
JAPANESE = "LANG=ja_JP.UTF-8 "
# Hanako's session has a screen and a locker; what is asked and answered is written down on its way between xsecurelock's PAM
# application and the window.
ASK = """#!/bin/bash
set -o pipefail
/usr/libexec/xsecurelock/authproto_pam < <(tee -a /run/screen/answered) | tee -a /run/screen/asked
"""
LOCK = JAPANESE + DISPLAY + " XSECURELOCK_AUTHPROTO=/lab/ask XSECURELOCK_SAVER=saver_blank xsecurelock -- touch /run/screen/locked; echo end''ed=$?\r"


def start_screen(vm):
    """Hanako's, in the session at the console."""
    desktop.put_screen(vm)
    vm.console.run("(setsid Xvfb :9 -screen 0 1024x400x24 -nolisten tcp -fbdir /run/screen >/run/screen/log 2>&1 </dev/null &)")
    vm.until("%s xdotool getdisplaygeometry" % DISPLAY, 60)


def lock(vm):
    """Locks the screen, and wakes the locker."""
    vm.output("cd /run/screen; : >asked; : >answered; chmod 666 asked answered")
    vm.console.send(LOCK)
    vm.until("test -e /run/screen/locked", 60)
    vm.output("%s xdotool key space" % DISPLAY)


def give(vm, answer):
    """Types an answer. The window drops keys while it shows what was told before: then it is typed again."""
    for _ in range(5):
        vm.output("sleep 2; : >/run/screen/asked; %s xdotool key ctrl+u" % DISPLAY)
        desktop.type_text(vm, DISPLAY, answer)
        if vm.run("for try in $(seq 40); do test -s /run/screen/answered && break; sleep 0.2; done; test -s /run/screen/answered")[0] == 0:
            break
    assert vm.output("tail -n 1 /run/screen/answered; : >/run/screen/answered") == answer


def unlock(vm, doors, answers, reason, path=None):
    """Answers what the locker asks; after a refusal it begins again by itself. The first picture of the dialog goes to path."""
    for question, answer in answers:
        said = vm.until("grep '%s' /run/screen/asked" % question, 90)
        if path:
            desktop.picture(vm, path)
            path = None
        give(vm, answer)
    if reason is None:
        assert vm.console.expect(ENDED, 90).group("status") == "0"
    else:
        # After three rounds it waits for a key, which give() takes out again.
        vm.until("grep '%s' /run/screen/asked || { %s xdotool key space; false; }" % (answers[0][0], DISPLAY), 90)
        assert vm.run("pgrep -x xsecurelock")[0] == 0, said
    doors.outcome("hanako", LOCKER_SERVICE, reason, True, True, said)


def at_locker(vm, doors, second, password, reason):
    """Once, with the screen locked for it, if it is not."""
    if vm.run("pgrep -x xsecurelock")[0] != 0:
        lock(vm)
    unlock(vm, doors, both([("トークン", second), ("Password", password)]), reason)


# The locker's PAM application, without its window: what is said is printed, and each secret asked for is the next argument. The
# window itself drops what is typed while it shows that no key is there.
ALONE = """#!/bin/bash
LC_ALL=C # lengths are bytes
coproc DOOR { exec /usr/libexec/xsecurelock/authproto_pam; }
door=$DOOR_PID
exec {from}<&"${DOOR[0]}" {to}>&"${DOOR[1]}"
while read -r kind length <&$from; do
	IFS= read -r -N "$length" text <&$from && read -r _ <&$from
	echo "$kind $text"
	[ "$kind" = P ] || continue
	printf 'p %d\\n%s\\n' ${#1} "$1" >&$to
	shift
done
wait $door
"""


def alone(vm, doors, answers, reason):
    """The locker's PAM application in hanako's session, which asks three times in all; what it said."""
    status, said = vm.console.run("LANG=ja_JP.UTF-8 %s /lab/alone %s" % (DISPLAY, " ".join(3 * answers)), 90)
    for _ in range(3 if reason else 1):
        doors.outcome("hanako", LOCKER_SERVICE, reason, status == 0, reason is None, said)
    return said


def test_A02_locker():
    """A-01, A-02: a locker that runs as its user asks in Japanese, opens with both factors, and stays shut with one, a wrong one, two of one kind, without a key and with another's"""
    words = [(PIN_ASKED, PIN[1]), ("Password", "Hanako-2026")]
    with prepared() as vm:
        doors = Doors(vm)
        configure(vm, SETTINGS)
        program(vm, "ask", ASK)
        program(vm, "alone", ALONE)
        desktop.put(vm, desktop.tree("locker", desktop.LOCKER))
        vm.console.log_in("hanako", FACTORS)
        doors.outcome("hanako", "login", None, True, True, "")
        start_screen(vm)
        lock(vm)
        unlock(vm, doors, [(PIN_ASKED, "135791")] + words[1:], "pin-wrong", desktop.PICTURES + "/locker.png")
        unlock(vm, doors, words[:1] + [("Password", "wrong")], "password")
        unlock(vm, doors, words, None)
        at_desktop(vm, lambda second, password, reason: at_locker(vm, doors, second, password, reason), LOCKER_SERVICE)
        configure(vm, SETTINGS)
        assert PIN_ASKED in alone(vm, doors, [PIN[1], "Hanako-2026"], None)
        alone(vm, doors, [PIN[1], "wrong"], "password")
        others_key(vm)
        alone(vm, doors, [PIN[1], "Hanako-2026"], "other-key")
        tell_key(vm, "unplug", "his")
        assert "S-2101" in alone(vm, doors, ["Hanako-2026"], "no-key")
        tell_key(vm, "plug")
        alone(vm, doors, [PIN[1], "Hanako-2026"], None)
        granted = doors.check_journal()
        assert granted[-1]["fields"]["caller"] == vm.output("id -u hanako"), granted[-1]
        assert vm.run("sekisho verify")[0] == 0
