"""A root for packages of the family of Fedora: this machine's programs below an overlay, in a mount namespace of our own, with
what that family has and Debian hasn't played by stand-ins that note how they were called. No /sys: nothing there reaches a
device of this machine."""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

MODULE = "/usr/lib64/security/pam_sekisho.so"
NOTES = """#!/bin/sh
echo "${0##*/} $*" >>/var/log/called
"""
# What a masked unit is called, if there is one.
SYSTEMCTL = NOTES + """
[ "$1" != is-enabled ] || cat /run/masked 2>/dev/null
"""
# The kernel's command line is the last line of a file.
GRUBBY = NOTES + """
line=/boot/command-line
case "$2:$1" in
:--info=ALL) echo "args=\\"$(cat $line)\\"" ;;
--args=*) echo "$(cat $line) ${2#--args=}" >$line ;;
--remove-args=*) sed -i "s/ *${2#--remove-args=}//" $line ;;
esac
"""
# semodule's store is a file with the names of the modules.
SEMODULE = NOTES + """
for last in "$@"; do :; done
case " $* " in
*" -i "*)
	for file in "$@"; do
		case "$file" in */sekisho*) [ -s "$file" ] && basename "${file%.*}" .pp >>/var/lib/semodule || exit 1 ;; esac
	done
	;;
*" -r "*)
	grep -qx -e "$last" /var/lib/semodule || exit 1
	sed -i "/^$last\$/d" /var/lib/semodule
	[ -s /var/lib/semodule ] || rm /var/lib/semodule
	;;
esac
"""
# That family's log-ins, as far as they matter: which stack each of them has.
SERVICES = {"login": "system-auth", "sudo": "system-auth", "su": "system-auth", "polkit-1": "system-auth", "vlock": "system-auth",
            "sshd": "password-auth", "gdm-password": "password-auth"}
LOCAL = """auth        required                                     pam_env.so
auth        required                                     pam_faillock.so preauth silent                         {include if "with-faillock"}
auth        sufficient                                   pam_unix.so {if not "without-nullok":nullok}
auth        required                                     pam_deny.so

account     required                                     pam_unix.so

password    sufficient                                   pam_unix.so shadow use_authtok
password    required                                     pam_deny.so

session     required                                     pam_unix.so
"""


