"""The ways out that are not USB, and `sekisho check exits`, which looks at the locks on all of them."""

import json
import os
import time

import attempts
import lab
from card_reader import READER, put_in_card
from test_install import installed
from test_usb import PRESENT, device, drop_in, events, present_at_boot

# A card reader, and a SCSI controller with an optical drive.
BUILT_IN = ("-device", "virtio-scsi-pci,id=hba", *READER,
            "-blockdev", "driver=null-co,node-name=disc,size=8388608,read-only=on", "-device", "scsi-cd,bus=hba.0,scsi-id=5,id=writer,drive=disc")
BUSES = "scsi mmc"


def ready(vm):
    """Until the agent judges and nobody more joins a bus."""
    vm.until("test -e /run/sekishod/ready && systemctl is-active -q sekisho-buses")


def check(vm):
    """What `sekisho check exits --json` says: (exit status, {lock: (state, evidence)}, {exit: state})."""
    status, said = vm.run("sekisho check exits --json")
    found = json.loads(said)
    return (status, {lock["lock"]: (lock["state"], lock["evidence"]) for lock in found["locks"]},
            {one["exit"]: one["state"] for one in found["exits"]})


def disks(vm):
    """All block devices but the machine's own."""
    return vm.output("ls /sys/block | grep -v -e ^vda -e ^loop -e ^sr -e ^ram -e ^fd; true").split()


def plug_all(vm):
    """A SCSI disk is plugged in, a card is put in."""
    vm.qmp("blockdev-add", driver="null-co", node_name="late", size=8 << 20)
    vm.qmp("device_add", driver="scsi-hd", id="late", bus="hba.0", drive="late")
    put_in_card(vm)


READONLY = """modprobe loop; truncate -s 8M /run/disc; mkfs.ext4 -q /run/disc; losetup /dev/loop0 /run/disc
/usr/libexec/sekisho/sekisho-readonly /dev/loop0; mount -o rw /dev/loop0 /mnt && touch /mnt/out"""


def optical(vm):
    """The drive is closed to people and read-only to all, also after somebody opened it and put a disc in."""
    assert vm.output("stat -c '%U %G %a' /dev/sr0 $(ls -d /sys/block/sr0/device/scsi_generic/* | sed s,.*/,/dev/,)"
                     ).split("\n") == ["root root 600"] * 2
    assert vm.output("cat /sys/block/sr0/ro; udevadm info -q property /dev/sr0 | grep UDISKS_IGNORE").split() == [
        "1", "UDISKS_IGNORE=1"]
    for user, error in (("hanako", "Permission denied"), ("root", "Operation not permitted")):
        status, said = vm.run_as(user, "exec 3<>/dev/sr0")
        assert status != 0 and error in said, said
    attempts.told(vm, {"action": "open", "path": "/dev/sr0"})
    vm.output("chmod 666 /dev/sr0")
    _, locks, exits = check(vm)
    assert locks["optical"] == ("broken", "/dev/sr0 is not root's alone") and exits["optical"] == "open", locks
    vm.output("udevadm trigger --action=change --sysname-match=sr0; udevadm settle")
    _, locks, exits = check(vm)
    assert locks["optical"][0] == "holds" and exits["optical"] == "closed", locks
    status, said = vm.run(READONLY)
    assert status != 0 and "read-only" in said.lower(), said
    vm.output("/usr/libexec/sekisho/sekisho-readonly --off /dev/loop0; mount -o rw /dev/loop0 /mnt; touch /mnt/out; umount /mnt")


