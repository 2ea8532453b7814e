"""Log-ins through PAM: pam_sekisho beside pam_u2f, the same keys, which touch themselves, and beside pam_oath; one key and
four, and what the key's own part of it is."""

import base64
import os
import statistics

import bench_where
import lab
from test_install import SOFTKEY, plug_key, tell_key
from test_otp import hotp

PROGRAM = os.path.join(lab.BUILD, "release/tests/bench/bench_login")
ASSERT = os.path.join(lab.BUILD, "release/tests/bench/bench_assert")
FILES = {"softkey": SOFTKEY, "bench_login": PROGRAM, "bench_assert": ASSERT}
U2F = "pam_u2f.so authfile=/etc/u2f_keys origin=pam://bench appid=pam://bench"
STACKS = {"bench-sekisho": "pam_sekisho.so", "bench-u2f": U2F, "bench-u2f-pin": U2F + " pinverification=1",
          "bench-pam": "pam_permit.so", "bench-code": "pam_sekisho.so",
          "bench-oath": "pam_oath.so usersfile=/etc/users.oath window=5 digits=6"}
# What is measured: name, user, pam_u2f's service, questions that are asked, milliseconds that the PIN takes to be typed, which
# are not counted: a program types at once, a person can't.
KINDS = (("log-in, touch", "taro", "bench-u2f", 0, 0), ("log-in, touch and PIN", "hanako", "bench-u2f-pin", 1, 500),
         ("log-in, touch and PIN at once", "hanako", "bench-u2f-pin", 1, 0))
BATCH = 5
KEYS = 4
# What the module may cost beyond the key's own time: so much, or so much of the whole.
COST_MS, COST_SHARE = 30, 0.1
SEED = b"12345678901234567890"

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
    vm.output("chmod 755 /lab/bench_login /lab/bench_assert")
    plug_key(vm)
    vm.output("mkdir -p /etc/sekisho/sekisho.conf.d; printf '[Auth]\\nUserVerification=roster\\nFactors=key, otp\\n"
              "[Service bench-sekisho]\\nFactors=key\\n[Service bench-code]\\nFactors=otp\\n' "
              ">/etc/sekisho/sekisho.conf.d/bench.conf")
    vm.output("echo 246810 | setsid sekisho key add hanako && echo 246810 | setsid sekisho key add --touch-only taro")
    node = vm.output("ls /dev/hidraw* | head -1")
    for user, words in (("hanako", "+presence+pin"), ("taro", "+presence")):
        vm.output(U2F_KEY % {"user": user, "node": node, "words": words})
    for name, line in STACKS.items():
        vm.output("printf 'auth required %s\\naccount required pam_permit.so\\n' >/etc/pam.d/%s" % (line, name))


def samples(vm, count, *commands):
    """Milliseconds of each of the commands, by turns, count times, each in a process of its own as in login(1) and sshd;
    and how many questions each was asked. In between each side ends what it still has to do."""
    lines = vm.output("set -e; for i in $(seq %d); do %s done" % (
        count, "".join("%s; sleep 0.5; " % command for command in commands)), 600).splitlines()
    found = [line.split() for line in lines]
    assert len(found) == count * len(commands), lines
    return [([float(ms) for ms, _ in found[at::len(commands)]], {int(asked) for _, asked in found[at::len(commands)]})
            for at in range(len(commands))]


def measure(vm, count, *commands):
    """The samples of each command, after two that are not counted: [milliseconds], questions."""
    samples(vm, 2, *commands)
    taken = [[] for _ in commands]
    questions = [set() for _ in commands]
    while len(taken[0]) < count:
        for at, (times, asked) in enumerate(samples(vm, min(BATCH, count - len(taken[0])), *commands)):
            taken[at] += times
            questions[at] |= asked
    return list(zip(taken, questions))


def log_in(service, user, typing=0):
    return "/lab/bench_login %s %s 246810 %d" % (service, user, typing)


def by_key(vm, count, table, keys):
    """Rows of each kind with so many keys plugged in."""
    for what, user, service, questions, typing in KINDS:
        (theirs, asked), (ours, asked_too) = measure(vm, count, log_in(service, user, typing), log_in("bench-sekisho", user, typing))
        assert asked == asked_too == {questions}, (asked, asked_too)
        table.row("%s, %s" % (what, "a key" if keys == 1 else "%d keys" % keys), ours, theirs, "ms", 1.0)