class Root:
    """.path() of it, rpm() in it, run() in it, called() since the last time that was asked."""

    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="sekisho-rpm-")
        self.layers = self.work + "/layers"
        self.top = self.layers + "/root"
        os.mkdir(self.layers)
        self.mount("-t", "tmpfs", "-o", "mode=755", "sekisho-rpm", self.layers)
        for name in "upper", "work", "root":
            os.mkdir(self.layers + "/" + name)
        self.mount("-t", "overlay", "-o", "lowerdir=/,upperdir=%s/upper,workdir=%s/work" % (self.layers, self.layers),
                   "sekisho-rpm", self.top)
        self.furnish()

    @staticmethod
    def mount(*words):
        subprocess.run(["mount", *words], check=True)

    def path(self, name):
        return self.top + name

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def furnish(self):
        """The machine as that family has it before Sekisho comes."""
        for name in "/etc/pam.d", "/etc/authselect", "/var/lib/rpm", "/etc/sekisho", "/var/lib/sekisho", "/var/lib/authselect", "/usr/lib/pam.d", "/run":
            shutil.rmtree(self.path(name), ignore_errors=True)
            os.makedirs(self.path(name))
        self.write("/dev/null", "")
        self.mount("--bind", "/dev/null", self.path("/dev/null"))
        self.mount("--bind", "/proc", self.path("/proc"))
        os.makedirs(self.path("/run/systemd/system"))
        os.makedirs(self.path("/run/udev"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as udev:
            udev.bind(self.path("/run/udev/control"))
        self.write("/usr/bin/systemctl", SYSTEMCTL, 0o755)
        for name in "udevadm", "dracut", "load_policy", "restorecon", "systemd-run":
            self.write("/usr/bin/" + name, NOTES, 0o755)
        self.write("/usr/bin/selinuxenabled", NOTES, 0o755)
        self.write("/usr/bin/grubby", GRUBBY, 0o755)
        self.write("/usr/bin/semodule", SEMODULE, 0o755)
        self.write("/boot/command-line", "ro quiet\n")
        with open("tests/host/authselect.py", encoding="utf-8") as file:
            self.write("/usr/bin/authselect", file.read(), 0o755)
        self.write("/usr/share/authselect/default/local/README", "Local users only\n")
        for name in "system-auth", "password-auth":
            self.write("/usr/share/authselect/default/local/" + name, LOCAL)
        for service, stack in SERVICES.items():
            self.write("/etc/pam.d/" + service, "".join("%s substack %s\n%s include postlogin\n" % (kind, stack, kind)
                                                        for kind in ("auth", "account", "password", "session")))
        self.write("/etc/pam.d/other", "".join("%s required pam_deny.so\n" % kind
                                               for kind in ("auth", "account", "password", "session")))
        self.write("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n")
        os.unlink(self.path("/usr/sbin/pam-auth-update"))
        self.run("authselect", "select", "local", "with-faillock", "without-nullok")
        self.called()

    def run(self, *words):
        """(exit status, all it said)"""
        return self.outside("chroot", self.top, *words)

    @staticmethod
    def outside(*words):
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/root"})
        return done.returncode, done.stdout.decode(errors="replace")

    def rpm(self, *words):
        return self.outside("rpm", "--root", self.top, *words)

    def called(self):
        """Lines of what the stand-ins were called with since."""
        try:
            lines = self.read("/var/log/called").splitlines()
        except FileNotFoundError:
            return []
        os.unlink(self.path("/var/log/called"))
        return lines

    def logins(self):
        """{name: contents} of /etc/pam.d"""
        return {name: self.read("/etc/pam.d/" + name) if os.path.isfile(self.path("/etc/pam.d/" + name)) else
                self.read(os.readlink(self.path("/etc/pam.d/" + name))) for name in os.listdir(self.path("/etc/pam.d"))}

    def end(self):
        subprocess.run(["umount", "--recursive", self.layers], check=False)
        shutil.rmtree(self.work, ignore_errors=True)


def after(calls, first, second):
    """Whether a call that begins with @second comes after one that begins with @first, both being there."""
    numbers = [[number for number, call in enumerate(calls) if call.startswith(word)] for word in (first, second)]
    return all(numbers) and max(numbers[0]) < min(numbers[1])


class Watch:
    """Looks at the log-ins all the time, while packages change. told has "open" where one did not ask for the key first,
    "stuck" where one asked a module that is away, and "asleep" where it hardly looked."""

    def __init__(self, root):
        self.root = root
        self.told = set()
        self.turns = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.over.wait(0.001):
            self.turns += 1
            for name in "system-auth", "password-auth":
                first = re.search("^auth.*", self.root.read("/etc/authselect/" + name), re.M)
                if first and "pam_sekisho.so" not in first[0]:
                    self.told.add("open")
                elif first and not os.path.exists(self.root.path(MODULE)):
                    self.told.add("stuck")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.thread.join()
        if self.turns < 100:
            self.told.add("asleep")


# What the packages need of the family, and which of its packages has it. Nothing else may be needed.
NAMES = ("/bin/sh /bin/bash coreutils grep sed bash systemd systemd-udev dracut grubby pam policycoreutils "
         "selinux-policy-targeted rsyslog rsyslog-openssl rsyslog-relp").split() + ["authselect = 1.2.6"]
LIBRARIES = {"libc.so.6": "glibc", "ld-linux-x86-64.so.2": "glibc", "libaudit.so.1": "audit-libs", "libbpf.so.1": "libbpf",
             "libcrypto.so.3": "openssl-libs", "libssl.so.3": "openssl-libs", "libcsv.so.3": "libcsv", "libcurl.so.4": "libcurl",
             "libfido2.so.1": "libfido2", "libinih.so.1": "inih", "libinih.so.0": "inih", "libjansson.so.4": "jansson",
             "libkmod.so.2": "kmod-libs", "liboath.so.0": "liboath", "libpam.so.0": "pam-libs", "libpam_misc.so.0": "pam-libs",
             "libqrencode.so.4": "qrencode-libs", "libsystemd.so.0": "systemd-libs"}
FAMILY = """Name: family
Version: 1
Release: 1
Summary: Says that it has what the packages of Fedora and RHEL have
License: MIT
BuildArch: noarch
%description
%{summary}.
%files
"""


def family(work, packages, names):
    """Builds the package that provides names, and the libraries that packages want and the family has."""
    wanted = set()
    for package in packages:
        wanted.update(subprocess.run(["rpm", "-qp", "--requires", package], stdout=subprocess.PIPE, check=True,
                                     text=True).stdout.splitlines())
    has = list(names)
    for name in sorted(wanted):
        library = re.match(r"([^()]+)\(", name)
        if (library and library[1] in LIBRARIES) or name == "rtld(GNU_HASH)":
            has.append(name)
    with open(work + "/family.spec", "w", encoding="ascii") as file:
        file.write(FAMILY.replace("BuildArch", "Provides: %s\nBuildArch" % ", ".join(has)))
    done = subprocess.run(["rpmbuild", "-bb", "--define", "_topdir %s/top" % work, "--define", "_rpmdir %s" % work,
                           work + "/family.spec"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout.decode())
    return work + "/noarch/family-1-1.noarch.rpm"
