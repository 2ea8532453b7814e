"""Events on their way from the terminal's journal to a collector, both as installed."""

import os
import re

import collector
import lab
from test_install import SOFTKEY, installed, plug_key

LOG_IN = os.path.join(lab.BUILD, "release/tests/bench/bench_login")
ENTER = "/lab/bench_login keys taro 246810"	# with a key that is good for nobody the PIN is asked for all the same


def test_L01_events_reach_the_collector():
    """L-01, L-03: what happens reaches the collector; while it is away events wait, and status says so; nothing is lost by kill -9"""
    with lab.Vm(installed(), warm=True, files=collector.files()) as vm:
        vm.until("test -e /run/sekishod/ready", 60)
        # As installed: no collector is named, nothing runs, nothing complains.
        assert "no collector is named" in vm.run("sekisho status")[1]
        assert vm.output("systemctl is-failed sekisho-forward; true") == "inactive"
        collector.begin(vm)
        collector.wait_until_all_is_there(vm)
        vm.until("sekisho status --json | grep -q '\"state\":\"open\"'", 30)
        vm.usb_plug("storage", "stick")
        vm.until("sekisho events | grep -q device.blocked", 60)
        collector.wait_until_all_is_there(vm)
        assert any("device.blocked" in line for line in collector.events(vm))
        vm.output("systemctl stop rsyslog syslog.socket")
        vm.until("sekisho status | grep -q 'NOT REACHED'", 60)
        vm.output("systemctl kill -s KILL sekisho-forward; systemctl kill -s KILL sekishod")
        vm.until("test $(sekisho events | grep -c engine.start) -ge 2", 60)
        vm.output("systemctl start rsyslog")
        collector.wait_until_all_is_there(vm)
        vm.until("sekisho status | grep -q 'acknowledged up to'", 60)
        print(vm.run("sekisho status")[1])
        # The package is taken off and comes back: that nothing is acknowledged is told, and nothing is lost.
        told = vm.output("dpkg -r sekisho-collector 2>&1")
        assert "rsyslog takes nothing" in told and "どの端末からも受け取りません" in told, told
        vm.output("systemctl restart rsyslog")
        vm.usb_unplug("stick")
        vm.until("sekisho events | grep -q device.gone", 60)
        vm.output("dpkg -i /lab/sekisho-collector.deb")
        vm.until("grep -q device.gone /var/log/sekisho/*/*.log", 120)
        collector.wait_until_all_is_there(vm)


def test_N05_the_forwarder_sees_nothing_else():
    """N-05: sekisho-forward listens to nothing, has no capability, and finds neither log-ins' secrets nor devices nor homes"""
    with lab.Vm(installed(), warm=True, files=collector.files()) as vm:
        vm.until("test -e /run/sekishod/ready", 60)
        collector.begin(vm)
        collector.wait_until_all_is_there(vm)
        pid = vm.output("systemctl show -P MainPID sekisho-forward")
        assert vm.output("ps -o user= -p " + pid) == "sekisho-log"
        assert "CapEff:\t0000000000000000" in vm.output("cat /proc/%s/status" % pid)
        assert vm.output("ss -lntup | grep -c sekisho; true") == "0"
        assert vm.output("ls /proc/%s/root/var/lib/sekisho" % pid).split() == ["forward", "journal"]
        assert vm.output("ls -A /proc/%s/root/home" % pid) == ""
        assert not set(vm.output("ls /proc/%s/root/dev" % pid).split()) & {"vda", "bus", "uhid", "input"}
        enter = "nsenter -m -t %s setpriv --reuid sekisho-log --regid sekisho-log --init-groups " % pid
        assert vm.run(enter + "cat /etc/shadow")[0] != 0
        assert vm.run(enter + "touch /var/lib/sekisho/journal/x")[0] != 0
        # Nor does it die of a call that the filter refuses.
        assert vm.run("journalctl -b _TRANSPORT=audit | grep -i seccomp")[0] != 0