def test_buses():
    """M-01, M-02: a stick present at boot is refused, a keyboard works; a SCSI disk and a card that join a running terminal get no driver and
    are told; control: without both locks they become disks; a built-in optical drive writes nothing"""
    with lab.Vm(installed(), devices=BUILT_IN + PRESENT) as vm:
        present_at_boot(vm)
        ready(vm)
        vm.until("for bus in %s; do grep -qx 0 /sys/bus/$bus/drivers_autoprobe || exit 1; done" % BUSES)
        plug_all(vm)
        vm.until("ls -d /sys/bus/scsi/devices/*:0:0:0")
        vm.output("udevadm settle --timeout=60")
        assert disks(vm) == [], disks(vm)
        told = {event["device"].split()[0]: event for event in events(vm, "device.blocked", 3) if event.get("when") != "start"}
        assert {event["reason"] for event in told.values()} == {"bus-closed"}, told
        assert set(told) == set(BUSES.split()) and told["scsi"]["name"] == "QEMU HARDDISK", told
        _, locks, exits = check(vm)
        assert locks["buses"][0] == "holds", locks
        optical(vm)
        assert exits["disk"] == exits["sd-card"] == "closed", exits
    with lab.Vm(installed(), devices=BUILT_IN, cmdline="lsm=landlock,lockdown,yama,apparmor") as vm:
        ready(vm)
        attempts.weaker(vm, check)
        # sekishod closes again what the configuration closes.
        vm.output("sed -i '/scsi/d; /mmc/d' /etc/sekisho/buses.conf")
        vm.output("for bus in %s; do echo 1 >/sys/bus/$bus/drivers_autoprobe; done" % BUSES)
        plug_all(vm)
        told = [event for event in events(vm, "device.blocked", 2) if event["reason"] == "not-in-inventory"]
        assert sorted(event["device"] for event in told) == ["mmc mmcblk0", "scsi sda"], told
        assert disks(vm) == [] and vm.run("ls -d /sys/bus/scsi/devices/*:0:0:0")[0] != 0, disks(vm)
        # Without an inventory they stay; so the locks are seen to be open.
        vm.output("rm /etc/sekisho/disks.conf; systemctl reload sekishod")
        vm.output("cd /sys/bus/mmc/devices; echo mmc*:* >../drivers/mmcblk/bind; echo '- - -' | tee /sys/class/scsi_host/host*/scan")
        vm.until("test -b /dev/sda && test -b /dev/mmcblk0")
        assert "disks enrol" in events(vm, "policy.rejected")[-1]["error"]
        _, locks, exits = check(vm)
        assert locks["buses"] == ("broken", "/sys/bus/scsi/drivers_autoprobe = 1"), locks
        assert exits["disk"] == exits["sd-card"] == "open", exits
        # There before the buses are closed, and without its driver yet: it gets it, and nobody else of its name does.
        name = vm.output("basename $(readlink -f /sys/block/sda/device)")
        unbind = "echo %s >/sys/bus/scsi/drivers/sd/unbind; ! test -e /sys/block/sda; " % name
        again, anew = "systemctl restart sekisho-buses; ", "rm /run/sekisho-buses/*; systemctl restart sekisho-buses; "
        vm.output(unbind + again + "/usr/libexec/sekisho/buses late")
        assert disks(vm) == ["mmcblk0"], disks(vm)
        vm.output(anew + "grep -qx 0 /sys/bus/scsi/drivers_autoprobe; systemctl start sekisho-buses-late")
        vm.until("test -b /dev/sda", 30)
        vm.output(unbind + anew + "sed -i 's|^[0-9]* \\(.*/%s\\)$|7 \\1|' /run/sekisho-buses/waiting; grep -q '^7 ' /run/sekisho-buses/waiting; "
                  "/usr/libexec/sekisho/buses late" % name)
        assert disks(vm) == ["mmcblk0"], disks(vm)


# Whatever the kernel, udev or root asks modprobe for: by a module's own name, as the base of another, by a file system's.
REFUSED = ("nbd rbd aoe drbd nvme-tcp usbip-host vhci-hcd usb_f_mass_storage g_ether gadgetfs nfsd fs-nfs4 fs-cifs fs-smb3 fs-ceph "
           "fs-9p fs-afs floppy platform:floppy wwan firewire_core")


def refuses_drivers(vm):
    """None of the drivers can be had, and a mount is none."""
    had = vm.output("for module in %s; do modprobe -q $module && echo $module; done; true" % REFUSED)
    assert had == "", had
    for kind, source in (("9p", "127.0.0.1"), ("nfs4", "127.0.0.1:/"), ("cifs", "//127.0.0.1/x"), ("ceph", "127.0.0.1:/")):
        status, said = vm.run("mount -i -t %s %s /mnt" % (kind, source))
        assert status != 0 and "permission denied" in said, said
    there = vm.output("cut -d' ' -f1 /proc/modules | grep -Ex 'nbd|rbd|aoe|drbd|nvme_(tcp|fabrics)|usbip.*|vhci.*|libcomposite|g_.*|nfsd?|"
                      "nfsv.|sunrpc|cifs|ceph|9p|kafs|floppy'; true")
    assert there == "", there


