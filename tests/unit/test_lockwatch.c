/* Locks that root can undo and nothing puts right: what sekishod tells of them, on a made-up
 * machine.
 */
#include "heard_fixture.h"
#include "tree_fixture.h"

#include "agent/engine/lockwatch.h"
#include "agent/exits/modules.h"
#include "cleanup.h"

#include <fcntl.h>
#include <unistd.h>

#define DEVICES "sys/bus/thunderbolt/devices/"
#define BEAT	15000

static char root[48];
static int root_fd;
static struct lockwatch watch;
static struct tamper tamper;
static struct heard heard;
static int64_t now;

static void put(const char *path, const char *text)
{
	tree_put(root, path, text, strlen(text));
}

static void hear(void *user, const struct event *event)
{
	static const char *const keys[] = {"object", "path", "found", "expected", "restored"};

	assert_int_equal(event->kind, EVENT_TAMPER_FOUND);
	heard_event(user, event, keys, ARRAY_SIZE(keys));
}

/* All holds: a device controller in nobody's use, Thunderbolt with a device that is not let in, a
 * drive that is read-only. */
static int set_up(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/sekisho-locks-XXXXXX");
	assert_non_null(mkdtemp(root));
	put("sys/class/udc/dummy_udc.0/function", "\n");
	put(DEVICES "domain0/security", "user\n");
	put(DEVICES "0-0/authorized", "1\n");
	put(DEVICES "0-1/authorized", "0\n");
	put("sys/module/thunderbolt/parameters/xdomain", "N\n");
	put("sys/class/block/sr0/ro", "1\n");
	put("sys/module/usbcore/initstate", "live\n");
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	watch = (struct lockwatch){};
	tamper = (struct tamper){.tell = hear, .user = &heard};
	heard = (struct heard){};
	now = 1000;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(root_fd);
	return tree_remove(root);
}

static void beat(int count)
{
	for (; count > 0; count--, now += BEAT)
		lockwatch_look(&watch, root_fd, &tamper, now);
}

static void nothing_is_said_where_all_holds(void **state)
{
	(void)state;
	beat(20);
	heard_expect(&heard, 0, NULL);
}

static void a_machine_without_any_of_it_is_well(void **state)
{
	set_up(state);
	assert_int_equal(tree_remove(root), 0);
	assert_int_equal(mkdir(root, 0755), 0);
	close(root_fd);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	beat(4);
	heard_expect(&heard, 0, NULL);
	tear_down(state);
}

/* What undoes a lock, and what is told of it. */
static const struct {
	const char *path, *text, *held, *told;
} undone[] = {
	{"sys/class/udc/dummy_udc.0/function", "g1\n", "\n",
	 "lock gadgets /sys/class/udc/dummy_udc.0/function = g1 holds no"},
	{DEVICES "0-1/authorized", "1\n", "0\n",
	 "lock thunderbolt /" DEVICES "0-1/authorized = 1 holds no"},
	{DEVICES "domain0/security", "none\n", "user\n",
	 "lock thunderbolt /" DEVICES "domain0/security = none holds no"},
	{"sys/module/thunderbolt/parameters/xdomain", "Y\n", "N\n",
	 "lock thunderbolt /sys/module/thunderbolt/parameters/xdomain = Y holds no"},
	{"sys/class/block/sr0/ro", "0\n", "1\n",
	 "lock optical /sys/class/block/sr0/ro = 0 holds no"},
	{"sys/module/nbd/initstate", "live\n", NULL,
	 "lock modules-disks in the kernel: nbd holds no"},
	{"sys/module/usbip_core/initstate", "live\n", NULL,
	 "lock modules-usbip in the kernel: usbip_core holds no"},
};

static void put_back(const char *path, const char *text)
{
	char folder[96];

	if (text) {
		put(path, text);
		return;
	}
	snprintf(folder, sizeof(folder), "%s/%.*s", root, (int)(strrchr(path, '/') - path), path);
	assert_int_equal(tree_remove(folder), 0);
}

/* Told within a minute, once while it stays so, and again when it was put right in between. */
static void what_is_undone_is_told(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(undone); i++) {
		set_up(state);
		beat(3);
		put(undone[i].path, undone[i].text);
		beat(4);
		heard_expect(&heard, 1, undone[i].told);
		beat(1000);
		heard_expect(&heard, 1, NULL);
		put_back(undone[i].path, undone[i].held);
		beat(10);
		heard_expect(&heard, 1, NULL);
		put(undone[i].path, undone[i].text);
		beat(4);
		heard_expect(&heard, 2, undone[i].told);
		tear_down(state);
	}
}

static void what_was_so_at_the_start_is_told_once(void **state)
{
	(void)state;
	put("sys/module/floppy/initstate", "live\n");
	beat(500);
	heard_expect(&heard, 1, "lock modules-floppy in the kernel: floppy holds no");
	/* Another one of those that a lock keeps out, and another lock. */
	put("sys/module/cifs/initstate", "live\n");
	put("sys/module/nfs/initstate", "live\n");
	beat(10);
	heard_expect(&heard, 2, "lock modules-files in the kernel: cifs, nfs holds no");
	put("sys/module/sunrpc/initstate", "live\n");
	beat(10);
	heard_expect(&heard, 3, "lock modules-files in the kernel: cifs, nfs, sunrpc holds no");
}

/* Between the drive's coming and udev's rule. */
static void a_drive_that_comes_is_no_alarm(void **state)
{
	(void)state;
	put("sys/class/block/sr0/ro", "0\n");
	beat(1);
	put("sys/class/block/sr0/ro", "1\n");
	beat(10);
	put("sys/class/block/sr0/ro", "0\n");
	beat(1);
	heard_expect(&heard, 0, NULL);
	beat(1);
	heard_expect(&heard, 1, NULL);
}

static void the_names_are_those_of_the_locks(void **state)
{
	static const char *const others[] = {"gadgets", "thunderbolt", "optical"};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < LOCK_COUNT; i++) {
		for (size_t j = 0; j < MODULES_COUNT; j++)
			found += strcmp(lock_rows[i].name, module_lists[j].lock) == 0;
		for (size_t j = 0; j < ARRAY_SIZE(others); j++)
			found += strcmp(lock_rows[i].name, others[j]) == 0;
		/* Each lock of such drivers is looked at. */
		if (strncmp(lock_rows[i].name, "modules-", 8) == 0)
			assert_true(i >= LOCK_MODULES_GADGET && i <= LOCK_MODULES_MODEM);
	}
	assert_int_equal(found, MODULES_COUNT + ARRAY_SIZE(others));
	assert_int_equal(LOCK_MODULES_MODEM - LOCK_MODULES_GADGET + 1, MODULES_COUNT);
}

#define LOCK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOCK_TEST(nothing_is_said_where_all_holds),
		cmocka_unit_test(a_machine_without_any_of_it_is_well),
		cmocka_unit_test(what_is_undone_is_told),
		LOCK_TEST(what_was_so_at_the_start_is_told_once),
		LOCK_TEST(a_drive_that_comes_is_no_alarm),
		cmocka_unit_test(the_names_are_those_of_the_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
