"""Log-ins with the packages installed and the profile on: every failure ends as sekisho-authd(8) says, and is told."""

import json
import os
import time

import lab
from test_install import FACTORS, PASSWORD, PIN, SOFTKEY, installed, plug_key, tell_key

WRONG_PIN = ("PIN.*?: ", "135791")
FLOOD = os.path.join(lab.BUILD, "release/tests/host/flood")


def terminal(**options):
    """A machine with the profile on and a key of hanako's plugged in."""
    files = {"softkey": SOFTKEY, "flood": FLOOD}
    return lab.Vm(installed(), warm=True, files=files, **options)


def prepare(vm):
    """Registers the key and switches the profile on."""
    vm.until("test -e /run/sekishod/ready", 60)
    plug_key(vm)
    vm.output("echo 246810 | setsid sekisho key add hanako && pam-auth-update --enable sekisho")


def prepared():
    """A terminal as prepare() leaves it, which is done once for all tests."""
    return terminal(prepared=prepare)


def last(vm, kind, count=1):
    """The newest event of the kind, once there are so many."""
    vm.until("test $(sekisho events --json | grep -c '\"kind\":\"%s\"') -ge %d" % (kind, count), 30)
    return json.loads(vm.output("sekisho events --json | grep '\"kind\":\"%s\"' | tail -1" % kind))


def reason(vm, count):
    """Why the newest log-in was refused."""
    return last(vm, "login.refused", count)["fields"]["reason"]


def said(vm, user, dialog, timeout=90):
    """A refusal at the console; returns what the person was told."""
    text = vm.console.refused(user, dialog, timeout)
    vm.output("systemctl restart serial-getty@ttyS0.service")
    return text


def test_A01_one_factor_or_another_persons():
    """A-01: wrong password, wrong PIN, no key, another's key, a revoked and a copied key are refused and told as the table says"""
    with prepared() as vm:
        said(vm, "hanako", [PIN, ("Password: ", "wrong")])
        granted = last(vm, "login.granted")
        assert granted["fields"]["verified"] == "yes"
        assert last(vm, "login.unfinished")["fields"]["login"] == granted["id"]
        said(vm, "hanako", [WRONG_PIN, ("S-2105.*?Password: ", "Hanako-2026")])
        assert reason(vm, 1) == "pin-wrong"
        said(vm, "taro", [PIN, ("Password: ", "Taro-2026")])
        assert reason(vm, 2) == "not-enrolled"
        said(vm, "nobodyhere", [PIN, ("Password: ", "x")])
        assert reason(vm, 3) == "not-enrolled"
        # Taro has a key of his own, and comes with hanako's.
        tell_key(vm, "unplug")
        plug_key(vm, "his")
        vm.output("echo 246810 | setsid sekisho key add taro")
        tell_key(vm, "unplug", "his")
        tell_key(vm, "plug")
        said(vm, "taro", [PIN, ("Password: ", "Taro-2026")])
        assert reason(vm, 4) == "other-key"
        tell_key(vm, "misbehave counter-back")
        said(vm, "hanako", [PIN] + PASSWORD)
        assert reason(vm, 5) == "counter-back"
        assert last(vm, "key.suspect")["fields"]["user"] == "hanako"
        tell_key(vm, "clear")
        said(vm, "hanako", [PIN] + PASSWORD)
        assert reason(vm, 6) == "suspect"
        vm.output("echo 246810 | setsid sekisho key add taro")
        vm.console.log_in("taro", [PIN, ("Password: ", "Taro-2026")])
        vm.console.log_out()
        vm.output("for key in $(sekisho key list taro | grep -o '[0-9a-f]\\{16\\}'); do sekisho key revoke $key; done")
        said(vm, "taro", [PIN, ("Password: ", "Taro-2026")])
        assert reason(vm, 7) == "revoked"
        tell_key(vm, "unplug")
        said(vm, "taro", [("Password: ", "Taro-2026")])
        assert reason(vm, 8) == "no-key"
        assert vm.run("sekisho verify")[0] == 0


def gained(vm, command, dialog):
    """Whether the command ran, in hanako's session at the console."""
    vm.console.send("%s; echo end''ed=$?\r" % command)
    vm.console.answer(dialog)
    return vm.console.expect("(?s).*?ended=([0-9]+)\r\n", 90).group(1) == "0"


