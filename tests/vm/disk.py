"""Disks of the lab, made from the root file system on this machine: no emulated processor is involved."""

import glob
import os
import shutil
import subprocess
import tempfile
import time

from debian_root import digest, make_root, run, say
from kernel import unpacked
from system import PASSPHRASE

HERE = os.path.dirname(os.path.realpath(__file__))
DEPENDENCIES = os.path.join(HERE, "../../packaging/dependencies")
LUKS_UUID = "5ec15400-2026-4b1d-9a6e-1ab01ab01ab0"
LUKS_ROOM = 32	# MiB that the LUKS header needs while the disk is encrypted in place
# In a mount and process namespace of its own, so that nothing of this machine is seen or left behind.
INSTALL = """
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
mkdir "$1/run/debs"
cp "$2"/*.deb "$1/run/debs"
DEBIAN_FRONTEND=noninteractive chroot "$1" sh -c 'apt-get -q -y install /run/debs/*.deb'
cp "$3" "$1/run/features"
chroot "$1" apparmor_parser --skip-kernel-load --skip-read-cache --write-cache --kernel-features=/run/features /etc/apparmor.d
"""
# What the machine's kernel knows of AppArmor (/var/cache/apparmor/*/.features): its profiles are compiled here, for an emulated
# processor takes three seconds for that. Another kernel would compile them anew at its first boot.
FEATURES = os.path.join(HERE, "guest/apparmor-features")


def content(*paths):
    """What the files hold, for a hash."""
    texts = []
    for path in paths:
        with open(path, "rb") as file:
            texts.append(file.read())
    return texts


def fill_disk(tar, kind, work, out, debs=None):
    """Unpacks and customizes the root below work, installs the .deb files of the directory debs; puts disk.ext4
    or disk.luks, vmlinuz and initrd into out."""
    root = os.path.join(work, "root")
    os.mkdir(root)
    run(["tar", "-C", root, "--numeric-owner", "-xf", tar])
    run([os.path.join(HERE, "guest/customize"), root, kind, LUKS_UUID, "again" if debs else "once"])
    if debs:
        run(["unshare", "--mount", "--pid", "--fork", "sh", "-euc", INSTALL, "sh", root, debs, FEATURES])
    shutil.copyfile(glob.glob(os.path.join(root, "boot/initrd.img-*"))[0], os.path.join(out, "initrd"))
    with open(os.path.join(out, "vmlinuz"), "wb") as kernel:
        kernel.write(unpacked(content(glob.glob(os.path.join(root, "boot/vmlinuz-*"))[0])[0]))
    used = int(subprocess.check_output(["du", "-sm", root], text=True).split()[0])
    disk = os.path.join(out, "disk.ext4")
    run(["mke2fs", "-q", "-t", "ext4", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0",
         "-J", "size=16", "-d", root, disk, "%dM" % (used * 5 // 4 + 600)])
    if kind == "luks":
        encrypt(disk, work)
        os.rename(disk, os.path.join(out, "disk.luks"))


def encrypt(disk, work):
    """Encrypts a disk in place: cryptsetup does that in user space, without a loop device or a mapping.
    Key derivation, key and sectors are the cheapest there are; the machine is an emulated one."""
    run([DEPENDENCIES, "cryptsetup-bin"])
    os.truncate(disk, os.path.getsize(disk) + (LUKS_ROOM << 20))
    passphrase = os.path.join(work, "passphrase")
    with open(passphrase, "w", encoding="utf-8") as file:
        file.write(PASSPHRASE)
    run(["cryptsetup", "reencrypt", "--encrypt", "--batch-mode", "--type", "luks2", "--uuid", LUKS_UUID,
         "--reduce-device-size", "%dM" % LUKS_ROOM, "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000",
         "--cipher", "aes-xts-plain64", "--key-size", "256", "--sector-size", "4096", "--key-file", passphrase, disk])


def disk_identity(vm, kind):
    """A hash of what decides how a disk without packages looks."""
    return digest(kind, os.path.basename(make_root(vm)), content(
        os.path.join(HERE, "guest/customize"), os.path.join(HERE, "kernel.py"), os.path.realpath(__file__), FEATURES, *sorted(
        glob.glob(os.path.join(HERE, "guest/lab-shell*")))))


def make_installed(vm, kind, debs, directory):
    """Makes a disk with the packages of the directory debs installed."""
    with tempfile.TemporaryDirectory(prefix="install-", dir=vm) as work:
        fill_disk(make_root(vm), kind, work, directory, debs)


def make_disk(vm):
    """Makes the directory vm/plain unless it is there."""
    identity = disk_identity(vm, "plain")
    final = os.path.join(vm, "plain")
    if os.path.exists(os.path.join(final, "id")):
        if content(os.path.join(final, "id"))[0].decode() == identity:
            return
    say("making the bare disk (about a minute)")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="disk-", dir=vm) as work:
        out = os.path.join(work, "out")
        os.mkdir(out)
        fill_disk(make_root(vm), "plain", work, out)
        with open(os.path.join(out, "id"), "w", encoding="utf-8") as file:
            file.write(identity)
        shutil.rmtree(final, ignore_errors=True)
        os.rename(out, final)
    say("the disk took %.0f s" % (time.monotonic() - started))
