/* What the kernel refuses by BPF LSM, among the ways out of a made-up machine. */
#include "exits_fixture.h"

static int set_up(void **state)
{
	struct place *place = open_place();

	put_guard(place);
	*state = place;
	return 0;
}

static enum lock_state guard_state(struct place *place)
{
	locks_look(&place->machine, place->findings);
	return place->findings[LOCK_GUARD_SOCKETS].state;
}

/* Another kernel, or an administrator's file, makes ways out weaker; somebody who takes a program
 * away, or has it do nothing, opens them. */
static void test_guard(void **state)
{
	struct place *place = *state;

	put(place, "sys/class/bluetooth/hci0/uevent", "");
	put(place, "sys/class/rfkill/rfkill0/state", "0\n");
	assert_int_equal(guard_state(place), LOCK_HOLDS);
	assert_int_equal(state_of(place, "bluetooth"), EXIT_CLOSED);
	put(place, "sys/kernel/security/lsm", "lockdown,capability,yama,apparmor,bpfx");
	assert_int_equal(guard_state(place), LOCK_WEAKER);
	assert_int_equal(state_of(place, "bluetooth"), EXIT_WEAKER);
	assert_int_equal(state_of(place, "network-files"), EXIT_WEAKER);
	put(place, "sys/kernel/security/lsm", "bpf");
	put(place, "lsm.conf", "[Sockets]\nRefused=bluetooth nfc ieee802154 vsock\n");
	assert_int_equal(guard_state(place), LOCK_HOLDS);
	put(place, "lsm.conf", "[Sockets]\nRefused=nfc\n[Mounts]\nTypes=ext4 nfs4\n");
	assert_int_equal(guard_state(place), LOCK_WEAKER);
	assert_int_equal(place->findings[LOCK_GUARD_MOUNTS].state, LOCK_WEAKER);
	assert_int_equal(place->findings[LOCK_GUARD_WRITES].state, LOCK_HOLDS);
	assert_non_null(strstr(place->findings[LOCK_GUARD_SOCKETS].text, "lsm.conf"));
	/* One that is wrong: the defaults hold. */
	put(place, "lsm.conf", "[Sockets]\nRefused=everything\n");
	assert_int_equal(guard_state(place), LOCK_HOLDS);
	refuses = 0;
	assert_int_equal(guard_state(place), LOCK_BROKEN);
	assert_int_equal(state_of(place, "bluetooth"), EXIT_OPEN);
	refuses = -EIO;
	assert_int_equal(state_of(place, "bluetooth"), EXIT_UNSEEN);
	refuses = 1;
	assert_int_equal(unlinkat(place->machine.root, &(ATTEMPT_PINS "/guard_socket")[1], 0), 0);
	assert_int_equal(guard_state(place), LOCK_BROKEN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_guard, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
