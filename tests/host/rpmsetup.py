"""A terminal in the root of tests/host/rpm, set up without a person."""
import os
import subprocess

from engine import Engine
from rpmroot import after

ANSWERS = """[Administrator]
Name=hanako
Keys=/root/keys.csv
[Devices]
Enrol=yes
[Collector]
Bundle=/root/counter-1
[Activation]
Enable=yes
Trial=none
"""
# What setup made, and a removal leaves.
SET_UP = ["roster", "devices.conf.d/50-enrolled.conf", "collector.conf.d/collector.conf", "collector/terminal.key"]
ACCOUNTS = {"passwd": "hanako:x:2000:2000::/:/bin/sh", "group": "wheel:x:2010:hanako", "shadow": "hanako:$6$a$b:20000::::::"}
ROSTER = "# sekisho-roster 1\n" + "".join("hanako fido2 es256 %s %s\n" % (name, "ab" * 64) for name in ("c0ffee", "decade"))


def set_up(root, tree, expect):
    """`sekisho setup --answers` as installed: keys from a list, devices, a bundle of the collector's package, and the switch. The
    engine that it asks is outside; tests/host/enable-authselect has what else the switch does before and after."""
    for name, line in ACCOUNTS.items():
        with open(root.path("/etc/" + name), "a", encoding="utf-8") as file:
            file.write(line + "\n")
    os.makedirs(root.path("/etc/rsyslog.d"), exist_ok=True)	# as the family's rsyslog has it
    status, said = root.run("sekisho-collector", "setup", "--name", "collector.lab")
    expect("the collector is set up", status == 0 and os.path.exists(root.path("/etc/rsyslog.d/50-sekisho-collector.conf")), said)
    status, said = root.run("sekisho-collector", "terminal", "counter-1", "--output", "/root")
    expect("it makes a bundle", status == 0, said)
    root.write("/etc/sekisho/roster", ROSTER)
    root.write("/root/keys.csv", root.run("sekisho", "export", "csv")[1])
    os.unlink(root.path("/etc/sekisho/roster"))
    root.write("/root/answers", ANSWERS, 0o600)
    engine = Engine(tree + "/release")
    engine.start()
    try:
        os.makedirs(root.path("/run/engine"))
        root.mount("--bind", engine.work, root.path("/run/engine"))
        os.symlink("/run/engine/record.sock", root.path("/run/sekisho/record.sock"))
        logins = root.logins()
        status, said = root.run("sekisho", "setup", "--answers", "/root/answers", "--check")
        expect("setup tells what it would do", said.count("to be done\n") == 4 and root.logins() == logins and
               not os.path.exists(root.path("/etc/sekisho/roster")), status, said)
        root.called()
        status, said = root.run("sekisho", "setup", "--answers", "/root/answers")
        calls = root.called()
        expect("set up", status == 1 and "Two-factor log-in is on" in said, status, said)
        expect("all of it is there", all(os.path.exists(root.path("/etc/sekisho/" + name)) for name in SET_UP), said)
        expect("by authselect, with the timer before it", after(calls, "systemd-run", "authselect select sekisho with-faillock"), calls)
        status, said = root.run("sekisho", "setup", "--answers", "/root/answers")
        expect("once more it changes nothing", status == 1 and "to be done" not in said and "waits to be confirmed" in said, status, said)
        expect("the journal knows", [event["fields"]["reason"] for event in engine.events("door.enabled")] == ["untried"])
    finally:
        subprocess.run(["umount", root.path("/run/engine")], check=False)
        os.unlink(root.path("/run/sekisho/record.sock"))
        engine.end()