def mounts_little(vm):
    """A person mounts memory in a user namespace, and neither a disk, nor FUSE, nor the network."""
    vm.output("modprobe -a fuse loop; udevadm settle; test $(stat -c %a /dev/fuse) = 666")
    status, said = vm.run_as("hanako", "unshare -Urm sh -c 'mount -t tmpfs none /mnt && exec 3<>/mnt/file'")
    assert (status, said) == (0, ""), said
    for command, error in (("exec 3<>/dev/fuse", "Operation not permitted"), ("mount -t ext4 /dev/vda /mnt", "denied"),
                           ("exec 3<>/dev/loop-control", "Permission denied"), ("mount -i -t nfs4 127.0.0.1:/ /mnt", "")):
        status, said = vm.run_as("hanako", "unshare -Urm sh -c '%s'" % command)
        assert status != 0 and error in said, (command, said)


def requests_nothing(vm):
    """A person doesn't open the node of a refused stick, through which vendor requests would reach it: that is told."""
    at = device(vm, "QEMU USB HARDDRIVE")
    node = "/dev/bus/usb/%s" % vm.output("printf %%03d/%%03d $(cat %s/busnum) $(cat %s/devnum)" % (at, at))
    assert "Permission denied" in vm.run_as("hanako", "exec 3<>" + node)[1]
    attempts.told(vm, {"action": "open", "path": node})


def plug_disk(vm, name, port, **device):
    """A disk of 8 MiB into a slot of the running machine."""
    path = os.path.join(vm.machine.directory, name + ".img")
    with open(path, "wb") as file:
        file.truncate(8 << 20)
    vm.qmp("blockdev-add", driver="raw", node_name=name, file={"driver": "file", "filename": path})
    vm.qmp("device_add", dict(device, id=name, bus=port, drive=name))


def strangers(vm):
    """What was told of disks that are not on the inventory, by serial number."""
    lines = map(json.loads, vm.output("sekisho events --json").splitlines())
    return {line["fields"]["serial"]: line for line in lines if line["fields"].get("reason") == "not-in-inventory"}


def shut_slots(vm):
    """Cards that are plugged in lose their driver and are told; what comes to a machine without the list gets it."""
    plug_disk(vm, "card", "rp0", driver="nvme", serial="CARD")
    plug_disk(vm, "other", "rp1", driver="virtio-blk-pci", serial="OTHER")
    vm.until("ls -l /sys/bus/pci/devices/*/driver; sekisho events --json | grep slot-closed; "
             "test $(sekisho events --json | grep -c slot-closed) = 2", 60)
    vm.output("udevadm settle --timeout=60")
    told = [event for event in events(vm, "device.blocked") if event["reason"] == "slot-closed"]
    assert sorted(event["vendor"] for event in told) == ["1af4", "1b36"] and disks(vm) == [], told
    for event in told:
        at = "/sys/bus/pci/devices/" + event["device"].split()[1]
        assert vm.run("test -e %s/driver" % at)[0] == 1 and vm.output("cat %s/driver_override" % at) == "sekisho-closed"
        vm.output("echo 1 >/sys/bus/pci/rescan; echo %s >/sys/bus/pci/drivers_probe; ! test -e %s/driver" % (at[21:], at))
    locks, exits = check(vm)[1:]
    assert locks["slots"][0] == "holds" and exits["pci"] == "closed", (locks, exits)
    vm.output("rm /run/sekisho-buses/pci")


def take_strangers_away(vm):
    """Plugged in: gone again, and told. Nothing else is."""
    plug_disk(vm, "fast", "rp2", driver="nvme", serial="FAST")
    plug_disk(vm, "virtual", "rp3", driver="virtio-blk-pci", serial="VIRTUAL")
    vm.until("test $(sekisho events --json | grep -c not-in-inventory) = 2", 60)
    vm.output("udevadm settle --timeout=60")
    told = strangers(vm)
    assert told["FAST"]["fields"]["device"] == "nvme nvme0n1", told
    assert told["VIRTUAL"]["fields"]["device"] == "virtio vdb", told
    assert disks(vm) == [] and vm.run("ls /dev/nvme0 /dev/ng0n1 /dev/nvme0n1 /dev/vdb")[0] != 0, disks(vm)
    assert vm.run("dd if=/dev/vdb of=/dev/null count=1")[0] == 1
    return told