def test_A01_su_and_sudo():
    """A-01: su and sudo ask for both factors, open with both, and not with one, a wrong one or another's key"""
    with prepared() as vm:
        vm.output("echo 'Defaults passwd_tries=1' >/etc/sudoers.d/once; mkdir -p /etc/sekisho/sekisho.conf.d; "
                  "printf '[Auth]\\nKeyWaitSeconds=5\\n' >/etc/sekisho/sekisho.conf.d/wait.conf")
        vm.console.log_in("hanako", FACTORS)
        last(vm, "login.opened")
        for number, (command, question) in enumerate((("su -c 'id -un' hanako", "Password: "),
                                                      ("sudo id -un", "password for hanako: "))):
            right, wrong = (question, PASSWORD[0][1]), (question, "wrong")
            refused = 3 * number
            assert not gained(vm, command, [PIN, wrong])
            assert not gained(vm, command, [WRONG_PIN, right])
            assert reason(vm, refused + 1) == "pin-wrong"
            tell_key(vm, "unplug")
            assert not gained(vm, command, [right])
            assert reason(vm, refused + 2) == "no-key"
            plug_key(vm, "his%d" % number)
            assert not gained(vm, command, [PIN, right])
            assert reason(vm, refused + 3) == "other-key"
            tell_key(vm, "unplug", "his%d" % number)
            tell_key(vm, "plug")
            assert gained(vm, command, [PIN, right])
            assert last(vm, "login.opened", number + 2)["fields"]["service"] == command.split()[0]
        vm.console.log_out()


def wrong_answers(vm, number):
    vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '[Auth]\\nWrongAnswers=%d\\n' >/etc/sekisho/sekisho.conf.d/wait.conf"
              % number)


def test_A05_waits_over_a_power_cut():
    """A-05: a reset right after the last wrong answer, and a clock set forward, end no wait; others log in; unlock ends it"""
    taro = ("Password: ", "Taro-2026")
    with prepared() as vm:
        wrong_answers(vm, 100)
        vm.output("sync")
        for count in range(1, 7):
            said(vm, "taro", [PIN, taro])
            assert reason(vm, count) == "not-enrolled"
        # No sync: what is not on the disk yet is lost.
        vm.reboot(command="(sleep 1; echo b >/proc/sysrq-trigger) >/dev/null 2>&1 &")
        vm.until("test -e /run/sekishod/ready", 60)
        # After six the next one waits for eight minutes.
        wrong_answers(vm, 2)
        vm.output("date -s '+1 day'")
        told = vm.console.refused("taro", [("(?s)(?P<told>S-2125.*?)Password: ", "Taro-2026")], 90)
        vm.output("systemctl restart serial-getty@ttyS0.service")
        assert reason(vm, 7) == "locked", told
        waiting = json.loads(vm.output("sekisho status --json"))["waiting"]
        assert [(row["user"], row["tries"], row["terminal"]) for row in waiting] == [("taro", 6, False)], waiting
        assert 0 < waiting[0]["seconds"] <= 480, waiting
        plug_key(vm)
        vm.output("echo 246810 | setsid sekisho key add hanako")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        assert "taro may try again" in vm.output("sekisho unlock taro")
        assert last(vm, "login.unlocked")["fields"] == {"caller": "0", "tries": "6", "user": "taro"}
        said(vm, "taro", [PIN, taro])
        assert reason(vm, 8) == "not-enrolled"


def test_engine_killed():
    """D: with the engine stopped a log-in is granted, its event waits in the spool and is in the journal when it is back"""
    with prepared() as vm:
        vm.output("systemctl stop sekishod.service 'sekishod-*.socket'")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        said(vm, "hanako", [WRONG_PIN] + PASSWORD)
        vm.output("systemctl start sekishod-record.socket sekishod-control.socket sekishod.service")
        granted = last(vm, "login.granted")
        assert granted["late"] is True, granted
        assert reason(vm, 1) == "pin-wrong"
        vm.output("systemctl kill -s KILL sekishod")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        last(vm, "login.granted", 2)
        assert vm.run("sekisho verify")[0] == 0


def fill(path):
    """Words that leave no byte free below path."""
    return ("fallocate -l $(df --output=avail -B1 %s | tail -1) %s/filler 2>/dev/null; "
            "cat /dev/zero >>%s/filler 2>/dev/null; df --output=avail %s | tail -1" % (path, path, path, path))


