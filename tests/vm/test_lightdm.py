"""LightDM's GTK greeter on a terminal set to Japanese, with a key."""

import desktop
from test_desktop import SETTINGS, both, others_key, program
from test_install import PIN, tell_key
from test_login import prepared
from test_otp import Doors, configure
from test_pairs import at_desktop

# LightDM starts Xvfb in place of Xorg, whose words for a text console it does not know.
XSERVER = """#!/bin/bash
words=()
for word; do case $word in vt*|-novtswitch) ;; *) words+=("$word");; esac; done
exec Xvfb "${words[@]}" -screen 0 1024x600x24 -fbdir /run/screen
"""
# A session bus for the greeter, as dbus-user-session brings it, so that what it shows can be read.
GREETER = '#!/bin/sh\nexec dbus-run-session -- "$@"\n'
SESSION = "#!/bin/sh\necho $(id -un) $DISPLAY $LANG >/run/screen/session\nexec sleep 1000\n"
LIGHTDM = """[LightDM]
logind-check-graphical=false
[Seat:*]
xserver-command=/lab/xserver
greeter-wrapper=/lab/greeter
session-wrapper=/lab/session
"""
# What stands in the greeter's window, as a screen reader is told: "name" or "secret" where that entry takes what is typed, and
# the labels. A role is a bit each (Atspi.Role), and so is a state (Atspi.StateType).
WORDS = r"""#!/bin/bash
bus=unix:path=$(ls /run/user/$(id -u lightdm)/at-spi/bus* | head -1)
root=/org/a11y/atspi/accessible/root
ask() { setpriv --reuid=lightdm --regid=lightdm --clear-groups busctl --address=$bus "$@"; }
name=$(ask list --no-legend | awk '$3 ~ /lightdm-gtk-gre/ {print $1; exit}')
find() {
	ask call $name $root org.a11y.atspi.Collection GetMatches '(aiia{ss}iaiiasib)uib' 2 $3 0 1 0 1 4 $1 $2 0 0 2 0 1 false 1 0 true |
		grep -o '/org/a11y/atspi/accessible/[0-9]*'
}
typed=$((1 << 12 | 1 << 24)) shown=$((1 << 25))
[ "$(find 0 $((1 << 61 - 32)) $typed)" ] && echo name
[ "$(find 0 $((1 << 40 - 32)) $typed)" ] && echo secret
for label in $(find $((1 << 29)) 0 $shown); do
	ask --json=short get-property $name $label org.a11y.atspi.Accessible Name
done
"""
# A code is shown as it is typed, in the entry that takes the name as well.
CODE = "トークン"
SHOWN = {CODE: "name"}
NAMELESS = "/lab/words >/run/words 2>/dev/null; grep -qx name /run/words && ! grep -q %s /run/words" % CODE
ROOT_DISPLAY = "DISPLAY=:0 XAUTHORITY=/run/lightdm/root/:0"


def start_lightdm(vm):
    """LightDM with its GTK greeter, on a terminal set to Japanese."""
    desktop.put_screen(vm)
    desktop.put_lightdm(vm)
    for name, text in (("xserver", XSERVER), ("greeter", GREETER), ("session", SESSION), ("words", WORDS), ("lightdm.conf", LIGHTDM)):
        program(vm, name, text)
    vm.output("cp /lab/lightdm.conf /etc/lightdm/lightdm.conf.d/; echo LANG=ja_JP.UTF-8 >/etc/default/locale; "
              "systemctl set-environment LANG=ja_JP.UTF-8; systemctl start lightdm.service")


def ask(vm, entry, wanted):
    """Waits until an entry takes what is typed and the words stand beside it."""
    return vm.until("/lab/words >/run/words 2>&1; cat /run/words; grep -qx %s /run/words && grep -q '%s' /run/words" % (entry, wanted), 90)


def answer(vm, text):
    desktop.type_text(vm, ROOT_DISPLAY, text)


def refused(vm, doors, dialog, reason):
    """One round of questions, after which the greeter begins again by itself."""
    for wanted, text in dialog:
        said = ask(vm, SHOWN.get(wanted, "secret"), wanted)
        answer(vm, text)
    doors.outcome("hanako", "lightdm", reason, vm.run("test -e /run/screen/session")[0] == 0, False, said)


def came_in(vm, doors):
    """The session is hanako's, and in Japanese."""
    assert vm.until("cat /run/screen/session", 90) == "hanako :0 ja_JP.UTF-8"
    doors.outcome("hanako", "lightdm", None, True, True, "")


def leave(vm):
    """The session ends, and the greeter asks for a name."""
    vm.output("pkill -u hanako -x sleep; rm /run/screen/session")
    ask(vm, "name", "")


def at_greeter(vm, doors, second, password, reason):
    """Once, from the name on where that is asked for."""
    if vm.run("test -e /run/screen/session")[0] == 0:
        leave(vm)
    if vm.run(NAMELESS)[0] == 0:
        answer(vm, "hanako")
    # A refusal may stand in the place of what is asked; the password, asked for first, as behind a touch, is shown without a word.
    dialog = both([(CODE, second), (r"Password\|確認できませんでした" if second else "", password)])
    if reason:
        refused(vm, doors, dialog, reason)
        vm.output("sleep 1")	# the entry takes nothing now, until it is asked for again
        return
    for wanted, text in dialog:
        ask(vm, SHOWN.get(wanted, "secret"), wanted)
        answer(vm, text)
    came_in(vm, doors)


def test_A01_O06_lightdm():
    """A-01, A-02, O-06: LightDM's greeter shows each question and refusal in Japanese, and opens with both factors, with none alone and no two of one kind"""
    with prepared() as vm:
        doors = Doors(vm)
        start_lightdm(vm)
        ask(vm, "name", "")
        at_desktop(vm, lambda second, password, reason: at_greeter(vm, doors, second, password, reason), "lightdm")
        configure(vm, SETTINGS + "PinSeconds=120\\n")
        leave(vm)
        answer(vm, "hanako")
        said = ask(vm, "secret", "認証キーのPIN")
        assert "S-2003" in said and "タッチしてください" in said, said
        desktop.picture(vm, desktop.PICTURES + "/lightdm.png")
        refused(vm, doors, [("S-2003", "135791"), ("S-2105.*PINが一致しませんでした", "Hanako-2026")], "pin-wrong")
        ask(vm, "secret", "S-2003")
        answer(vm, PIN[1])
        ask(vm, "secret", "Password")
        tell_key(vm, "unplug")
        refused(vm, doors, [("Password", "wrong")], "password")
        ask(vm, "secret", "S-2101")
        tell_key(vm, "plug")
        refused(vm, doors, [("S-2101", "Hanako-2026")], "no-key")
        others_key(vm)
        ask(vm, "secret", "S-2003")
        refused(vm, doors, [("S-2003", PIN[1]), ("S-2103.*ここでは使用できません", "Hanako-2026")], "other-key")
        tell_key(vm, "unplug", "his")
        tell_key(vm, "plug")
        ask(vm, "secret", "S-2003")
        answer(vm, PIN[1])
        ask(vm, "secret", "Password")
        answer(vm, "Hanako-2026")
        came_in(vm, doors)
        doors.check_journal()
        assert vm.run("sekisho verify")[0] == 0
