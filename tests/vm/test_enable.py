"""Two-factor log-in switched on: what `sekisho check login` says before, what refuses it, what takes it back."""

import json

import lab
from test_install import FACTORS, PASSWORD, PIN, SOFTKEY, installed, log_in_by_password, plug_key, refused, registered


def services(vm):
    """What `sekisho check login --json` says: {service: state}, and {door: state}."""
    said = json.loads(vm.run("sekisho check login --json")[1])
    return ({row["service"]: row["state"] for row in said["services"]},
            {row["door"]: row["state"] for row in said["doors"]})


def profile(vm, name, priority, lines):
    """A profile of pam-auth-update, switched on."""
    text = "Name: %s\nDefault: no\nPriority: %d\nAuth-Type: Primary\nAuth:\n\t%s\n" % (name, priority, lines)
    vm.output("cat >/usr/share/pam-configs/%s <<'END'\n%sEND\npam-auth-update --enable %s" % (name, text, name))


def check_login(vm):
    """check login, with Sekisho off, and beside the profiles of libpam-sss, libpam-fprintd and one for pam_u2f."""
    status, said = vm.run("sekisho check login")
    assert status == 1 and "NOT TWO" in said and "pam_unix.so accepts" in " ".join(said.split()), said
    assert max(map(len, said.splitlines())) < 80, said
    assert vm.run_as("hanako", "sekisho check login")[0] == 2
    assert set(services(vm)[0].values()) == {"one-factor", "two-factors"}
    # What is said before the switch, and what is so after it.
    profile(vm, "sss", 128, "[success=end default=ignore]\tpam_sss.so use_first_pass")
    profile(vm, "fprintd", 260, "[success=end default=ignore]\tpam_fprintd.so max-tries=1 timeout=10")
    vm.output("pam-auth-update --enable sekisho")
    found, doors = services(vm)
    assert set(found.values()) == {"two-factors"} and {"login", "su", "sudo", "other"} <= set(found), found
    assert doors["sockets"] == doors["files"] == doors["debug-shell"] == "closed" and doors["recovery"] == "open", doors
    profile(vm, "u2f", 950, "sufficient\tpam_u2f.so")
    # sudo is not among the services whose account management asks for the verdict.
    found = services(vm)[0]
    assert found["sudo"] == "one-factor" and found["login"] == "two-factors", found
    assert "認証" in vm.run("LC_ALL=C.UTF-8 LANGUAGE=ja sekisho check login")[1]
    vm.output("pam-auth-update --disable sekisho sss fprintd u2f; cd /usr/share/pam-configs && rm sss fprintd u2f")


def key_nodes(vm):
    """check login looks at a real key's node: authd's group alone, and nobody by an access list of the node's either."""
    plug_key(vm)
    for change, state in (("true", "closed"), ("setfacl -m u:hanako:rw $NODE", "open"), ("setfacl -b $NODE", "closed"),
                          ("setfacl -m g:audio:rw $NODE", "open"), ("setfacl -b $NODE", "closed"), ("chgrp audio $NODE", "open")):
        vm.output("NODE=$(ls /dev/hidraw*); " + change)
        assert services(vm)[1]["key-nodes"] == state, (change, vm.output("getfacl -cp /dev/hidraw*"))


def sudo_door(vm):
    """check login asks sudo's own cvtsudoers: a rule without a question, for good or for a while, is a door."""
    for line, state in (("", "closed"), ("hanako ALL=(ALL) NOPASSWD: ALL", "open"), ("Defaults timestamp_timeout=-1", "open"),
                        ("hanako ALL=(ALL", "unseen"), ("Defaults timestamp_timeout=5", "closed")):
        vm.output("echo '%s' >/etc/sudoers.d/door" % line)
        assert services(vm)[1]["sudo"] == state, (line, vm.run("sekisho check login")[1])
    vm.output("rm /etc/sudoers.d/door")