def test_full_disk():
    """D: with /var full a log-in is granted and recorded; the counter and the event had their room"""
    with prepared() as vm:
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        assert vm.output(fill("/var")).strip() == "0"
        before = last(vm, "login.granted")["fields"]["counter"]
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        after = last(vm, "login.granted", 2)["fields"]["counter"]
        assert int(after) > int(before)
        said(vm, "hanako", [WRONG_PIN] + PASSWORD)
        assert reason(vm, 1) == "pin-wrong"
        vm.output("rm /var/filler")
        assert vm.run("sekisho verify")[0] == 0


def small_state(vm, options=""):
    """Puts the counters on a file system of their own."""
    vm.output("head -c 12M /dev/zero >/root/state.img; mkfs.ext4 -q %s /root/state.img; modprobe loop; "
              "systemctl stop sekisho-authd; mkdir -p /mnt/state; mount -o loop%s /root/state.img /mnt/state; "
              "cp -a /var/lib/sekisho/auth/. /mnt/state; chown sekisho-auth: /mnt/state; chmod 700 /mnt/state; "
              "umount /mnt/state; mount -o loop%s /root/state.img /var/lib/sekisho/auth; systemctl start sekisho-authd"
              % (options, ",usrquota" if options else "", ",usrquota" if options else ""))


def test_full_disk_without_counters():
    """D: where the counters can't be made, for the disk is full, the log-in is refused with S-2201 and told"""
    with prepared() as vm:
        small_state(vm)
        # The session that waits for the next log-in may make them meanwhile.
        vm.until("cd /var/lib/sekisho/auth; rm -f counters filler; %s; ! test -e counters" % fill("/var/lib/sekisho/auth"))
        said(vm, "hanako", [("S-2201.*?Password: ", "Hanako-2026")])
        assert reason(vm, 1) == "counter-store"
        vm.output("rm /var/lib/sekisho/auth/filler")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()


def test_quota():
    """D: authd over its quota: counters that are there go on, ones that have to be made are refused with S-2201"""
    with prepared() as vm:
        small_state(vm, "-O quota -E quotatype=usrquota")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        vm.output("setquota -u sekisho-auth 0 1 0 0 /var/lib/sekisho/auth")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        vm.output("rm -f /var/lib/sekisho/auth/counters")
        said(vm, "hanako", [("S-2201.*?Password: ", "Hanako-2026")])
        assert reason(vm, 1) == "counter-store"


def test_read_only():
    """D: with a read-only file system under the counters the log-in is refused with S-2201 and told"""
    with prepared() as vm:
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        small_state(vm)
        # Not while authd, just begun, has something open there: the kernel would refuse.
        vm.output("systemctl stop sekisho-auth.socket sekisho-authd && "
                  "mount -o remount,ro /var/lib/sekisho/auth && systemctl start sekisho-auth.socket sekisho-authd")
        said(vm, "hanako", [("S-2201.*?Password: ", "Hanako-2026")])
        assert reason(vm, 1) == "counter-store"


def test_nobody_crowds_out():
    """A: nobody holding 64 idle connections and opening 2,000 in a second delays nobody's log-in"""
    with prepared() as vm:

        def log_in():
            began = time.monotonic()
            vm.console.log_in("hanako", FACTORS)
            took = time.monotonic() - began
            vm.console.log_out()
            return took
        alone = min(log_in(), log_in())
        vm.output("chmod 755 /lab/flood; setsid su -s /bin/sh -c '/lab/flood /run/sekisho/auth.sock 64 2000' nobody "
                  ">/run/flood 2>&1 & sleep 3; cat /run/flood")
        crowded = min(log_in(), log_in())
        told = vm.output("pgrep -x flood >&2 && cat /run/flood")
        assert "2000" in told, told
        # Generous, for the flood itself uses the emulated processor, whose own may have other things to do: crowded out, a
        # log-in would wait for the flood's end.
        assert crowded < 4 * alone + 10, (alone, crowded)


def test_first_hid_device_later():
    """A: authd started on a machine that never saw a HID device works with a key inserted later"""
    with terminal() as vm:
        assert vm.output("systemctl is-active sekisho-authd") == "active"
        assert vm.output("ls /sys/bus/hid/devices") == ""
        prepare(vm)
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()


