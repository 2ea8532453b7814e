"""Installed systems that a machine can be started from, and the cache of everything made from them."""

import fcntl
import glob
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
BUILD = os.path.realpath(os.environ.get("BUILD", os.path.join(HERE, "../../build")))
VM = os.path.join(BUILD, "vm")
KEPT = 12	# staged systems, and warm states, that stay when a new one is made

ROOTS = {"plain": "root=/dev/vda", "luks": "root=/dev/mapper/root"}	# what the kernel is told, by the kind of disk
PASSPHRASE = "Luks-2026"	# of the encrypted disk


class System:
    """A disk, never written again, with its kernel and initrd; identity says what went into it."""

    def __init__(self, directory, root):
        self.directory = directory
        self.root = root
        self.kernel = os.path.join(directory, "vmlinuz")
        self.initrd = os.path.join(directory, "initrd")
        disks = [os.path.join(directory, name) for name in ("disk.qcow2", "disk.ext4", "disk.luks")]
        self.disk = next(path for path in disks if os.path.exists(path))
        with open(os.path.join(directory, "id"), encoding="utf-8") as file:
            self.identity = file.read()

    def overlay(self, path):
        """Makes a qcow2 file in which a machine's writes go."""
        form = "qcow2" if self.disk.endswith(".qcow2") else "raw"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", self.disk, path], check=True)


def bare():
    """The system without Sekisho. Made where it is missing."""
    subprocess.run([os.path.join(HERE, "image"), BUILD], check=True)
    return System(os.path.join(VM, "plain"), ROOTS["plain"])


def cached(folder, identity, make):
    """The directory VM/folder/identity; where it is missing, make(fresh directory) fills it."""
    final = os.path.join(VM, folder, identity)
    os.makedirs(os.path.dirname(final), exist_ok=True)
    # One maker at a time: tests run beside each other.
    with open(os.path.join(VM, folder, ".lock-" + identity), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return find_or_make(final, identity, make)


def find_or_make(final, identity, make):
    """The directory final, with the identity in it."""
    if os.path.exists(os.path.join(final, "id")):
        os.utime(final)
        return final
    with tempfile.TemporaryDirectory(prefix=".new-", dir=os.path.dirname(final)) as work:
        fresh = os.path.join(work, "out")
        os.mkdir(fresh)
        make(fresh)
        with open(os.path.join(fresh, "id"), "w", encoding="utf-8") as file:
            file.write(identity)
        shutil.rmtree(final, ignore_errors=True)
        os.rename(fresh, final)
    for old in sorted(glob.glob(os.path.join(os.path.dirname(final), "*")), key=os.path.getmtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return final
