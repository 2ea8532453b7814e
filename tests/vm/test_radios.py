"""Wi-Fi and Bluetooth adapters: off as soon as they are there, but for the one that is the only way to the network."""

import lab
from test_exits import check, found, held, let_go, ready
from test_install import debs, installed


def radios(vm):
    """The states of all radios: 0 off by software, 1 on."""
    return vm.output("cat /sys/class/rfkill/*/state").split()


def keep_the_only_way(vm):
    """A terminal that comes to the network by wlan0 alone installs the package, and removes it."""
    deb = [deb for deb in debs() if "/sekisho_" in deb][0]
    vm.put(deb, "/run/sekisho.deb")
    vm.output("ip link set wlan0 up; ip address add 192.0.2.9/24 dev wlan0; ip route add default via 192.0.2.1; "
              "dpkg-deb -e /run/sekisho.deb /run/control; sh /run/control/preinst install")
    allowed = vm.output("grep -v '^#' /etc/udev/rules.d/71-sekisho-radio.rules")
    assert allowed == 'SUBSYSTEM=="rfkill", ATTR{type}=="wlan", ENV{SEKISHO_RADIO}="allow"', allowed
    vm.output("mv /run/radio.rules /lib/udev/rules.d/72-sekisho-radio.rules; udevadm control --reload; "
              "for radio in /sys/class/rfkill/*; do echo 0 >$radio/soft; done; "
              "udevadm trigger --action=add --subsystem-match=rfkill --settle")
    vm.until("test \"$(cat /sys/class/rfkill/*/state | xargs)\" = '1 1 0'", 20)
    _, locks, exits = check(vm)
    assert locks["radios"][1].endswith("open by policy: /etc/udev/rules.d/71-sekisho-radio.rules"), locks
    assert exits["wifi"] == "open", exits
    # What was noted as off beforehand stays off; what was turned off since comes back.
    vm.output("rm /etc/udev/rules.d/71-sekisho-radio.rules; udevadm control --reload; "
              "udevadm trigger --action=change --subsystem-match=rfkill --settle")
    vm.until("test $(cat /sys/class/rfkill/*/state | grep -cx 0) = 3", 20)
    vm.output("echo :bluetooth >/var/lib/sekisho/radios-off; /usr/libexec/sekisho/release; udevadm settle")
    assert radios(vm) == ["1", "1", "0"], radios(vm)


def test_radios():
    """M-01: Wi-Fi and Bluetooth adapters are off as soon as they are there, and again when somebody turns one on; control: on; the only way to the network is left, and told"""
    appear = ("modprobe mac80211_hwsim radios=2; modprobe hci_vhci; "
              "(exec 9<>/dev/vhci; printf '\\377\\000' >&9; sleep 900) >/dev/null 2>&1 </dev/null &")
    with lab.Vm(installed(), warm=True) as vm:
        ready(vm)
        vm.output(appear)
        vm.until("test $(cat /sys/class/rfkill/*/state | grep -cx 0) = 3", 20)
        _, locks, exits = check(vm)
        assert locks["radios"][0] == "holds" and exits["wifi"] == exits["bluetooth"] == "closed", (locks, exits)
        vm.output("for radio in /sys/class/rfkill/*; do echo 0 >$radio/soft; done")
        vm.until("test $(cat /sys/class/rfkill/*/state | grep -cx 0) = 3", 20)
        vm.output("mv /lib/udev/rules.d/72-sekisho-radio.rules /run/radio.rules; udevadm control --reload")
        held(vm)
        vm.output("echo 0 >/sys/class/rfkill/rfkill0/soft; udevadm settle")
        assert sorted(radios(vm)) == ["0", "0", "1"], radios(vm)
        _, locks, exits = check(vm)
        assert locks["radios"] == ("broken", "/sys/class/rfkill/rfkill0/state = 1"), locks
        assert exits["wifi"] == "open", exits
        let_go(vm)
        # sekishod may have told of it before, when udev's rule came second.
        found(vm, {"/sys/class/rfkill/rfkill0/soft": "yes"})
        vm.until("test $(cat /sys/class/rfkill/*/state | grep -cx 0) = 3", 20)
        held(vm)
        vm.output("echo 0 >/sys/class/rfkill/rfkill0/soft; udevadm settle")
        keep_the_only_way(vm)
