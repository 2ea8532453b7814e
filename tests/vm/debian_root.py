"""A Debian 12 root file system as a tar file, made by mmdebstrap from this machine's own apt sources."""

import glob
import hashlib
import os
import subprocess
import sys
import tempfile
import time

SUITE = "bookworm"
SUITES = (SUITE, SUITE + "-updates", SUITE + "-security")
KEYRING = "debian-archive-keyring"

PACKAGES = """linux-image-amd64 initramfs-tools zstd systemd-sysv udev dbus libpam-systemd libpam-modules
login passwd sudo kmod acl procps iproute2 openssh-server openssh-client usbutils util-linux-extra quota strace
libfido2-1 libcsv3 liboath0 libqrencode4 libinih1 libjansson4 libcurl4 libudev1 libsystemd0 libssl3 libcbor0.8 libusb-1.0-0
fido2-tools libpam-u2f libpam-oath usbguard rsyslog rsyslog-relp rsyslog-openssl openssl auditd apparmor""".split()
# Installed into the encrypted disk only; until the disks are made they lie in /var/lib/lab.
LUKS_PACKAGES = ["cryptsetup-initramfs"]

# Documentation, and the drivers of hardware that the lab never has: update-initramfs starts some ten
# programs a module, which takes minutes on an emulated processor.
WANTED_DRIVERS = """acpi/* block/* bluetooth/* cdrom/* char/* dax/* dma-buf/* input/* md/* mmc/* net/usb/*
net/dummy.ko net/veth.ko net/wireless/mac80211_hwsim.ko net/mii.ko net/tun.ko net/phy/libphy.ko net/mdio/* nvme/common/* nvme/host/* nvdimm/*
ata/ahci.ko ata/libahci.ko ata/libata.ko
hid/hid.ko hid/hid-generic.ko hid/hid-multitouch.ko hid/uhid.ko hid/usbhid/* i2c/i2c-smbus.ko i2c/busses/i2c-i801.ko
scsi/scsi_*.ko scsi/sd_mod.ko scsi/sg.ko scsi/sr_mod.ko scsi/virtio_scsi.ko scsi/ses.ko
misc/enclosure.ko powercap/* rtc/* tty/* usb/* virtio/* watchdog/softdog.ko""".split()
PATHS = ["exclude=" + path for path in (
    "/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*",
    "/lib/modules/*/kernel/sound/pci/*", "/lib/modules/*/kernel/sound/soc/*",
    "/lib/modules/*/kernel/sound/firewire/*", "/lib/modules/*/kernel/drivers/*")]
PATHS += ["include=/lib/modules/*/kernel/drivers/" + path for path in WANTED_DRIVERS]
PATHS += ["include=/usr/share/locale/*/LC_MESSAGES/sekisho*.mo"]

INITRAMFS = "MODULES=most\nCOMPRESS=zstd\nCOMPRESSLEVEL=1\n"


def say(text):
    """A line of progress."""
    print("lab: " + text, flush=True)


def digest(*parts):
    """A short hash of whatever decides what a cached file holds."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def run(command, **options):
    """Runs a command quietly; what it said is shown only when it fails."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, errors="replace", check=False, **options)
    if result.returncode != 0:
        sys.stdout.write(result.stdout[-6000:])
        raise SystemExit("lab: failed: " + " ".join(command))


def one_line_sources(text):
    """The entries of a sources.list that are Debian's own, as deb822 paragraphs."""
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if len(words) < 4 or words[0] != "deb":
            continue
        options = ""
        if words[1].startswith("["):
            end = next((i for i, word in enumerate(words) if word.endswith("]")), 1)
            options = " ".join(words[1:end + 1])
            words[1:end + 1] = []
        foreign = "signed-by" in options and KEYRING not in options
        if len(words) >= 4 and words[2] in SUITES and "main" in words[3:] and not foreign:
            yield "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n" % (words[1], words[2])


def deb822_sources(text):
    """The same of a .sources file."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for paragraph in "\n".join(lines).split("\n\n"):
        fields = {}
        for line in paragraph.splitlines():
            if ":" in line and not line[0].isspace():
                name, value = line.split(":", 1)
                fields[name.lower()] = value.strip()
        suites = [suite for suite in fields.get("suites", "").split() if suite in SUITES]
        foreign = "signed-by" in fields and KEYRING not in fields["signed-by"]
        if (suites and "deb" in fields.get("types", "").split() and not foreign
                and "main" in fields.get("components", "").split()
                and fields.get("enabled", "yes").lower() != "no"):
            yield "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n" % (
                fields.get("uris", ""), " ".join(suites))


def apt_sources():
    """Debian's part of this machine's apt sources; None where it has none, for mmdebstrap's default."""
    found = []
    for path in ["/etc/apt/sources.list"] + sorted(glob.glob("/etc/apt/sources.list.d/*")):
        if not os.path.isfile(path):
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        if path.endswith(".list"):
            found += one_line_sources(text)
        elif path.endswith(".sources"):
            found += deb822_sources(text)
    whole = any(SUITE in line.split() for entry in found for line in entry.splitlines())
    return "\n".join(found) if whole else None


def apt_options():
    """How this machine reaches its mirrors: proxies, time-outs, date checks."""
    lines = subprocess.run(["apt-config", "dump", "Acquire"], stdout=subprocess.PIPE, text=True,
                           check=False).stdout.splitlines()
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries")
    return "".join(line + "\n" for line in lines if line.startswith(wanted))


def make_root(vm):
    """Makes the tar file in the directory vm unless it is there; returns its path."""
    target = os.path.join(vm, "root-%s.tar" % digest(SUITE, PACKAGES, LUKS_PACKAGES, PATHS, INITRAMFS))
    if os.path.exists(target):
        return target
    say("building the Debian 12 root file system (about two minutes, once)")
    started = time.monotonic()
    for old in glob.glob(os.path.join(vm, "root-*.tar*")):
        os.unlink(old)
    with tempfile.TemporaryDirectory(prefix="root-", dir=vm) as work:
        os.chmod(work, 0o755)
        initramfs = os.path.join(work, "lab")
        with open(initramfs, "w", encoding="utf-8") as file:
            file.write(INITRAMFS)
        options = os.path.join(work, "apt.conf")
        with open(options, "w", encoding="utf-8") as file:
            file.write(apt_options() + 'APT::Install-Recommends "false";\n')
        command = ["mmdebstrap", "--format=tar", "--variant=minbase", "--include=" + ",".join(PACKAGES),
                   "--aptopt=" + options, "--dpkgopt=force-unsafe-io",
                   '--essential-hook=mkdir -p "$1/etc/initramfs-tools/conf.d"',
                   "--essential-hook=copy-in %s /etc/initramfs-tools/conf.d" % initramfs,
                   '--customize-hook=mkdir -p "$1/var/lib/lab"',
                   '--customize-hook=chroot "$1" apt-get -q -y install --download-only ' + " ".join(LUKS_PACKAGES),
                   '--customize-hook=mv "$1"/var/cache/apt/archives/*.deb "$1/var/lib/lab/"']
        command += ["--dpkgopt=path-" + path for path in PATHS]
        command += [SUITE, target + ".new"]
        sources = apt_sources()
        if sources:
            command.append(os.path.join(work, "debian.sources"))
            with open(command[-1], "w", encoding="utf-8") as file:
                file.write(sources)
        # INITRD=No: the initrd is made once, with the disk, not by every package that wants it.
        run(command, env=dict(os.environ, INITRD="No", TMPDIR=work))
    os.rename(target + ".new", target)
    say("the root file system took %.0f s" % (time.monotonic() - started))
    return target