def test_enable_refuses():
    """A-01, A-02: check login names ways in; sekisho enable is refused to others than root, without a key, with an account
    that has no password, with a service that asks for less than two factors"""
    with lab.Vm(installed(), warm=True, files={"softkey": SOFTKEY}) as vm:
        before = vm.output("cat /etc/pam.d/common-*")
        check_login(vm)
        assert vm.output("cat /etc/pam.d/common-*") == before
        vm.output("cp /etc/pam.d/sudo /root/; sed -i '1i auth sufficient pam_fprintd.so' /etc/pam.d/sudo")
        status, said = vm.run("sekisho enable --yes")
        assert status == 2 and "pam_fprintd.so accepts" in said and "/etc/pam.d/sudo:1" in said, said
        vm.output("cp /root/sudo /etc/pam.d/sudo")
        status, said = vm.run_as("hanako", "sekisho enable --yes")
        assert status == 2 and "only root" in said, said
        status, said = vm.run("sekisho enable --yes")
        assert status == 2 and "no administrator" in said, said
        vm.output("passwd -d taro")
        status, said = vm.run("sekisho enable --yes")
        assert status == 2 and "the account taro has no password" in said, said
        assert vm.output("cat /etc/pam.d/common-*") == before
        assert vm.run("test -e /var/lib/sekisho/enable.pending")[0] == 1
        status, said = vm.run("sekisho confirm")
        assert status == 2 and "nothing waits" in said, said
        assert vm.output("sekisho disable") == "Two-factor log-in was off already."
        sudo_door(vm)
        key_nodes(vm)


SUDO = ("password for hanako: ", "Hanako-2026")


def sudo(vm, command, dialog, timeout=90):
    """A command with questions at the console; returns what was said after the last answer, its lines joined."""
    vm.console.send("sudo %s; echo end''ed\r" % command)
    vm.console.answer(dialog, timeout)
    return " ".join(vm.console.expect("(.*?)ended\r\n", timeout).group(1).split())


def start_enabling(vm, minutes):
    """Hanako logs in by password and enables; her session stays open."""
    vm.console.log_in("hanako", PASSWORD)
    said = sudo(vm, "sekisho enable --yes --confirm-within %d" % minutes, [SUDO, PIN] + PASSWORD)
    return said


# Disks that are there at a start and were not at the installation: SATA, and a namespace below two controllers' subsystem.
NULL = "driver=null-co,size=8388608,read-zeroes=on,node-name="
STRANGERS = ["-blockdev", NULL + "sata", "-device", "ide-hd,bus=ide.0,drive=sata,serial=SATA",
             "-blockdev", NULL + "space", "-device", "nvme-subsys,id=both", "-device", "nvme,id=fast,serial=FAST,subsys=both",
             "-device", "nvme-ns,bus=fast,drive=space,shared=on"]


def strangers_are_gone(vm):
    """Nobody logged in before they were taken away."""
    told = [event for event in vm.output("sekisho events").splitlines() if "not-in-inventory" in event]
    assert len(told) == 2 and all("when=start" in event for event in told), told
    assert sorted(word.split("=")[1] for event in told for word in event.split() if word.startswith("serial=")) == ["FAST"], told
    assert vm.output("ls /sys/block | grep -v -e ^loop -e ^ram -e ^fd -e ^sr") == "vda"
    assert vm.run("ls /dev/sg0 /dev/nvme0 /dev/ng0n1 /dev/ng0c0n1")[0] != 0


def test_enable_and_confirm():
    """sekisho enable: tried, switched, confirmed from a new log-in only, recorded, and on after a restart, at which new disks go"""
    with registered() as vm:
        said = start_enabling(vm, 10)
        assert "Both factors of hanako work" in said and "Two-factor log-in is on" in said, said
        said = sudo(vm, "sekisho confirm", [])
        assert "this session began before" in said, said
        assert vm.run("sekisho confirm")[0] == 1
        assert vm.run("test -e /var/lib/sekisho/enable.pending")[0] == 0
        vm.console.log_out()
        vm.console.log_in("hanako", FACTORS)
        said = sudo(vm, "sekisho confirm", [PIN, SUDO])
        assert "Confirmed" in said, said
        assert vm.run("test -e /var/lib/sekisho/enable.pending")[0] == 1
        events = vm.output("sekisho events --json")
        assert events.count('"door.enabled"') == 2, events
        vm.options += STRANGERS
        vm.reboot()
        vm.wait_booted()
        strangers_are_gone(vm)
        assert "pam_sekisho" in vm.output("cat /etc/pam.d/common-auth")
        refused(vm, "hanako", PASSWORD, 90)
        plug_key(vm, place="/var/tmp")
        vm.console.log_in("hanako", FACTORS)


