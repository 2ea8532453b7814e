"""A repository of packages as `make repo` lays it out, signed by a key that lasts as long as the test, and an apt that trusts it."""

import glob
import os
import re
import shutil
import subprocess
import tempfile

from debian_root import run

HERE = os.path.dirname(os.path.realpath(__file__))
REPO = os.path.join(HERE, "../../packaging/repo")
SERVED = "/srv/sekisho"	# in the machine
# As docs/SECURITY.md has people type it.
TRUST = """set -e; cd %s; install -D -m 644 sekisho-archive-keyring.asc /etc/apt/keyrings/sekisho-archive-keyring.asc
install -m 644 sekisho.sources /etc/apt/sources.list.d/sekisho.sources""" % SERVED


def renamed(debs, version, folder):
    """The same packages, under a version of their own and wanting each other in it, in a folder; with documents, which a repository
    wants to have."""
    for deb in glob.glob(glob.escape(debs) + "/*.deb"):
        was = subprocess.check_output(["dpkg-deb", "--field", deb, "Version"], text=True).strip()
        with tempfile.TemporaryDirectory(dir=folder) as work:
            run(["dpkg-deb", "--raw-extract", deb, work + "/root"])
            control = work + "/root/DEBIAN/control"
            with open(control, encoding="utf-8") as file:
                text = file.read()
            text = re.sub("^Version: .*", "Version: " + version, text, flags=re.M).replace("(= %s)" % was, "(= %s)" % version)
            with open(control, "w", encoding="utf-8") as file:
                file.write(text)
            run(["dpkg-deb", "-Znone", "--build", work + "/root", folder])
    for document in glob.glob(glob.escape(debs) + "/*.spdx.json"):
        shutil.copy(document, folder)


class Archive:
    """What an office carries into its closed network, again and again, by the same key."""

    def __enter__(self):
        self.work = tempfile.mkdtemp(prefix="sekisho-archive-")
        self.env = dict(os.environ, GNUPGHOME=self.work)
        self._gpg("--passphrase", "", "--quick-generate-key", "office", "ed25519", "sign", "1d")
        self.key = re.search(r"^fpr:+(\w{40}):", self._gpg("--with-colons", "--list-secret-keys"), re.M)[1]
        return self

    def __exit__(self, *unused):
        subprocess.run(["gpgconf", "--kill", "all"], env=self.env, check=False)
        shutil.rmtree(self.work, ignore_errors=True)

    def _gpg(self, *words):
        return subprocess.run(["gpg", "--batch", "--pinentry-mode", "loopback", *words], env=self.env, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    def serve(self, vm, debs, version=None):
        """Packages, as they are or under another version, are what apt in the machine knows from now on."""
        with tempfile.TemporaryDirectory(dir=self.work) as work:
            if version:
                renamed(debs, version, work)
                debs = work
            run([REPO, self.key, debs, work + "/repo", "file:" + SERVED], env=self.env)
            vm.output("rm -rf " + SERVED)
            vm.put(work + "/repo", SERVED)
        vm.output(TRUST)
        said = vm.output("apt-get -q update 2>&1")
        assert not re.search("^[EW]:", said, re.M), said