def test_L03_the_collector_verifies():
    """L-03, L-06: what arrived is sealed by its terminal and verified in one command; a line that was changed, one that was taken out and a terminal that is silent are told, in Japanese too; a key that it revokes opens nothing here any more"""
    files = dict(collector.files(), **collector.nginx(), softkey=SOFTKEY, bench_login=LOG_IN)
    with lab.Vm(installed(), warm=True, files=files) as vm:
        vm.until("test -e /run/sekishod/ready", 60)
        collector.begin(vm, "--letters")
        vm.until("sekisho events --json | grep -q store.checkpoint", 60)
        collector.wait_until_all_is_there(vm)
        # What came in the present second is left for the next time.
        vm.until("sekisho-collector verify | grep -q 'intact: 1 journals'", 30)
        status, told = vm.run("sekisho-collector verify")
        print(told)
        assert status == 0 and "counter-1" in told and "intact: 1 journals" in told, told
        assert "sealed up to event" in vm.run("sekisho status")[1]
        assert "sealed up to record" in vm.output("sekisho verify")
        # Before the machine sleeps, too; the kernel only freezes programs here (Documentation/power/basic-pm-debugging.rst).
        vm.output("echo freezer >/sys/power/pm_test; systemctl suspend")
        vm.until("sekisho events --json | grep store.checkpoint | grep -q '\"reason\":\"sleep\"'", 60)
        assert vm.output("systemctl show -P Result sekisho-sleep") == "success"
        # The agent's end is sealed, and so is its next beginning, with the next key.
        vm.output("systemctl restart sekishod")
        vm.until("sekisho events --json | grep store.checkpoint | grep -c '\"period\":\"2\"'", 60)
        collector.wait_until_all_is_there(vm)
        vm.until("sekisho-collector verify --silent 1", 30)
        vm.output("cp -r /var/log/sekisho /tmp/copy; sed -i '0,/sekishod/s//SEKISHOD/; 0,/\"kind\":\"engine.start\"/s//\"kind\":\"engine.stop\"/' "
                  "/tmp/copy/*/*.log")
        status, told = vm.run("sekisho-collector verify /tmp/copy")
        assert status == 1 and "[altered]" in told and "[missing]" in told and "DAMAGED" in told, told
        vm.output("rm -r /tmp/copy; cp -r /var/log/sekisho /tmp/copy; sed -i 2d /tmp/copy/*/*.log")
        status, told = vm.run("LC_ALL=C.UTF-8 LANGUAGE=ja sekisho-collector verify /tmp/copy")
        print(told)
        assert status == 1 and "記録2が失われています" in told and "異常あり" in told, told
        # A terminal of which nothing came.
        vm.output("sekisho-collector terminal counter-2 --output /root")
        status, told = vm.run("sekisho-collector verify --silent 1")
        assert status == 1 and "counter-2: [silent]" in told, told
        vm.output("rm /etc/sekisho-collector/terminals/counter-2.*")
        each_night(vm)
        ask_again(vm)
        letters(vm)


def each_night(vm):
    """By the timer's service, in its sandbox: what is intact succeeds, damage is a failed unit."""
    vm.output("systemctl start sekisho-collector-verify")
    assert vm.output("ls /var/lib/sekisho-collector").split() == ["letters", "marks"]
    assert any(name.endswith(".receipt") for name in vm.output("ls %s" % collector.LETTERS).split())
    first = vm.output("cksum %s/revoked" % collector.LETTERS)
    vm.output("mkdir /var/log/sekisho/2026-01-01; echo junk >/var/log/sekisho/2026-01-01/x.log")
    assert vm.run("systemctl start sekisho-collector-verify")[0] != 0
    assert "sekisho-collector-verify.service" in vm.output("systemctl --failed --no-legend")
    told = vm.output("journalctl -u sekisho-collector-verify -o cat")
    assert "[altered]" in told and "DAMAGED" in told, told
    # The list of what is revoked was signed all the same.
    assert vm.output("cksum %s/revoked" % collector.LETTERS) != first
    vm.output("rm -r /var/log/sekisho/2026-01-01; systemctl start sekisho-collector-verify")
    assert vm.output("systemctl is-enabled sekisho-collector-verify.timer; true") == "disabled"
    vm.output("systemctl enable --now sekisho-collector-verify.timer")
    assert "sekisho-collector-verify.timer" in vm.output("systemctl list-timers --no-legend")


