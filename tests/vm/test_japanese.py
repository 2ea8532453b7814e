"""What staff and IT read on a terminal set to Japanese. Its console is a serial line: the kernel's own text console has
no glyphs for kanji and stays English, as language_japanese() decides."""

import base64
import re
import unicodedata

from test_install import FACTORS, PASSWORD, PIN, tell_key
from test_login import WRONG_PIN, prepared, said

PROMPT = "認証キーのPIN.*?: "
# The lab has no ja_JP locale compiled; gettext takes the language from LANGUAGE all the same.
JAPANESE = "LC_ALL=C.UTF-8 LANGUAGE=ja "
ENGLISH = "LC_ALL=C.UTF-8 "
COMMANDS = ("sekisho help", "sekisho status", "sekisho devices", "sekisho explain 1-1", "sekisho why", "sekisho events", "sekisho verify",
            "sekisho key list", "sekisho key show %s", "sekisho key revoke 0123456789abcdef", "sekisho explain 9-9",
            "sekisho otp remove taro", "sh -c '(echo 000000; echo 000000) | sekisho otp add taro 2>&1'",
            "sekisho import /tmp/april.csv", "sekisho import /tmp/right.csv", "sekisho import u2f_keys /tmp/u2f_keys",
            "sekisho doctor", "sekisho check exits", "sekisho check login")
# Usage lines are the same in both languages but for their words.
USAGE = ("sekisho help policy",)
# What fits a terminal of 80 columns.
NARROW = USAGE + ("sekisho doctor", "sekisho check exits", "sekisho check login", "sekisho why", "sekisho import /tmp/april.csv")
# A personnel list as Excel saves it in Japan, with a wrong line or two, and one without; and keys of pam_u2f.
LIST = "利用者名,処理,発令日,職員区分\r\nhanako,採用,2027/4/1,会計\r\n"
LISTS = (("april.csv", (LIST + "taro,異動,2027/4/1,福祉\r\njiro,採用,2027/2/29,\r\n").encode("cp932")),
         ("right.csv", LIST.encode("cp932")), ("u2f_keys", b"hanako:*,AAAA,es256,+presence\nnonsense\n"))
SENTENCE = re.compile("[A-Za-z]+ [a-z]+ [a-z]+")
SAYS_LANG = """mkdir -p /etc/systemd/system/serial-getty@ttyS0.service.d
printf '[Service]\\nUnsetEnvironment=\\nEnvironment=LANG=ja_JP.UTF-8\\n' >/etc/systemd/system/serial-getty@ttyS0.service.d/ja.conf
systemctl daemon-reload; systemctl restart serial-getty@ttyS0.service"""


def columns(line):
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


def japanese(text):
    return re.search("[\u3041-\u30ff\u4e00-\u9fff]", text)


def test_O06_people_are_spoken_to_in_japanese():
    """O-06: log-in, su and sudo ask and refuse in Japanese; what went wrong, what to do and the event's number"""
    with prepared() as vm:
        vm.output(SAYS_LANG)
        text = said(vm, "hanako", [(PROMPT, WRONG_PIN[1])] + PASSWORD)
        assert "PINが一致しませんでした" in vm.console.tail(), text
        tell_key(vm, "unplug")
        said(vm, "hanako", PASSWORD)
        assert "認証キーを検出できませんでした" in vm.console.tail(), vm.console.tail()
        assert "S-2101" in vm.console.tail(), vm.console.tail()
        tell_key(vm, "plug")
        vm.console.log_in("hanako", FACTORS)
        vm.console.send("LANG=ja_JP.UTF-8 su -c 'id -un' hanako; echo end''ed\r")
        vm.console.answer([(PROMPT, PIN[1])] + PASSWORD)
        assert "hanako" in vm.console.expect("(.*?)ended\r\n").group(1)
        vm.console.send("LANG=ja_JP.UTF-8 sudo id -un; echo end''ed\r")
        # sudo asks PAM to be silent (pam_silent, sudoers(5)): questions only.
        vm.console.answer([(PROMPT, PIN[1]), ("password for hanako: ", "Hanako-2026")])
        assert "root" in vm.console.expect("(.*?)ended\r\n").group(1)


def test_O06_commands():
    """O-06: no command falls through to English: every line with a sentence differs from the English one"""
    with prepared() as vm:
        vm.usb_plug("kbd", "keyboard", port="1")
        vm.until("sekisho devices | grep -q Keyboard", 30)
        said(vm, "hanako", [WRONG_PIN] + PASSWORD)
        for name, text in LISTS:
            vm.output("echo %s | base64 -d >/tmp/%s" % (base64.b64encode(text).decode(), name))
        key = vm.output("sekisho key list | grep -o '[0-9a-f]\\{16\\}' | head -1")
        for command in COMMANDS + USAGE:
            command = command.replace("%s", key)
            ours, theirs = (vm.run(language + command + " 2>&1")[1].split("\n") for language in (JAPANESE, ENGLISH))
            assert japanese(" ".join(ours)), command
            left = [line for line in ours if line in theirs and SENTENCE.search(line)]
            assert not left or command in USAGE, "%s: %s" % (command, left)
            wide = [line for line in ours + theirs if command in NARROW and columns(line) >= 80]
            assert not wide, "%s: %s" % (command, wide)
        assert not japanese(vm.run(JAPANESE + "sekisho status </dev/tty1")[1]), "a text console draws no kanji"
        # sudo's terminal stands between.
        between = "TERM=%s script -qec 'sekisho status' /dev/null"
        assert not japanese(vm.run(JAPANESE + between % "linux")[1]), "nor below sudo"
        assert japanese(vm.run(JAPANESE + between % "xterm")[1])
