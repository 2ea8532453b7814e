/* What joins a bus other than USB is told once that bus is closed, and as often as a port may be.
 */
#include "gate_fixture.h"

#include "agent/engine/devicewatch.h"
#include "agent/engine/otherbus.h"

#include <linux/netlink.h>
#include <sched.h>

#define CARD                                                                                       \
	(&(struct uevent){.action = UEVENT_ADD,                                                    \
			  .type = UEVENT_OTHER_BUS,                                                \
			  .name = "mmc0:aaaa",                                                     \
			  .bus = "mmc"})

static struct {
	size_t count;
	char last[512];
} heard;

static char told_file[128];

static void hear(const struct event *event)
{
	char *fields = json_dumps(event->fields, JSON_COMPACT | JSON_SORT_KEYS);

	assert_int_equal(event->kind, EVENT_DEVICE_BLOCKED);
	heard.count++;
	snprintf(heard.last, sizeof(heard.last), "%s", fields);
	free(fields);
}

static void happen_there(struct fixture *fixture, const char *sysfs, const struct uevent *uevent)
{
	_cleanup_event_ struct event event = {};

	if (otherbus_uevent(sysfs, told_file, uevent, &fixture->gate.throttle, fixture->gate.now,
			    &event))
		hear(&event);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-otherbus-XXXXXX");
	assert_non_null(mkdtemp(fixture->root));
	put_text(fixture, "bus/mmc", "drivers_autoprobe", "0\n");
	put_text(fixture, "bus/mmc/devices/mmc0:aaaa", "name", "SU32G\x1b[2J\n");
	put_text(fixture, "bus/mmc/devices/mmc0:aaaa", "serial", "0x1234abcd\n");
	snprintf(told_file, sizeof(told_file), "%s/told", fixture->root);
	heard.count = 0;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(tree_remove(fixture->root), 0);
	free(fixture);
	return 0;
}

static void test_told(void **state)
{
	struct fixture *fixture = *state;
	struct uevent gone = *CARD;

	happen_there(fixture, fixture->root, CARD);
	assert_int_equal(heard.count, 1);
	assert_string_equal(heard.last,
			    "{\"device\":\"mmc mmc0:aaaa\",\"name\":\"SU32G\\\\x1b[2J\","
			    "\"reason\":\"bus-closed\",\"serial\":\"1234abcd\"}");
	gone.action = UEVENT_REMOVE;
	happen_there(fixture, fixture->root, &gone);
	assert_int_equal(heard.count, 1);
}

/* The machine's own, while it starts; a bus that the administrator left open; none at all. */
static void test_open_bus(void **state)
{
	struct fixture *fixture = *state;

	put_text(fixture, "bus/mmc", "drivers_autoprobe", "1\n");
	happen_there(fixture, fixture->root, CARD);
	happen_there(fixture, "/nowhere", CARD);
	assert_int_equal(heard.count, 0);
}

/* It left before it was looked at: that it came is told all the same. */
static void test_left(void **state)
{
	struct fixture *fixture = *state;
	const struct uevent disk = {
		.action = UEVENT_ADD, .type = UEVENT_OTHER_BUS, .name = "2:0:0:0", .bus = "scsi"};

	put_text(fixture, "bus/scsi", "drivers_autoprobe", "0\n");
	happen_there(fixture, fixture->root, &disk);
	assert_string_equal(heard.last, "{\"device\":\"scsi 2:0:0:0\",\"reason\":\"bus-closed\"}");
}

static void test_too_often(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 1000; i++)
		happen_there(fixture, fixture->root, CARD);
	assert_int_equal(heard.count, THROTTLE_EVENTS);
	fixture->gate.now += THROTTLE_WINDOW_MS + 1;
	happen_there(fixture, fixture->root, CARD);
	assert_non_null(strstr(heard.last, "\"suppressed\":\"980\""));
}

static void tell(void *user, const struct event *event)
{
	(void)user;
	hear(event);
}