def keep_what_is_in_use(vm, told):
    """Without the agent udev's rule leaves a stranger to root alone; mounted it stays, which is told; enrolled it is no stranger."""
    driver = "/sys/bus/virtio/drivers/virtio_blk"
    name = vm.output("basename $(ls -d /sys/bus/pci/devices/%s/virtio*)" % told["VIRTUAL"]["fields"]["path"])
    vm.output("systemctl stop sekishod; echo %s >%s/bind; udevadm settle" % (name, driver))
    assert vm.output("stat -c '%a %U:%G' /dev/vdb") == "600 root:root"
    assert vm.run_as("hanako", "head -c 512 /dev/vdb")[0] == 1
    vm.output("cd /dev && ! dd if=zero of=vdb count=1 conv=fsync && grep -qx 1 /sys/block/vdb/ro && blockdev --setrw vdb && systemd-run -q --wait --unit=sekisho-write mkfs.ext4 -q /dev/vdb && udevadm trigger --settle /sys/block/vdb && blockdev --setrw vdb")
    about = vm.output("udevadm info -q property /dev/vdb")
    assert "UDISKS_IGNORE=1" in about and "ID_FS_TYPE" not in about, about
    vm.output("mount /dev/vdb /mnt; systemctl start sekishod")
    fault = [event for event in events(vm, "engine.fault") if event["fault"] == "disk-not-closed"]
    assert fault[0]["error"] == "Device or resource busy", fault
    vm.output("echo kept >/mnt/file; sync; grep -q kept /mnt/file")
    _, locks, exits = check(vm)
    assert locks["disks"][0] == "broken" and "/dev/vdb" in locks["disks"][1] and exits["disk"] == "open", locks
    vm.output("umount /mnt; systemctl reload sekishod")
    vm.until("! test -e /sys/block/vdb", 20)
    assert "vda" in vm.output("sekisho disks enrol --again; sekisho disks add %d" % told["VIRTUAL"]["seq"])
    vm.output("systemctl reload sekishod; echo %s >%s/bind; udevadm settle; sleep 1" % (name, driver))
    assert "NOT" not in vm.output("sekisho disks") and disks(vm) == ["vdb"], vm.output("sekisho disks")
    maps_no_disk(vm)


LEG = "dmsetup create --noudevsync leg --table '0 8 linear /dev/vdb 0' && dmsetup mknodes leg"


def maps_no_disk(vm):
    """The kernel opens a disk for the device mapper as for who asks: root in a session is refused, and told. Control: outside of one it
    is mapped, and nobody writes to the map but through a file system."""
    status, said = vm.run_as("root", LEG)
    assert status != 0 and "not permitted" in said and vm.run("dmsetup status leg")[0] != 0, said
    attempts.told(vm, {"action": "open", "device": "block vdb"}, program="dmsetup")
    vm.output(LEG)
    attempts.refused(vm.run("exec 3<>/dev/mapper/leg")[1])
    assert "dm" in attempts.told(vm, {"action": "block-write"}, program="bash")["device"]
    vm.output("dmsetup remove --noudevsync leg; rm -f /dev/mapper/leg")


def held(vm):
    """The root half holds still, so that sekishod finds what is changed and nothing is put right yet."""
    vm.output("systemctl kill -s STOP sekisho-priv")


def let_go(vm):
    """It goes on."""
    vm.output("systemctl kill -s CONT sekisho-priv")


def found(vm, restored):
    """Within a minute of a machine's own tamper.found tells of each path, and whether it was put right; returns the events."""
    deadline = time.monotonic() + 60 * lab.PATIENCE
    while True:
        events_now = {event["path"]: event for event in events(vm, "tamper.found", 0)}
        if all(path in events_now for path in restored):
            break
        assert time.monotonic() < deadline, (restored, events_now)
        time.sleep(1)
    for path, how in restored.items():
        assert events_now[path]["restored"] == how, events_now[path]
    return events_now


def look_at_settings(vm):
    """What was written to by hand before the sweep that found() waited for is told, with the digest; and all there was at the start."""
    changed = {event["file"]: event for event in events(vm, "settings.changed", 3)}
    for path, group in (("/etc/pam.d/common-account", "doors"), ("/etc/sekisho/substitutes", "people"),
                        ("/etc/sekisho/disks.conf", "devices")):
        event = changed[path]
        assert event["group"] == group and event["sha256"] == vm.output("sha256sum <" + path).split()[0] != event["replaced"], event
    assert changed["/etc/sekisho/substitutes"]["replaced"] == "no file", changed
    seen = {event["group"]: event for event in events(vm, "settings.seen", 5)}
    assert set(seen) == {"log-in", "people", "devices", "collector", "doors"} and int(seen["doors"]["files"]) > 10, seen


