"""Which programs of ours AppArmor confines in the machine, and that what a profile does not name is refused."""

RUNNING = ("sekishod", "sekisho-authd", "sekisho-priv")	# services whose profiles have their names
PROFILES = ("sekishod", "sekisho-authd", "sekisho-token", "sekisho-forward", "sekisho-priv", "sekisho-presence", "sekisho-challenge",
            "sekisho-lock", "sekisho-lsm", "sekisho-mirror")
# A shell that has taken a profile on tries what none of them has: another program, others' secrets, a file of its own, and the
# network, which is the forwarder's alone.
TRY = """for profile in %s; do (
	echo -n "changeprofile $profile" >/proc/self/attr/current || echo "$profile can't be taken on"
	exec 2>/dev/null
	(exec /bin/true) && echo "$profile runs others"
	read -r line </etc/shadow && echo "$profile reads shadow"
	(: >/etc/sekisho/new) && echo "$profile writes below /etc"
	(: >/var/lib/sekisho/new) && echo "$profile writes where it likes"
	(exec 3<>/dev/udp/127.0.0.1/9) && echo "$profile sends"
) done; true""" % " ".join(PROFILES)


def loaded(vm):
    """The profiles of ours that the kernel has, with their modes."""
    return sorted(vm.output("grep sekisho /sys/kernel/security/apparmor/profiles; true").splitlines())


def check_daemons(vm):
    """All profiles are enforced, and the daemons have theirs."""
    assert loaded(vm) == sorted("%s (enforce)" % profile for profile in PROFILES), loaded(vm)
    for service in RUNNING:
        label = vm.output("cat /proc/$(systemctl show -P MainPID %s)/attr/current" % service)
        assert label == service + " (enforce)", (service, label)


def check(vm):
    """The same, and a profile refuses what it does not name."""
    check_daemons(vm)
    vm.no_refusals()
    assert vm.output(TRY) == "sekisho-forward sends"
    told = vm.output("dmesg --read-clear | grep -c 'apparmor=\"DENIED\".*profile=\"sekisho'")
    assert int(told) >= 5 * len(PROFILES) - 1, told