/* What came while nobody listened, and is neither driven nor the machine's own. */
static void test_missed(void **state)
{
	struct fixture *fixture = *state;
	char path[512], line[64];
	struct stat status;
	struct otherbus_scan scan = {.sysfs = fixture->root,
				     .known = path,
				     .told = told_file,
				     .when = "start",
				     .throttle = &fixture->gate.throttle,
				     .tell = tell};

	put_text(fixture, "bus/mmc/devices/mmc1:0001/driver", "uevent", "");
	put_text(fixture, "bus/scsi", "drivers_autoprobe", "1\n");
	put_text(fixture, "bus/scsi/devices/0:0:0:0", "model", "its own\n");
	put_text(fixture, "bus/memstick", "drivers_autoprobe", "0\n");
	put_text(fixture, "bus/memstick/devices/host0", "uevent", "");
	snprintf(path, sizeof(path), "%s/waiting", fixture->root);
	otherbus_scan(&scan);
	assert_int_equal(heard.count, 1);
	assert_non_null(strstr(heard.last, "\"mmc mmc0:aaaa\""));
	assert_non_null(strstr(heard.last, "\"when\":\"start\""));

	/* Only once, also after a restart. */
	otherbus_scan(&scan);
	assert_int_equal(heard.count, 1);
	assert_int_equal(unlink(told_file), 0);

	snprintf(path, sizeof(path), "%s/bus/mmc/devices/mmc0:aaaa", fixture->root);
	assert_int_equal(stat(path, &status), 0);
	snprintf(line, sizeof(line), "7 x\n%llu y\n", (unsigned long long)status.st_ino);
	put_text(fixture, ".", "waiting", line);
	snprintf(path, sizeof(path), "%s/waiting", fixture->root);
	otherbus_scan(&scan);
	assert_int_equal(heard.count, 1);
}

/* What the kernel said was lost: what came meanwhile is told, what was told before is not. */
static void test_overrun(void **state)
{
	struct fixture *fixture = *state;
	struct otherbus_scan scan = {.sysfs = fixture->root,
				     .known = "/nonexistent",
				     .told = told_file,
				     .throttle = &fixture->gate.throttle,
				     .tell = tell};

	happen_there(fixture, fixture->root, CARD);
	put_text(fixture, "bus/mmc/devices/mmc1:bbbb", "name", "SECOND\n");
	otherbus_scan(&scan);
	assert_int_equal(heard.count, 2);
	assert_non_null(strstr(heard.last, "SECOND"));
	assert_null(strstr(heard.last, "when"));
	otherbus_scan(&scan);
	assert_int_equal(heard.count, 2);
	/* A list that is none tells of all. */
	assert_int_equal(unlink(told_file), 0);
	assert_int_equal(mkdir(told_file, 0700), 0);
	otherbus_scan(&scan);
	assert_int_equal(heard.count, 4);
}

static void tell_any(void *user, const struct event *event)
{
	(void)user;
	if (event->kind == EVENT_DEVICE_BLOCKED)
		hear(event);
}

/* The watch looks once at the start, and again when the kernel says that messages were lost. */
static void test_watch(void **state)
{
	static const char noise[256];
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = 1};
	struct fixture *fixture = *state;
	struct privlink link = {.fd = -1, .passed = -1};
	struct gate gate = {.tell = tell_any, .link = &link, .devices = -1};
	struct disks disks = {.gate = &gate};
	struct slots slots = {.gate = &gate};
	struct devicewatch watch = {.sysfs = fixture->root,
				    .told = told_file,
				    .gate = &gate,
				    .disks = &disks,
				    .slots = &slots};
	bool may = unshare(CLONE_NEWNET) == 0;
	int sender = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	assert_true(sender >= 0);
	assert_int_equal(uevent_open(&watch.fd), 0);
	assert_int_equal(devicewatch_scan(&watch), 0);
	assert_int_equal(heard.count, 1);
	put_text(fixture, "bus/mmc/devices/mmc1:bbbb", "name", "SECOND\n");
	assert_int_equal(devicewatch_scan(&watch), 0);
	assert_int_equal(heard.count, 1);
	for (int i = 0; i < 20000; i++)
		(void)!sendto(sender, noise, sizeof(noise), 0, (struct sockaddr *)&to, sizeof(to));
	assert_int_equal(devicewatch_read(&watch), 0);
	assert_int_equal(watch.overruns, may ? 1 : 0);
	assert_int_equal(devicewatch_scan(&watch), 0);
	assert_int_equal(heard.count, may ? 2 : 1);
	close(sender);
	close(watch.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open_bus, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_often, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_overrun, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_watch, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
