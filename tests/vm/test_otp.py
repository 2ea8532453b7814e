"""One-time codes at every door that asks for them, with the packages installed and the programs that people use."""

import hashlib
import hmac
import json
import struct

import database
from test_install import PIN, tell_key
from test_login import prepared

SEEDS = {"hanako": b"hanako's seed: 20 by", "taro": b"taro's seed, 20 byte"}
SETTINGS = "[Auth]\\nFactors=key, otp\\nSinglePrompt=postgresql\\nServiceUsers=postgres\\n"
STEP = 30
# ssh asks its questions of this program, where it has no terminal.
ASK = r"""#!/bin/sh
echo "$1" >>/run/asked
case "$1" in *S-2*) echo "$CODE";; *) echo "$PASSWORD";; esac
"""
SSHD = r"""set -e; ip link set lo up; mkdir -p /run/sshd /root/.ssh ~taro/.ssh; chmod 755 /lab/ask
sed -i 's/^#*KbdInteractiveAuthentication.*/KbdInteractiveAuthentication yes/; s/^#*PasswordAuthentication.*/PasswordAuthentication no/' \
	/etc/ssh/sshd_config
printf 'Match User taro\nAuthenticationMethods publickey,keyboard-interactive\n' >>/etc/ssh/sshd_config
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; cp /root/.ssh/id_ed25519.pub ~taro/.ssh/authorized_keys
chown -R taro ~taro/.ssh; systemctl start ssh"""
SSH = ("CODE='%s' PASSWORD='%s' SSH_ASKPASS=/lab/ask SSH_ASKPASS_REQUIRE=force ssh -o StrictHostKeyChecking=no "
       "-o UserKnownHostsFile=/dev/null -o NumberOfPasswordPrompts=1 %s %s@127.0.0.1 %s </dev/null 2>&1")
PASSWORDS = {"hanako": "Hanako-2026", "taro": "Taro-2026"}
WRONG = "000000"


def hotp(seed, counter):
    """RFC 4226, section 5.3."""
    whole = hmac.new(seed, struct.pack(">Q", counter), hashlib.sha1).digest()
    at = whole[-1] & 15
    return "%06d" % ((struct.unpack(">L", whole[at:at + 4])[0] & 0x7fffffff) % 1000000)