RULES = "/lib/udev/rules.d/72-sekisho-usb.rules"
OPENS = "/etc/udev/rules.d/99-opens.rules"
# What undoes a lock, and what `sekisho check exits` has to say then.
UNDONE = (
    ("usb-default", "echo 1 >/sys/module/usbcore/parameters/authorized_default",
     "/sys/module/usbcore/parameters/authorized_default = 1"),
    ("usb-buses", "echo 1 >/sys/bus/usb/devices/usb2/authorized_default",
     "/sys/bus/usb/devices/usb2/authorized_default = 1"),
    ("usb-nodes", "chmod 666 /dev/bus/usb/*/* 2>/dev/null", "/dev/bus/usb/"),
    ("session-devices", "systemctl set-property --runtime user.slice 'DeviceAllow=char-usb_device rw'", " usb_device (189:"),
    ("session-place", "echo 1000 >/proc/self/loginuid; sleep 300 >/dev/null 2>&1 </dev/null &", "process "),
    ("slots", "rm /run/sekisho-buses/pci", "sekisho-buses.service"),
    ("disks", "sed -i s/Path=.*/Path=0000:99:99.0/ /etc/sekisho/disks.conf", "vda"),
    ("buses", "echo 1 >/sys/bus/scsi/drivers_autoprobe", "/sys/bus/scsi/drivers_autoprobe = 1"),
    ("serial", "chgrp dialout /dev/ttyS1; chmod 660 /dev/ttyS1", "/dev/ttyS1"),
    ("modules-disks", "modprobe -i nbd", "/sys/module/nbd"),
    ("modules-files", "modprobe -i 9p", "/sys/module/9p"),
    # modprobe.d(5): soft dependencies make the line void.
    ("modules-floppy", "echo softdep floppy pre: loop >/etc/modprobe.d/b.conf", "floppy"),
    ("modules-usbip", "echo 'install usbip_core /bin/echo' >/etc/modprobe.d/a.conf", "usbip_core"),
    ("files", "echo '# x' >>" + RULES, RULES),
    ("sole-judge", "echo 'KERNEL==\"none\", ATTR{authorized}=\"1\"' >" + OPENS, OPENS + ", line 1"),
)
NOT_RESTORED = {"session-place", "session-devices", "slots", "disks", "serial", "modules-disks", "modules-files", "modules-floppy",
                "modules-usbip"}
# What systemd is told of the services, and whose /proc/PID is root's: not dumpable (proc(5)).
UNITS = {"sekishod": ("always", "30s", "-900"), "sekisho-priv": ("always", "0", "-900"),
         "sekisho-authd": ("always", "0", "-900"), "sekisho-forward": ("always",), "sekisho-mirror": ("always",)}


def assert_guarded(vm):
    """The services come back whatever ends them, the kernel spares them, and nobody of their user looks into them."""
    for unit, expected in UNITS.items():
        said = vm.output("systemctl show --value -p Restart -p WatchdogUSec -p OOMScoreAdjust -p StartLimitIntervalUSec " + unit).split()
        assert set(said) >= set(expected), (unit, said)
    owners = vm.output("for p in sekishod sekisho-authd sekisho-session; do for i in $(pidof $p); do "
                       "echo $p $(stat -c %u /proc/$i/mem) $(cat /proc/$i/oom_score_adj); done; done").splitlines()
    assert {line.split()[0] for line in owners} >= {"sekishod", "sekisho-authd", "sekisho-session"}, owners
    assert all(line.split()[1:] == ["0", "-900"] for line in owners), owners


def assert_watched(vm):
    """One that stands still is ended and comes back; nothing opens meanwhile."""
    vm.output("systemctl kill -s STOP sekishod")
    vm.until("test $(systemctl show --value -p NRestarts sekishod) -gt 0", 60)
    assert set(vm.output("cat /sys/bus/usb/devices/usb*/*authorized_default").split()) == {"0"}
    ready(vm)


