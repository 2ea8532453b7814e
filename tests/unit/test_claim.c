/* The root half's claim of an interface where there is nothing to claim: it is closed again. With a
 * real keyboard it is in the lab (tests/vm/challenge.py). */
#include "gate_fixture.h"

static int claim_it(struct fixture *fixture, const char *name)
{
	struct priv_request request = {.version = PRIV_VERSION, .verb = PRIV_INTERFACE_CLAIM};
	char path[96];
	struct stat status;
	int passed = -1, r;

	snprintf(path, sizeof(path), "bus/usb/devices/%s", name);
	assert_int_equal(fstatat(fixture->sysfs, path, &status, 0), 0);
	request.inode = status.st_ino;
	memcpy(request.name, name, strlen(name));
	r = verb_run(fixture->sysfs, fixture->sysfs, &request, &passed);
	assert_int_equal(passed, -1);
	return r;
}

static void it_needs_usbhid(void **state)
{
	struct fixture *fixture = *state;
	char path[96];

	put_device(fixture, "1-3", "1\n", 1, (const uint8_t[]){3});
	snprintf(path, sizeof(path), "%s/bus/usb/drivers/usbhid", fixture->root);
	assert_int_equal(tree_remove(path), 0);
	assert_int_equal(claim_it(fixture, "1-3:1.0"), -ENOPKG);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
}

static void what_fails_is_closed(void **state)
{
	struct fixture *fixture = *state;

	put_device(fixture, "1-3", "1\n", 1, (const uint8_t[]){3});
	assert_int_equal(claim_it(fixture, "1-3:1.0"), -ENOENT);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	put_text(fixture, "bus/usb/devices/1-3", "busnum", "1\n");
	put_text(fixture, "bus/usb/devices/1-3", "devnum", "7\n");
	assert_int_equal(claim_it(fixture, "1-3:1.0"), -ENOENT);
	put_text(fixture, "bus/usb/001", "007", "no device");
	assert_int_equal(claim_it(fixture, "1-3:1.0"), -ENOTTY);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_needs_usbhid),
		TEST(what_fails_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