class Codes:
    """Hanako's codes are by the clock, taro's by a counter."""

    def __init__(self, vm):
        self.vm = vm
        self.counter = 0
        self.now = int(vm.output("date +%s")) // STEP * STEP + 5

    def set_clock(self, seconds):
        """The machine's clock, seconds from where the codes are."""
        self.vm.output("date -s @%d" % (self.now + seconds))

    def hanako(self):
        """One that was never used: the clock goes on."""
        self.now += STEP
        self.set_clock(0)
        return hotp(SEEDS["hanako"], self.now // STEP)

    def taro(self):
        """The next one."""
        return self.counted("taro")

    def counted(self, user):
        """The next one of whose codes are by a counter; in a test there is one such person."""
        self.counter += 1
        return hotp(SEEDS[user], self.counter - 1)

    def enrol(self, user, kind, code):
        """As an administrator does with a token that comes with its seed; what was said."""
        said = self.vm.output("printf '%s\\n%s\\n' | sekisho otp add --given %s %s 2>&1" % (SEEDS[user].hex(), code, kind, user))
        assert "Registered one-time codes for " + user in said, said
        return said


class Doors:
    """Tries doors, and knows what the journal has to tell of it afterwards."""

    def __init__(self, vm):
        self.vm = vm
        self.told = []

    def outcome(self, user, service, reason, came_in, wanted, said):
        """reason: of the refusal; None where both factors were right, "password" where the code alone was."""
        if came_in != wanted:
            told = self.vm.run("sekisho events | tail -n 4; journalctl -q -n 12 -o cat")[1]
            raise AssertionError("%s at %s, %s: %s\n%s" % (user, service, reason, said, told))
        self.told.append((user, service, reason))

    def ssh(self, user, code, password, reason, options="", command="id -un"):
        """A log-in by ssh that runs a command; what it said."""
        status, said = self.vm.run(SSH % (code, password, options, user, command))
        self.outcome(user, "sshd", reason, status == 0, reason is None, said)
        return said

    def database(self, user, answer, reason):
        """A log-in of PostgreSQL's."""
        status, said = database.log_in(self.vm, user, answer)
        self.outcome(user, "postgresql", reason, (status, said.strip()) == (0, user), reason is None, said)
        return said

    def su(self, caller, code, password, reason):
        """su to taro in a session at the terminal."""
        status, said = self.vm.run_as(caller, "printf '%s\\n%s\\n' | su taro -c 'id -un' 2>&1" % (code, password))
        self.outcome("taro", "su", reason, status == 0 and said.rstrip().endswith("taro"), reason is None, said)

    def console(self, code, reason):
        """login(1), as taro."""
        dialog = [("one-time code.*?: ", code), ("Password: ", PASSWORDS["taro"])]
        if reason is None:
            self.vm.console.log_in("taro", dialog)
            self.vm.console.log_out()
        else:
            self.vm.console.refused("taro", dialog)
            self.vm.output("systemctl restart serial-getty@ttyS0.service")
        self.outcome("taro", "login", reason, True, True, "")

    def check_journal(self):
        """All of it, and nothing else, in its order."""
        # What became of a log-in is told after it.
        self.vm.until("sekisho events --json | awk '/login[.]granted/ {n++} /login[.](opened|unfinished)/ {n--} END {exit n != 0}'", 30)
        lines = self.vm.output("sekisho events --json | grep '\"kind\":\"login[.]'").split("\n")
        events = [json.loads(line) for line in lines]
        came = {event["fields"]["login"]: event for event in events if "login" in event["fields"]}
        seen = []
        for event in events:
            fields = event["fields"]
            if event["kind"] == "login.granted":
                passed = came[event["id"]]["kind"] == "login.opened"
                seen.append((fields["user"], fields["service"], None if passed else "password"))
            elif event["kind"] == "login.refused":
                seen.append((fields["user"], fields["service"], fields["reason"]))
        assert seen == self.told, "\n".join("%s\t%s" % pair for pair in zip(seen, self.told))
        return [event for event in events if event["kind"] == "login.granted"]


def configure(vm, text):
    """Puts what printf makes of the text beside the shipped configuration."""
    vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '%s' >/etc/sekisho/sekisho.conf.d/codes.conf" % text)


def by_codes_alone(vm, doors, codes):
    """Switched off and on where no key is accepted: an administrator's codes are what is wanted."""
    vm.output("sekisho disable")
    status, said = vm.run("sekisho enable --yes 2>&1")
    assert status == 2 and "Factors: otp" in said, said
    assert "does not ask for one-time codes" not in codes.enrol("hanako", "", codes.hanako())
    status, said = vm.run("printf '%s\\n%s\\n' | sekisho enable --yes --confirm-within 1440 2>&1" % (
        codes.hanako(), PASSWORDS["hanako"]))
    assert status == 0 and "Both factors of hanako work" in said, said
    doors.outcome("hanako", "sekisho-try", None, True, True, said)


def from_afar(vm, doors, codes):
    """sshd with password and code; sudo inside of it."""
    doors.ssh("hanako", PASSWORDS["hanako"], PASSWORDS["hanako"], "otp-malformed")
    doors.ssh("hanako", codes.taro(), PASSWORDS["hanako"], "otp-wrong")
    vm.output("rm -f /run/asked")
    code = codes.hanako()
    sudo = "\"printf '%s\\n%s\\n' | sudo -S id -un\"" % (hotp(SEEDS["hanako"], codes.now // STEP + 1), PASSWORDS["hanako"])
    said = doors.ssh("hanako", code, PASSWORDS["hanako"], None, command=sudo)
    assert said.rstrip().endswith("root") and "S-2012" in said, said
    doors.outcome("hanako", "sudo", None, True, True, said)
    asked = vm.output("cat /run/asked")
    assert "S-2012" in asked and "PIN" not in asked, asked
    codes.set_clock(0)
    doors.ssh("hanako", code, PASSWORDS["hanako"], "otp-used")
    codes.now += STEP
    codes.set_clock(-600)
    doors.ssh("hanako", code, PASSWORDS["hanako"], "otp-clock")
    doors.ssh("hanako", codes.hanako(), "wrong", "password")
    # sshd gives a made-up answer for whom it does not know.
    doors.ssh("nobodyhere", WRONG, "wrong", "cancelled")
    doors.ssh("taro", codes.taro(), PASSWORDS["taro"], None)
    doors.ssh("taro", WRONG, PASSWORDS["taro"], "otp-wrong")


def single_prompt(doors, codes):
    """PostgreSQL, which asks once."""
    password = PASSWORDS["taro"]
    doors.database("taro", password, "otp-malformed")
    doors.database("taro", password + WRONG, "otp-wrong")
    doors.database("taro", password + hotp(SEEDS["hanako"], codes.now // STEP), "otp-wrong")
    code = codes.taro()
    doors.database("taro", code, "otp-malformed")
    doors.database("taro", password + code, None)
    doors.database("taro", password + code, "otp-used")
    doors.database("taro", "wrong" + codes.taro(), "password")
    doors.database("nobodyhere", password + codes.taro(), "otp-not-enrolled")
    doors.database("hanako", PASSWORDS["hanako"] + codes.hanako(), None)


def test_A02_A06_codes_at_every_door():
    """A-01, A-02, A-06: a code and the password open ssh, sudo in it, su, the console and PostgreSQL; each alone, used, another's or before its time opens none"""
    with prepared() as vm:
        codes = Codes(vm)
        doors = Doors(vm)
        assert "does not ask for one-time codes" in codes.enrol("taro", "--hotp", codes.taro())
        configure(vm, "[Auth]\\nFactors=otp\\n")
        by_codes_alone(vm, doors, codes)
        configure(vm, SETTINGS)
        vm.output("cat >/lab/ask <<'END'\n%sEND" % ASK)
        vm.output(SSHD)
        database.start(vm)
        from_afar(vm, doors, codes)
        doors.su("hanako", codes.taro(), PASSWORDS["taro"], None)
        doors.su("hanako", WRONG, PASSWORDS["taro"], "otp-wrong")
        doors.console(codes.taro(), None)
        doors.console(hotp(SEEDS["taro"], codes.counter - 1), "otp-used")
        single_prompt(doors, codes)
        status = tell_key(vm, "status")
        assert "pin-retries=8" in status, status
        # At the terminal it is the key that is asked.
        said = vm.run_as("hanako", "printf '%s\\n%s\\n' | sudo -S id -un 2>&1" % (PIN[1], PASSWORDS["hanako"]))[1]
        doors.outcome("hanako", "sudo", None, said.rstrip().endswith("root"), True, said)
        factors = [event["fields"].get("factor") for event in doors.check_journal()]
        assert factors == ["otp"] * (len(factors) - 1) + ["key"], factors
        assert vm.run("sekisho verify")[0] == 0
