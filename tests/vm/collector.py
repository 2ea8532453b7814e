"""A collector in the terminal itself, behind its loopback: Debian's rsyslog with the file that we ship, a certificate
authority of its own."""

import os

HERE = os.path.dirname(os.path.realpath(__file__))
SHIPPED = os.path.join(HERE, "../../packaging/collector/50-sekisho-collector.conf")
FILES = {"50-sekisho-collector.conf": SHIPPED}	# for lab.Vm
CERTIFICATES = """set -e; umask 027; mkdir -p /etc/sekisho-collector /etc/sekisho/collector; cd /etc/sekisho-collector
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=lab -days 30 -keyout lab.key -out authority.pem
for pair in collector=collector.lab terminal=t1.terminal.sekisho.internal; do
	name=${pair%=*} subject=${pair#*=}
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$subject -addext subjectAltName=DNS:$subject \
		-keyout $name.key -out $name.csr
	openssl x509 -req -in $name.csr -CA authority.pem -CAkey lab.key -days 30 -copy_extensions copy -out $name.pem
done
cp authority.pem terminal.pem terminal.key /etc/sekisho/collector/; chgrp sekisho-log /etc/sekisho/collector/*; chmod 640 /etc/sekisho/collector/*
mkdir -p /var/log/sekisho; echo 127.0.0.1 collector.lab >>/etc/hosts; ip link set lo up"""
CONFIGURATION = "[Collector]\\nServer=collector.lab\\nRetrySeconds=1\\nAnswerSeconds=20\\n"


def begin(vm):
    """Makes the certificates, starts the collector and lets the terminal know of it."""
    vm.output(CERTIFICATES)
    vm.output("cp /lab/50-sekisho-collector.conf /etc/rsyslog.d/; systemctl enable --now rsyslog")
    vm.output("mkdir -p /etc/sekisho/collector.conf.d; printf '%s' >/etc/sekisho/collector.conf.d/lab.conf" % CONFIGURATION)
    vm.output("systemctl restart sekisho-forward")


def events(vm):
    """The lines at the centre, without the time and the address before them."""
    return vm.output("cat /var/log/sekisho/*/*.log | cut -d' ' -f3-").split("\n")


def wait_until_all_is_there(vm):
    """Every event of the journal, byte for byte and in order."""
    vm.until("cat /var/log/sekisho/*/*.log | sed 's/^[^]]*\\] //' | awk '!seen[$0]++' >/tmp/centre; "
             "sekisho events --json >/tmp/terminal; cmp /tmp/centre /tmp/terminal", 60)
