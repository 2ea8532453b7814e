"""PostgreSQL in the machine, unpacked below /opt and not installed: no boot of the lab's system pays for it."""

import os
import shutil
import subprocess
import tempfile

from debian_root import digest, run
from lab import file_hash
from system import BUILD, HERE, cached

# The server, its client, and what of their libraries the lab's system lacks.
PACKAGES = "postgresql-15 postgresql-client-15 libpq5 libicu72 libreadline8 libxml2".split()
PROGRAMS = "usr/lib/postgresql/15/bin"
LIBRARIES = "usr/lib/x86_64-linux-gnu"
MORE_LIBRARIES = "lib/x86_64-linux-gnu"
WANTED = [PROGRAMS + "/postgres", PROGRAMS + "/psql", "usr/lib/postgresql/15/lib/dict_snowball.so",
          "usr/lib/postgresql/15/lib/plpgsql.so", "usr/share/postgresql/15", LIBRARIES, MORE_LIBRARIES]
ROLES = "CREATE ROLE hanako LOGIN;\nCREATE ROLE taro LOGIN;\n"
# Whoever comes by the network is PAM's.
HBA = "local all postgres trust\nhost all all 127.0.0.1/32 pam pamservice=postgresql\n"
SETTINGS = "unix_socket_directories='/opt/postgres'\nlisten_addresses='127.0.0.1'\nfsync=off\njit=off\nshared_buffers=1MB\n"
PAM = "@include common-auth\n@include common-account\n"
LD = "LD_LIBRARY_PATH=/opt/postgres/%s:/opt/postgres/%s" % (LIBRARIES, MORE_LIBRARIES)
BIN = "/opt/postgres/" + PROGRAMS
# pam_unix lets nobody but root and the group shadow judge another's password.
START = """set -e; useradd -r -G shadow postgres; chmod 711 /opt/postgres; chown -R postgres: /opt/postgres
chmod 700 /opt/postgres/database; ip link set lo up; printf '%s' >/etc/pam.d/postgresql
systemd-run -q --unit=postgres --uid=postgres -E {0} {1}/postgres -D /opt/postgres/database
for try in $(seq 100); do {0} {1}/psql -h /opt/postgres -U postgres -Atc 'select 1' postgres >/run/psql 2>&1 && exit 0; sleep 0.3; done
cat /run/psql; journalctl -n 20 -u postgres; exit 1""".format(LD, BIN) % PAM.replace("\n", "\\n")


def make(directory):
    """The programs and an empty database with its roles, made here, where no emulated processor slows it down."""
    unpacked = os.path.join(BUILD, "postgres")
    run([os.path.join(HERE, "../host/unpacked"), unpacked] + PACKAGES)
    for path in WANTED:
        there = os.path.join(directory, path)
        os.makedirs(os.path.dirname(there), exist_ok=True)
        if os.path.isdir(os.path.join(unpacked, path)):
            shutil.copytree(os.path.join(unpacked, path), there, symlinks=True)
        else:
            shutil.copy(os.path.join(unpacked, path), there)
    with tempfile.TemporaryDirectory(prefix="sekisho-database-") as work:
        os.chmod(work, 0o777)
        database = os.path.join(work, "database")
        # initdb will not run as root.
        nobody = ["env", "LD_LIBRARY_PATH=" + os.path.join(unpacked, LIBRARIES), "setpriv", "--reuid=nobody",
                  "--regid=nogroup", "--clear-groups"]
        shutil.copytree(os.path.join(unpacked, "usr"), os.path.join(work, "usr"), symlinks=True)
        programs = os.path.join(work, PROGRAMS)
        run(nobody + [programs + "/initdb", "-D", database, "-U", "postgres", "-A", "trust", "--locale=C",
                      "--encoding=UTF8", "--no-sync", "--no-instructions", "--wal-segsize=1"])
        subprocess.run(nobody + [programs + "/postgres", "--single", "-D", database, "postgres"], input=ROLES.encode(),
                       capture_output=True, check=True)
        with open(os.path.join(database, "pg_hba.conf"), "w", encoding="utf-8") as file:
            file.write(HBA)
        with open(os.path.join(database, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.write(SETTINGS)
        shutil.copytree(database, os.path.join(directory, "database"))


def start(vm):
    """Puts it into the machine and starts it; people's log-ins are the PAM service postgresql."""
    vm.put(cached("postgres", digest(PACKAGES, file_hash(os.path.realpath(__file__))), make), "/opt/postgres")
    vm.output(START)


def log_in(vm, user, answer):
    """What psql said when a person gave this one answer: (exit status, output)."""
    return vm.run("PGPASSWORD='%s' %s %s/psql -w -h 127.0.0.1 -U %s -d postgres -Atc 'select current_user' 2>&1" % (
        answer, LD, BIN, user))