def others(vm, command, left):
    for at in range(1, KEYS):
        tell_key(vm, command, "key%d" % at)
    vm.until("test $(ls /dev/hidraw* | wc -l) = %d" % left)


def beside_one(vm, rounds, table, what, user, service, _questions, typing):
    """What all keys cost over one, of ours and of pam_u2f's, by turns: what else the machine does changes within minutes, and with it
    both by a third."""
    taken = {KEYS: ([], []), 1: ([], [])}
    for _ in range(rounds):
        for keys, after in ((KEYS, "unplug"), (1, "plug")):
            both = samples(vm, BATCH + 1, log_in(service, user, typing), log_in("bench-sekisho", user, typing))
            for side, (times, _asked) in zip(taken[keys], both):
                side += times[1:]  # before the first one the keys changed
            others(vm, after, KEYS + 1 - keys)
    table.row("%s, %d keys beside one" % (what, KEYS), taken[KEYS][1], taken[1][1], "ms", 1.1)
    table.row("%s, %d keys beside one, pam_u2f's" % (what, KEYS), taken[KEYS][0], taken[1][0], "ms")


def cost(vm, count, table):
    """What comes on top of the key's own time, of ours and of pam_u2f's, and how much of it is libpam's, which loads the modules
    of the service and of `other`: with pam_permit in the module's place. The credential is pam_u2f's, of the same key."""
    line = vm.output("grep ^taro: /etc/u2f_keys").split(":", 1)[1].split(",")[0]
    name = base64.b64decode(line).hex()
    node = vm.output("ls /dev/hidraw* | head -1")
    (bare, _), (pam, _), (theirs, _), (ours, _) = measure(
        vm, count, "/lab/bench_assert %s pam://bench %s" % (node, name), log_in("bench-pam", "taro"), log_in("bench-u2f", "taro"),
        log_in("bench-sekisho", "taro"))
    own, frame, whole = (statistics.median(times) for times in (bare, pam, ours))
    table.row("the key's own time beside the log-in's", bare, ours, "ms")
    table.row("libpam's own time beside the log-in's", pam, ours, "ms")
    table.row("on top of the key's own time", whole - own, statistics.median(theirs) - own, "ms")
    allowed = max(COST_MS, COST_SHARE * whole)
    table.row("the same beside what it may be", whole - own, allowed, "ms", 1.0)
    table.row("without libpam's, beside what it may be", whole - own - frame, allowed, "ms", 1.0)
    bench_where.where(vm, count, log_in("bench-sekisho", "taro"))


def by_code(vm, count, table):
    """One-time codes by a counter: each is good once, so each side has its own seed file and the same codes."""
    codes = [hotp(SEED, at) for at in range(count + 3)]
    vm.output("printf 'HOTP jiro - %s\\n' >/etc/users.oath; chmod 600 /etc/users.oath; id jiro || useradd jiro" % SEED.hex())
    vm.output("printf '%s\\n%s\\n' | sekisho otp add --given --hotp jiro" % (SEED.hex(), codes[0]))
    theirs, ours = [], []
    for at, code in enumerate(codes[1:]):
        both = samples(vm, 1, "/lab/bench_login bench-oath jiro %s" % code, "/lab/bench_login bench-code jiro %s" % code)
        if at > 1:
            theirs += both[0][0]
            ours += both[1][0]
    table.row("log-in, one-time code", ours, theirs, "ms")


def log_ins(vm, count, table):
    """Rows for each kind of log-in."""
    vm.until("test -e /run/sekishod/ready", 60)
    prepare(vm)
    # A measure that takes any log-in for a success measures nothing.
    assert vm.run(log_in("bench-sekisho", "hanako").replace("246810", "135791"))[0] == 1
    assert vm.run(log_in("bench-u2f-pin", "hanako").replace("246810", "135791"))[0] == 1
    by_key(vm, count, table, 1)
    cost(vm, count, table)
    by_code(vm, count, table)
    for at in range(1, KEYS):
        plug_key(vm, "key%d" % at)
    vm.until("test $(ls /dev/hidraw* | wc -l) = %d" % KEYS)
    by_key(vm, count, table, KEYS)
    rounds = -(-count // BATCH)
    for kind in KINDS:
        beside_one(vm, rounds, table, *kind)
    # Memory is measured with one.
    others(vm, "unplug", 1)
    granted = int(vm.output("sekisho events --json | grep -c '\"kind\":\"login.granted\"'"))
    assert granted == (2 * len(KINDS) + 2) * (count + 2) + count + len(KINDS) * rounds * 2 * (BATCH + 1), granted
