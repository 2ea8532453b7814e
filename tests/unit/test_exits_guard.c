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
	put(place, "sys/class/rfkill/rfkill0/type", "bluetooth\n");
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
	missing_pin = loaded_row("guard_socket") + 1;
	assert_int_equal(guard_state(place), LOCK_BROKEN);
}

/* Names say nothing: whose program hangs there does. One that this kernel has and that is missing
 * is missed, too. */
static void test_pins(void **state)
{
	struct place *place = *state;

	strange_pin = "guard_socket";
	assert_int_equal(guard_state(place), LOCK_BROKEN);
	assert_int_equal(place->findings[LOCK_GUARD_MOUNTS].state, LOCK_HOLDS);
	strange_pin = NULL;
	/* The right name, but not the one that was loaded. */
	put(place, &ATTEMPT_LOADED[1],
	    "attempts 9\nguard_mount 1\nguard_super 2\nguard_ioctl 3\nguard_open 6\n"
	    "guard_socket 8\n");
	assert_int_equal(guard_state(place), LOCK_BROKEN);
	assert_int_equal(place->findings[LOCK_GUARD_COMMANDS].state, LOCK_HOLDS);
	put_guard(place);
	missing_pin = loaded_row("guard_compat") + 1;
	assert_int_equal(guard_state(place), LOCK_HOLDS);
	assert_int_equal(place->findings[LOCK_GUARD_COMMANDS].state, LOCK_BROKEN);
}

/* It could not be loaded, not to the end, or the kernel calls nothing of it. */
static void test_not_loaded(void **state)
{
	static const char *const lists[] = {"", "attempts 9\nguard_mount 1\n", "guard_other 1\n",
					    "guard_mount\n", "guard_mount 0\n"};
	struct place *place = *state;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		put(place, &ATTEMPT_LOADED[1], lists[i]);
		assert_int_equal(guard_state(place), LOCK_BROKEN);
		assert_int_equal(state_of(place, "network-files"), EXIT_OPEN);
	}
	assert_int_equal(unlinkat(place->machine.root, &ATTEMPT_LOADED[1], 0), 0);
	assert_int_equal(guard_state(place), LOCK_BROKEN);
	put_guard(place);
	put(place, &ATTEMPT_CALLS[1], "0\n");
	assert_int_equal(guard_state(place), LOCK_BROKEN);
	assert_non_null(strstr(place->findings[LOCK_GUARD_SOCKETS].text, "ftrace_enabled"));
	put(place, &ATTEMPT_CALLS[1], "1\n");
	assert_int_equal(guard_state(place), LOCK_HOLDS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_guard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pins, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_loaded, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
