"""What the kernel refuses by BPF LSM, tried as root and as a person, and what is told of it."""

from test_usb import events

PINS = "/sys/fs/bpf/sekisho"
CALLS = "/proc/sys/kernel/ftrace_enabled"
PERL = "perl -MSocket -e '%s or print \"$!\"'"
SG_IO = "0x2285"
SOCKET = PERL % "socket(S, 31, 3, 1)"
COMMAND = PERL % ("open(F, \"<\", \"/dev/vda\") or die; ioctl(F, %s, 0)" % SG_IO)
WRITE = PERL % "open(F, \"+<\", \"/dev/vda\")"
# How it is tried, and what is told of it.
TRIED = (
    ("mount -i -t cifs //server.example/share /mnt", {"action": "mount", "filesystem": "cifs", "source": "//server.example/share"}),
    ("mount -t nfs 192.0.2.1:/home /mnt", {"action": "mount", "filesystem": "nfs"}),
    ("unshare -m mount -t fuse.sshfs x /mnt", {"action": "mount", "filesystem": "fuse"}),
    (SOCKET, {"action": "socket", "family": "bluetooth"}),
    (COMMAND, {"action": "raw-command", "device": "block vda", "command": SG_IO}),
    (WRITE, {"action": "block-write", "device": "block vda"}),
)
REFUSED = ("permitted", "permission denied")


def told(vm, wanted, **who):
    """The one event that has these fields; it comes within a moment."""
    wanted = dict(wanted, **who)

    def fitting():
        return [event for event in events(vm, "attempt.refused", 0) if wanted.items() <= event.items()]
    vm.until("sekisho events --json | grep attempt.refused | grep -q %s" % wanted["action"], 20)
    for _ in range(60):
        if fitting():
            break
        vm.output("sleep 0.5")
    found = fitting()
    assert len(found) == 1, (wanted, found, events(vm, "attempt.refused", 0))
    return found[0]


def refused(said):
    """An attempt's output is that of a refusal."""
    assert any(word in said.lower() for word in REFUSED), said


def try_all(vm):
    """Root in a service, root in a session, a person: nobody gets through, and each is told once."""
    assert not [event for event in events(vm, "attempt.refused", 0) if event["program"] == "sekisho"]
    for command, wanted in TRIED:
        refused(vm.run(command)[1])
        assert told(vm, wanted)["caller"] == "0"
    # A session's device policy refuses before: that is told as well, and once, however often.
    for _ in range(3):
        refused(vm.run_as("root", WRITE)[1])
    told(vm, {"action": "open", "device": "block vda"}, program="perl")
    refused(vm.run_as("hanako", "unshare -Urm mount -t fuse y /mnt")[1])
    assert told(vm, {"action": "mount", "filesystem": "fuse", "source": "y"})["caller"] == vm.output("id -u hanako")
    refused(vm.run_as("hanako", SOCKET)[1])
    told(vm, {"action": "socket", "caller": vm.output("id -u hanako")})
    refused(vm.run_as("hanako", "head -c 1 /dev/vda")[1])
    assert told(vm, {"action": "open", "path": "/dev/vda"})["program"] == "head"
    # What reaches nobody goes on, and so does a service that is listed.
    assert vm.run_as("hanako", "unshare -Urm mount -t tmpfs x /mnt && echo well")[1].strip() == "well"
    assert vm.run("systemd-run -q --wait --pipe --unit=sekisho-write " + WRITE)[1].strip() == ""


def outlive(vm):
    """The programs hold whatever of ours is killed; who takes them away is told, and they come back."""
    vm.output("systemctl kill -s KILL sekishod sekisho-priv; systemctl stop sekishod sekisho-lsm 'sekisho-attempts@*'")
    refused(vm.run(SOCKET)[1])
    assert vm.run("pgrep -c sekisho-lsm")[1].strip() == "0"
    vm.output("systemctl start sekishod")
    vm.until("test -e /run/sekishod/ready")
    vm.until("! pgrep -x sekisho-lsm")
    vm.output("sleep 1; rm %s/guard_socket" % PINS)
    assert "Operation not permitted" not in vm.run(SOCKET)[1]
    vm.until("sekisho events --json | grep tamper.found | grep -q %s/guard_socket" % PINS, 60)
    vm.until("test -e %s/guard_socket" % PINS, 60)
    refused(vm.run(SOCKET)[1])


def found(vm, *words):
    """It was told, with all of these words; the next sweep is some seconds away."""
    vm.until("sekisho events --json | grep tamper.found | %s" % " | ".join("grep -q '%s'" % word if word == words[-1] else "grep '%s'" % word
                                                                         for word in words), 60)


def replaced(vm):
    """Names say nothing: pins that have changed places, and calls that are switched off, are told and put right."""
    # sekishod may be quicker than we look: then they change places anew.
    vm.until("cd %s && mv see_policy kept && mv guard_socket see_policy && mv kept guard_socket && "
             "sekisho check exits --json | grep -q 'another program'" % PINS)
    found(vm, "another one", PINS)
    vm.until("! ls %s | grep -q kept && ! sekisho check exits --json | grep -q 'another program'" % PINS, 60)
    # The programs of Linux 6.1 end with it, though all of them hang where they were.
    said = vm.run("echo 0 >%s; %s" % (CALLS, SOCKET))[1]
    assert "Operation not permitted" not in said, said
    found(vm, CALLS)
    vm.until("grep -qx 1 %s" % CALLS, 60)
    refused(vm.run(SOCKET)[1])
    # What could not be loaded is tried again.
    vm.until(": >/run/sekisho-lsm/loaded; sekisho check exits --json | grep -q 'not all programs'")
    vm.output("rm %s/guard_mount" % PINS)
    vm.until("test -e %s/guard_mount && test -s /run/sekisho-lsm/loaded" % PINS, 60)


def refuse_and_tell(vm):
    """All of it."""
    try_all(vm)
    outlive(vm)
    replaced(vm)


def weaker(vm, check):
    """Where the kernel asks no BPF programs all goes on, and the rows say that they are weaker."""
    assert "bpf" not in vm.output("cat /sys/kernel/security/lsm").split(",")
    assert vm.run("ls %s" % PINS)[0] != 0
    _, locks, exits = check(vm)
    assert {name for name, (state, _) in locks.items() if state == "weaker"} == {
        "guard-mounts", "guard-commands", "guard-writes", "guard-sockets"}, locks
    assert exits["network-files"] == exits["raw-nodes"] == "weaker", exits
    assert "Operation not permitted" not in vm.run(SOCKET)[1]
