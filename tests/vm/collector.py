"""A collector in the terminal itself, behind its loopback or in a network of its own: the package sekisho-collector with Debian's
rsyslog, and what it makes for this terminal installed as it tells. Its letters are given out by Debian's nginx with the file that we
ship."""

import glob
import os
import subprocess

import lab


BUNDLE = "/root/counter-1"
LOOPBACK = "set -e; ip link set lo up; echo 127.0.0.1 collector.lab >>/etc/hosts"
# Its socket is in a network that only a cable leads to, until the machine's next start.
APART = """set -e; ip netns add centre; ip link add terminal type veth peer name centre netns centre
ip address add 198.51.100.1/30 dev terminal; ip link set terminal up
ip -n centre address add 198.51.100.2/30 dev centre; ip -n centre link set centre up; echo 198.51.100.2 collector.lab >>/etc/hosts
mkdir -p /run/systemd/system/rsyslog.service.d
printf '[Service]\\nNetworkNamespacePath=/run/netns/centre\\n' >/run/systemd/system/rsyslog.service.d/centre.conf; systemctl daemon-reload"""
MAKE = """set -e; sekisho-collector setup --name collector.lab; systemctl enable rsyslog; systemctl restart rsyslog
sekisho-collector terminal %s counter-1 --output /root >/tmp/told
mkdir -p /etc/sekisho/collector.conf.d
printf '[Collector]\\nRetrySeconds=1\\nAnswerSeconds=20\\nLettersSeconds=2\\n' >/etc/sekisho/collector.conf.d/lab.conf"""
INSTALL = "set -e; sed -n 's/^  //p' /tmp/told >/tmp/commands; cd %s; . /tmp/commands" % BUNDLE
LETTERS = "/var/lib/sekisho-collector/letters"
# As sekisho-collector(8) tells, but for nginx's own package.
GIVE_LETTERS = """set -e; install -d -m 750 -g www-data %s; mkdir -p /var/lib/nginx /var/log/nginx
echo 'user www-data; pid /run/nginx.pid; events {} http { include /usr/share/sekisho-collector/sekisho-letters.conf; }' >/run/nginx.conf
chmod 755 /lab/nginx; systemd-run -q --unit=nginx /lab/nginx -c /run/nginx.conf -g 'daemon off;'""" % LETTERS


def files():
    """The package that `make deb` built, for lab.Vm."""
    return {"sekisho-collector.deb": max(glob.glob(os.path.join(lab.BUILD, "deb", "sekisho-collector_*.deb")),
                                         key=os.path.getmtime)}


def nginx():
    """Debian's, for lab.Vm."""
    host = os.path.join(lab.HERE, "../host")
    tree = subprocess.check_output([os.path.join(host, "unpacked"), os.path.join(lab.BUILD, "nginx"), "nginx"], text=True).strip()
    return {"nginx": os.path.join(tree, "usr/sbin/nginx")}


def make(vm, network=LOOPBACK, words=""):
    """Sets the collector up, whose package is installed; it makes the terminal's BUNDLE."""
    vm.output(network)
    vm.output(MAKE % words)


def assert_apart(vm):
    """What is sent goes over the cable: the terminal's own network has no collector."""
    assert vm.output("ss -Hltn sport = :2514") == ""
    vm.until("ss -Htn state established dst 198.51.100.2:2514 | grep -q 198.51.100.1", 30)


def begin(vm, words=""):
    """The same from the package's file, and what it says is done on the terminal."""
    vm.output("dpkg -i /lab/sekisho-collector.deb")
    make(vm, words=words)
    vm.output(INSTALL)


def give_letters(vm):
    """From now on, to a terminal that was begun with --letters."""
    vm.output(GIVE_LETTERS)


def events(vm):
    """The lines at the centre, without the time and the address before them."""
    return vm.output("cat /var/log/sekisho/*/*.log | cut -d' ' -f3-").split("\n")


def wait_until_all_is_there(vm):
    """Every event of the journal, byte for byte and in order."""
    vm.until("cat /var/log/sekisho/*/*.log | sed 's/^[^]]*\\] //' | awk '!seen[$0]++' >/tmp/centre; "
             "sekisho events --json >/tmp/terminal; cmp /tmp/centre /tmp/terminal", 60)