def test_su_crowds_nobody_out():
    """A: seventy su of one person, left at the question, take that person's places alone: the console still asks"""
    with prepared() as vm:
        vm.console.log_in("hanako", FACTORS)
        tell_key(vm, "unplug")
        vm.console.send("for i in $(seq 70); do su -c true taro </dev/null >/dev/null 2>&1 & done; echo sta''rted\r")
        vm.console.expect("started\r\n", 60)
        # Four places, and the session that waits for the next one.
        vm.until("test $(pgrep -xc su) -ge 5 -a $(pgrep -c sekisho-session) -ge 5", 60)
        assert int(vm.output("sleep 2; pgrep -c sekisho-session")) == 5
        vm.type_text("taro\n")
        assert "S-1002" not in vm.screen_shows("security key", 30)


# A FIDO key as a USB device: 64 bytes in, 64 bytes out, of the usage page FIDO (CTAP 2.1, 11.2.8.2).
FIDO_GADGET = r"""set -e
modprobe dummy_hcd; modprobe -i libcomposite; modprobe usb_f_hid
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
cd /sys/kernel/config/usb_gadget; mkdir key; cd key
echo 0x1209 >idVendor; echo 0x0001 >idProduct; mkdir strings/0x409; echo USB-KEY >strings/0x409/product
mkdir configs/c.1 functions/hid.0; echo 64 >functions/hid.0/report_length
printf '\x06\xd0\xf1\x09\x01\xa1\x01\x09\x20\x15\x00\x26\xff\x00\x75\x08\x95\x40\x81\x02' >/run/descriptor
printf '\x09\x21\x15\x00\x26\xff\x00\x75\x08\x95\x40\x91\x02\xc0' >>/run/descriptor
cat /run/descriptor >functions/hid.0/report_desc
ln -s functions/hid.0 configs/c.1/; echo dummy_udc.0 >UDC
"""


def test_key_over_usb():
    """issue 2.6: a FIDO key that is a USB device is let in by the shipped rules, registered and logs a person in"""
    with terminal() as vm:
        vm.until("test -e /run/sekishod/ready", 60)
        vm.output(FIDO_GADGET)
        vm.until("test -c /dev/hidg0", 30)
        vm.output("chmod 755 /lab/softkey")
        vm.run("/lab/softkey --hidg /dev/hidg0 --control /run/key.ctl --pin 246810 >/run/key.log 2>&1 &", check=True)
        vm.until("stat -c %G /dev/hidraw* | grep -qx sekisho-auth", 30)
        allowed = last(vm, "device.allowed")["fields"]
        assert (allowed["name"], allowed["opened"]) == ("USB-KEY", "030000"), allowed
        vm.output("echo 246810 | setsid sekisho key add hanako && pam-auth-update --enable sekisho")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()
        # Pulled and plugged in again while the person waits for it.
        vm.output("echo >/sys/kernel/config/usb_gadget/key/UDC")
        vm.until("! ls /dev/hidraw*", 30)
        vm.output("echo dummy_udc.0 >/sys/kernel/config/usb_gadget/key/UDC")
        vm.console.log_in("hanako", FACTORS)
        vm.console.log_out()


SSH = "ssh -tt -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=%s 127.0.0.1"


def test_A01_ssh():
    """A-01: ssh asks for both factors; a public key alone is refused by the account part"""
    with prepared() as vm:
        vm.output("ip link set lo up; sed -i 's/^#*KbdInteractiveAuthentication.*/KbdInteractiveAuthentication yes/; "
                  "s/^#*PasswordAuthentication.*/PasswordAuthentication no/' /etc/ssh/sshd_config; "
                  "mkdir -p /run/sshd; systemctl start ssh")
        vm.console.log_in("hanako", FACTORS)
        vm.console.send(SSH % "no" + " id -un\r")
        vm.console.answer([("yes to go on: ", "yes"), PIN, ("[Pp]assword: ", "Hanako-2026")])
        vm.console.expect("hanako\r\n.*closed.*\\$ ", 30)
        vm.console.send("ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519 && "
                        "cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys; echo rea''dy\r")
        vm.console.expect("ready\r\n", 30)
        by_key = SSH % "yes" + " -o KbdInteractiveAuthentication=no id -u; echo sta''tus=$?\r"
        vm.console.send(by_key)
        text = vm.console.expect("(.*?)status=(\\d+)", 60)
        assert text.group(2) == "255" and "1000" not in text.group(1), text.group(0)
        assert last(vm, "login.refused")["fields"]["reason"] == "account-missing"
        # Control: it is ours that refuses.
        vm.output("pam-auth-update --disable sekisho")
        vm.console.send(by_key)
        text = vm.console.expect("(.*?)status=(\\d+)", 60)
        assert text.group(2) == "0" and "1000" in text.group(1), text.group(0)