def test_enable_not_confirmed():
    """sekisho enable: nobody confirms for a minute, the old log-in comes back and the journal says why"""
    with registered() as vm:
        said = start_enabling(vm, 1)
        assert "Two-factor log-in is on" in said, said
        vm.until("! grep -q pam_sekisho /etc/pam.d/common-auth", 120)
        vm.until("! test -e /var/lib/sekisho/enable.pending", 30)
        vm.console.log_out()
        log_in_by_password(vm)
        assert "not confirmed" in vm.output("sekisho events | grep door.disabled")


def test_enable_needs_the_journal():
    """sekisho enable: with the journal away, or with a wrong PIN at the trial, nothing is changed"""
    with registered() as vm:
        before = vm.output("cat /etc/pam.d/common-*")
        # Seen only once it is on: another profile comes before ours.
        profile(vm, "finger", 1000, "sufficient\tpam_fprintd.so")
        said = start_enabling(vm, 10)
        assert "pam_fprintd.so accepts" in said and "nothing was changed" in said, said
        vm.output("pam-auth-update --disable finger; rm /usr/share/pam-configs/finger")
        assert vm.output("cat /etc/pam.d/common-*") == before
        vm.output("systemctl stop sekishod.service 'sekishod-*.socket'")
        said = sudo(vm, "sekisho enable --yes", [PIN] + PASSWORD)
        assert "the journal did not take the event" in said and "nothing was changed" in said, said
        assert vm.output("cat /etc/pam.d/common-*") == before
        assert vm.run("test -e /var/lib/sekisho/enable.pending")[0] == 1
        said = sudo(vm, "sekisho enable --yes", [("PIN.*?: ", "135791")] + PASSWORD)
        assert "the trial failed" in said, said
        assert vm.output("cat /etc/pam.d/common-*") == before
        vm.console.log_out()
        log_in_by_password(vm)


def test_rollback_at_boot_and_by_timer():
    """sekisho enable: not confirmed, the old log-in comes back at the next boot, and when the time is over, also where apt was at it just then"""
    with lab.Vm(installed(), warm=True) as vm:
        vm.wait_booted()
        vm.output("pam-auth-update --enable sekisho; printf 'session=1\\nminutes=10\\n' >/var/lib/sekisho/enable.pending")
        vm.reboot()
        vm.wait_booted()
        assert "pam_sekisho" not in vm.output("cat /etc/pam.d/common-*")
        assert vm.run("test -e /var/lib/sekisho/enable.pending")[0] == 1
        log_in_by_password(vm)

        # As apt does while it configures a package, debconf's lock is held.
        vm.output("pam-auth-update --enable sekisho; printf 'session=1\\nminutes=1\\n' >/var/lib/sekisho/enable.pending;"
                  "setsid flock /var/cache/debconf/config.dat sh -c 'until test -e /run/failed; do sleep 1; done' >/dev/null 2>&1 </dev/null &"
                  "systemd-run --on-active=5s --timer-property=AccuracySec=1s --unit=sekisho-rollback.service")
        vm.until("systemctl is-failed sekisho-rollback || systemctl show -p SubState sekisho-rollback | grep auto-restart", 60)
        vm.output("grep -q pam_sekisho /etc/pam.d/common-auth; touch /run/failed")
        vm.until("! grep -q pam_sekisho /etc/pam.d/common-auth", 90)
        vm.until("! test -e /var/lib/sekisho/enable.pending", 20)
        log_in_by_password(vm)
