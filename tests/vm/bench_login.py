"""Log-ins through PAM: pam_sekisho beside pam_u2f, the same key, which touches itself."""

import os

import lab
from test_install import SOFTKEY, plug_key

PROGRAM = os.path.join(lab.BUILD, "release/tests/bench/bench_login")
FILES = {"softkey": SOFTKEY, "bench_login": PROGRAM}
U2F = "pam_u2f.so authfile=/etc/u2f_keys origin=pam://bench appid=pam://bench"
STACKS = {"bench-sekisho": "pam_sekisho.so", "bench-u2f": U2F, "bench-u2f-pin": U2F + " pinverification=1"}
# What is measured: name, user, pam_u2f's service, questions that are asked.
KINDS = (("log-in, touch", "taro", "bench-u2f", 0), ("log-in, touch and PIN", "hanako", "bench-u2f-pin", 1))
BATCH = 5

# A credential of pam_u2f's, as pamu2fcfg makes it: credential id and the raw point of the public key.
U2F_KEY = r"""
set -eu
{ head -c 32 /dev/urandom | base64; echo pam://bench; echo %(user)s; echo aGFuYWtv; } >/run/wish
echo 246810 | setsid fido2-cred -M -i /run/wish %(node)s >/run/made
fido2-cred -V -i /run/made >/run/credential
id=$(head -1 /run/credential)
point=$(sed 1d /run/credential | grep -v -e - | base64 -d | tail -c 64 | base64 -w0)
echo %(user)s:$id,$point,es256,%(words)s >>/etc/u2f_keys
"""


def prepare(vm):
    """Registers the key with both: hanako with PIN, taro without."""
    vm.output("chmod 755 /lab/bench_login")
    plug_key(vm)
    vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '[Auth]\\nUserVerification=roster\\n' "
              ">/etc/sekisho/sekisho.conf.d/bench.conf")
    vm.output("echo 246810 | setsid sekisho key add hanako && echo 246810 | setsid sekisho key add --touch-only taro")
    node = vm.output("ls /dev/hidraw* | head -1")
    for user, words in (("hanako", "+presence+pin"), ("taro", "+presence")):
        vm.output(U2F_KEY % {"user": user, "node": node, "words": words})
    for name, line in STACKS.items():
        vm.output("printf 'auth required %s\\naccount required pam_permit.so\\n' >/etc/pam.d/%s" % (line, name))


def batch(vm, services, user, questions, count):
    """Milliseconds of count log-ins by each service, by turns, each in a process of its own as in login(1) and
    sshd. In between each side ends what it still has to do."""
    lines = vm.output("set -e; for i in $(seq %d); do for s in %s; do /lab/bench_login $s %s 246810; sleep 0.5; "
                      "done; done" % (
        count, " ".join(services), user), 600).splitlines()
    found = [line.split() for line in lines]
    assert len(found) == count * len(services), lines
    assert all(int(asked) == questions for _, asked in found), lines
    return [[float(ms) for ms, _ in found[at::len(services)]] for at in range(len(services))]


def log_ins(vm, count, table):
    """Rows for each kind of log-in."""
    vm.until("test -e /run/sekishod/ready", 60)
    prepare(vm)
    # A measure that takes any log-in for a success measures nothing.
    assert vm.run("/lab/bench_login bench-sekisho hanako 135791")[0] == 1
    assert vm.run("/lab/bench_login bench-u2f-pin hanako 135791")[0] == 1
    for what, user, service, questions in KINDS:
        ours, theirs = [], []
        batch(vm, (service, "bench-sekisho"), user, questions, 2)
        while len(ours) < count:
            both = batch(vm, (service, "bench-sekisho"), user, questions, min(BATCH, count - len(ours)))
            theirs += both[0]
            ours += both[1]
        table.row(what, ours, theirs, "ms", 1.0)
    granted = int(vm.output("sekisho events --json | grep -c '\"kind\":\"login.granted\"'"))
    assert granted == len(KINDS) * (count + 2), granted