def test_check():
    """N-03: sekisho check exits sees each lock hold or undone; sekishod finds what is undone, restores it, records it; strange disks go"""
    with lab.Vm(installed(), warm=True) as vm:
        ready(vm)
        vm.usb_plug("storage", "stick")
        vm.until("sekisho events --json | grep -q device.blocked")
        refuses_drivers(vm)
        mounts_little(vm)
        assert "Permission denied" in vm.run_as("hanako", "exec 3<>/dev/ttyS1")[1]
        attempts.told(vm, {"action": "open", "path": "/dev/ttyS1"})
        requests_nothing(vm)
        # A bus that is there only from now on.
        vm.output("modprobe -r mmc_core; ! test -e /sys/bus/mmc; modprobe mmc_core")
        vm.until("grep -qx 0 /sys/bus/mmc/drivers_autoprobe", 20)
        assert vm.run_as("root", "sekisho check exits --json | grep -q 'user.slice refuses'")[0] == 0
        _, locks, exits = check(vm)
        assert {state for state, _ in locks.values()} == {"holds"}, locks
        assert exits["usb-storage"] == exits["raw-nodes"] == "closed", exits
        assert_guarded(vm)
        # It looks every four seconds.
        drop_in(vm, "sekishod", "WatchdogSec=8", "TimeoutStopSec=2")
        vm.output("systemctl restart sekishod")
        ready(vm)
        assert "開" in vm.run("LC_ALL=C.UTF-8 LANGUAGE=ja sekisho check exits")[1]
        english, japanese = (json.loads(vm.run("LC_ALL=C.UTF-8 LANGUAGE=%s OUTPUT_CHARSET=EUC-JP sekisho check exits --json" % language)[1])
                             for language in ("en", "ja"))
        assert [row["lock"] for row in english["locks"]] == [row["lock"] for row in japanese["locks"]] == list(locks)
        assert english["exits"] == japanese["exits"] and "無線" in str(japanese["locks"]), japanese
        attempts.refuse_and_tell(vm)
        shut_slots(vm)
        keep_what_is_in_use(vm, take_strangers_away(vm))
        vm.output("systemctl restart sekisho-buses")
        assert {state for state, _ in check(vm)[1].values()} == {"holds"}, check(vm)
        held(vm)
        vm.output("echo '# by hand' >>/etc/pam.d/common-account; echo >/etc/sekisho/substitutes")
        for lock, undo, evidence in UNDONE:
            vm.output(undo)
            status, locks, exits = check(vm)
            assert status == 1 and locks[lock][0] == "broken" and locks[lock][1].find(evidence) >= 0, (lock, locks)
            assert "open" in exits.values(), exits
        let_go(vm)
        stick = device(vm, "QEMU USB HARDDRIVE")
        told = found(vm, {"/sys/module/usbcore/parameters/authorized_default": "yes",
                          "/sys/bus/usb/devices/usb2/authorized_default": "yes",
                          "/sys/bus/scsi/drivers_autoprobe": "yes",
                          "/dev/bus/usb, " + stick.rsplit("/", 1)[1]: "yes", RULES: "no", OPENS: "no",
                          "/run/systemd/system/sekishod.service.d/lab.conf": "no", "modules-disks": "no", "modules-files": "no"})
        # By the driver that is there, which modprobe was told to load all the same; what is right is not told.
        assert (told["modules-disks"]["object"], told["modules-disks"]["found"]) == ("lock", "in the kernel: nbd"), told
        assert told["modules-files"]["found"].startswith("in the kernel: 9p"), told
        assert not {"modules-floppy", "modules-usbip", "gadgets", "thunderbolt", "optical"} & set(told), told
        look_at_settings(vm)
        assert told[OPENS]["object"] == "rule" and told[RULES]["found"] != told[RULES]["expected"], told
        vm.output("sed -i '$d' %s; rm %s" % (RULES, OPENS))
        _, locks, _ = check(vm)
        assert {lock for lock, (state, _) in locks.items() if state != "holds"} <= NOT_RESTORED, locks
        vm.output("echo 1 >%s/authorized" % stick)
        found(vm, {stick + "/authorized": "yes"})
        assert vm.output("cat %s/authorized" % stick) == "0"
        # USB over IP: its buses begin closed like any other's.
        vm.output("modprobe -i usbip-core; modprobe vhci-hcd")
        vm.until("ls -d /sys/devices/platform/vhci_hcd.0/usb*/authorized_default && "
                 "! grep -v 0 /sys/bus/usb/devices/usb*/*authorized_default", 20)
        assert_watched(vm)