def ask_again(vm):
    """The collector lost a record: it asks for it, and the terminal sends it once more."""
    log = vm.output("ls /var/log/sekisho/*/*.log")
    vm.output("systemctl stop rsyslog syslog.socket; sed -i 3d %s; systemctl start rsyslog; mkdir /tmp/ask" % log)
    status, told = vm.run("sekisho-collector verify --requests /tmp/ask")
    assert status == 1 and "record 3 is missing" in told and "1 requests" in told, told
    request = vm.output("ls /tmp/ask/*.resend")
    # Not the collector's: signed with a terminal's certificate, or changed.
    vm.output("cd /root/counter-1; openssl cms -verify -inform PEM -purpose sslserver -CAfile authority.pem -in %s -out /tmp/text 2>&1; "
              "openssl cms -sign -nodetach -binary -outform PEM -signer terminal.pem -inkey terminal.key -in /tmp/text -out /tmp/forged" % request)
    assert '"first": 3' in vm.output("cat /tmp/text")
    status, told = vm.run("sekisho resend /tmp/forged")
    assert status == 2 and "not signed by the collector" in told, told
    assert vm.run("sekisho resend --from 99999")[0] == 2
    print(vm.output("LC_ALL=C.UTF-8 LANGUAGE=ja sekisho resend %s" % request))
    vm.output("systemctl restart sekisho-forward")
    vm.until("sekisho-collector verify", 60)
    assert vm.output("ls -A /var/lib/sekisho/forward | grep -c resend; true") == "0"
    # Everything from the third on came twice, which is no damage.
    assert int(vm.output("cut -d' ' -f3- %s | sort | uniq -d | wc -l" % log)) > 0
    # What the collector verified it signs, and the terminal finds the same in its journal.
    vm.output("mkdir /tmp/receipts")
    vm.until("sekisho-collector verify --receipts /tmp/receipts && ls /tmp/receipts/*.receipt", 30)
    print(vm.output("LC_ALL=C.UTF-8 LANGUAGE=ja sekisho receipt /tmp/receipts/*.receipt"))
    print(vm.output("sekisho status"))
    assert vm.run("sed -i '8s/[a-y]/z/' /tmp/receipts/*.receipt; sekisho receipt /tmp/receipts/*.receipt")[0] != 0


def letters(vm):
    """By the units as they are: a receipt, and the list of what is revoked, come by themselves, and the key that is on it opens
    nothing from then on."""
    vm.until("sekisho status | grep LETTERS", 60)	# nobody gives them out yet
    vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '[Auth]\\nUserVerification=roster\\n' >/etc/sekisho/sekisho.conf.d/lab.conf; "
              "printf 'auth required pam_sekisho.so\\naccount required pam_permit.so\\n' >/etc/pam.d/keys; chmod 755 /lab/bench_login")
    plug_key(vm)
    vm.output("echo 246810 | setsid sekisho key add --touch-only taro")
    key = vm.output("sekisho key list taro | grep -o '[0-9a-f]\\{16\\}' | head -1")
    collector.give_letters(vm)
    vm.until("sekisho-collector verify --receipts %s >/dev/null; test -s /var/lib/sekisho/letters/receipt" % collector.LETTERS, 60)
    # The journal is held against it, also by whoever may read the journal and is not root.
    vm.output("useradd -G sekisho-audit kansa")
    for who in ("root", "kansa"):
        assert "is the one that the collector verified" in vm.output("setpriv --reuid %s --regid nogroup --init-groups sekisho verify" % who)
    doctor = vm.run("sekisho doctor collector")[1]
    assert re.search("^ok +strangers ", doctor, re.MULTILINE) and re.search("^ok +receipts ", doctor, re.MULTILINE), doctor
    vm.output(ENTER)
    vm.output("sekisho-collector revoke key " + key)
    vm.until("sekisho events --json | grep '\"revocations.taken\"' | grep -q '\"by\":\"letter\"'", 60)
    # The night's service made one before, with nothing on it.
    vm.until("sekisho revocations | grep -q " + key, 60)
    print(vm.output("LC_ALL=C.UTF-8 LANGUAGE=ja sekisho revocations"))
    assert vm.run(ENTER)[0] == 1
    vm.until("sekisho events --json | grep '\"login.refused\"' | grep '\"user\":\"taro\"' | grep -q '\"reason\":\"listed\"'")
    assert "LETTERS" not in vm.run("sekisho status")[1]
    # It tells which list it has; a later one without the key lets it in again.
    vm.until("! sekisho-collector verify | grep -q old-list", 30)
    vm.output("sekisho-collector revoke withdraw " + key)
    vm.until("! sekisho revocations | grep -q " + key, 60)
    vm.output(ENTER)
