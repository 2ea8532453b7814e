/* The root half's verbs by themselves, on a made-up sysfs. */
#include "tree_fixture.h"

#include "agent/priv/verb.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 5000

struct fixture {
	char root[48]; /* plays /sys */
	int sysfs;
	ino_t inode; /* of the one device, 1-8 */
};

static void put(const struct fixture *fixture, const char *path, const char *text)
{
	tree_put(fixture->root, path, text, strlen(text));
}

/* @path: whole */
static void read_text(const char *path, char *ret_text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length;

	assert_non_null(file);
	length = fread(ret_text, 1, size - 1, file);
	ret_text[length] = '\0';
	assert_int_equal(fclose(file), 0);
}

static void link_device(const struct fixture *fixture, const char *name, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", fixture->root, name);
	assert_int_equal(symlink(target, path), 0);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct stat status;
	char path[128];

	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-verb-XXXXXX");
	if (!mkdtemp(fixture->root))
		return -1;
	put(fixture, "bus/usb/devices/uevent", "");
	put(fixture, "devices/1-8/authorized", "1\n");
	link_device(fixture, "1-8", "../../../devices/1-8");
	snprintf(path, sizeof(path), "%s/devices/1-8", fixture->root);
	if (stat(path, &status) < 0)
		return -1;
	fixture->inode = status.st_ino;
	fixture->sysfs = open(fixture->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = fixture;
	return fixture->sysfs < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->sysfs);
	tree_remove(fixture->root);
	free(fixture);
	return 0;
}

static void malformed_requests_are_refused(void **state)
{
	static const struct {
		uint32_t verb;
		const char *name;
	} bad[] = {
		{0, ""},
		{PRIV_VERB_END, "1-1"},
		{PRIV_DEFAULT_DENY, "x"},
		{PRIV_BUS_DENY, "1-1"},
		{PRIV_BUS_DENY, "usb"},
		{PRIV_BUS_DENY, "usb1234"},
		{PRIV_BUS_DENY, "usb1/.."},
		{PRIV_DEVICE_OPEN, ""},
		{PRIV_DEVICE_OPEN, "usb1"},
		{PRIV_DEVICE_OPEN, "1-"},
		{PRIV_DEVICE_OPEN, "1-1."},
		{PRIV_DEVICE_OPEN, "1-1:1.0"},
		{PRIV_DEVICE_OPEN, "../1-1"},
		{PRIV_DEVICE_OPEN, "1-1/../../../../module/usbcore"},
		{PRIV_INTERFACE_OPEN, "1-1"},
		{PRIV_INTERFACE_OPEN, "1-1:1"},
		{PRIV_INTERFACE_OPEN, "1-1:1.0 "},
		{PRIV_INTERFACE_PROBE, "1-1:1.0\n"},
		{PRIV_DEVICE_AWAIT, "usb1"},
		{PRIV_DEVICE_AWAIT, "1-1:1.0"},
		{PRIV_NODE_CLOSE, "usb1"},
		{PRIV_NODE_CLOSE, "1-1:1.0"},
		{PRIV_OTHER_BUS_DENY, "usb"},
		{PRIV_OTHER_BUS_DENY, "pci"},
		{PRIV_OTHER_BUS_DENY, "scsi/../usb"},
		{PRIV_RADIO_OFF, "rfkill"},
		{PRIV_RADIO_OFF, "rfkill0/.."},
		{PRIV_RADIO_OFF, "phy0"},
	};
	struct fixture *fixture = *state;
	struct priv_request request;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request = (struct priv_request){.version = PRIV_VERSION, .verb = bad[i].verb};
		memcpy(request.name, bad[i].name, strlen(bad[i].name));
		if (verb_run(fixture->sysfs, fixture->sysfs, &request, NULL) != -EINVAL)
			fail_msg("%u %s", bad[i].verb, bad[i].name);
	}
	request = (struct priv_request){.version = 2, .verb = PRIV_DEFAULT_DENY};
	assert_int_equal(verb_run(fixture->sysfs, fixture->sysfs, &request, NULL), -EINVAL);
	request.version = PRIV_VERSION;
	memset(request.name, '1', sizeof(request.name));
	assert_int_equal(verb_run(fixture->sysfs, fixture->sysfs, &request, NULL), -EINVAL);
	request = (struct priv_request){.version = PRIV_VERSION, .verb = PRIV_DEFAULT_DENY};
	request.name[5] = 'x';
	assert_int_equal(verb_run(fixture->sysfs, fixture->sysfs, &request, NULL), -EINVAL);
}

/* Runs @request on 1-8 while the kernel configures that: its attributes of the configuration wait.
 */
static void expect_wait(const struct fixture *fixture, const struct priv_request *request)
{
	char configuration[256], authorized[256], text[8] = "";
	int fd, ended = -1;
	pid_t child;

	snprintf(configuration, sizeof(configuration), "%s/devices/1-8/bConfigurationValue",
		 fixture->root);
	snprintf(authorized, sizeof(authorized), "%s/devices/1-8/1-8:1.0/authorized",
		 fixture->root);
	assert_int_equal(mkfifo(configuration, 0600), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(verb_run(fixture->sysfs, fixture->sysfs, request, NULL) == 0 ? 0 : 1);
	fd = open(configuration, O_WRONLY | O_CLOEXEC); /* once it is being read */
	assert_true(fd >= 0);
	assert_int_equal(waitpid(child, &ended, WNOHANG), 0);
	read_text(authorized, text, sizeof(text));
	assert_string_equal(text, "0\n");
	close(fd);
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_int_equal(ended, 0);
	assert_int_equal(unlink(configuration), 0);
}

static void an_interface_waits_for_its_device(void **state)
{
	struct fixture *fixture = *state;
	struct priv_request request = {.version = PRIV_VERSION,
				       .verb = PRIV_DEVICE_AWAIT,
				       .inode = fixture->inode,
				       .name = "1-8"};
	char authorized[256], text[8] = "";
	struct stat status;

	put(fixture, "devices/1-8/1-8:1.0/authorized", "0\n");
	link_device(fixture, "1-8:1.0", "../../../devices/1-8/1-8:1.0");
	expect_wait(fixture, &request);
	request.inode++;
	assert_int_equal(verb_run(fixture->sysfs, fixture->sysfs, &request, NULL), -ESTALE);
	assert_int_equal(fstatat(fixture->sysfs, "bus/usb/devices/1-8:1.0", &status, 0), 0);
	request = (struct priv_request){.version = PRIV_VERSION,
					.verb = PRIV_INTERFACE_OPEN,
					.inode = status.st_ino,
					.name = "1-8:1.0"};
	expect_wait(fixture, &request);
	snprintf(authorized, sizeof(authorized), "%s/devices/1-8/1-8:1.0/authorized",
		 fixture->root);
	read_text(authorized, text, sizeof(text));
	assert_string_equal(text, "1\n");
}

/* A link that leads out of /sys is not followed. */
static void links_lead_nowhere_else(void **state)
{
	struct fixture *fixture = *state;
	struct priv_request request = {
		.version = PRIV_VERSION, .verb = PRIV_DEVICE_OPEN, .name = "1-9"};
	struct stat status;

	link_device(fixture, "1-9", "/tmp");
	assert_int_equal(stat("/tmp", &status), 0);
	request.inode = status.st_ino;
	assert_int_equal(verb_run(fixture->sysfs, fixture->sysfs, &request, NULL), -EXDEV);
}

/* Renames files, as udev does all the time with what it keeps of its devices. */
static void rename_on_and_on(const struct fixture *fixture)
{
	char a[64], b[64];

	snprintf(a, sizeof(a), "%s/a", fixture->root);
	snprintf(b, sizeof(b), "%s/b", fixture->root);
	for (;;)
		if (rename(a, b) < 0 || rename(b, a) < 0)
			_exit(1);
}

/* openat2(2): EAGAIN, where a rename anywhere crosses the way up of a link. No keyboard may stay
 * closed for it. */
static void a_rename_elsewhere_stops_nothing(void **state)
{
	const struct fixture *fixture = *state;
	const struct priv_request request = {.version = PRIV_VERSION,
					     .verb = PRIV_DEVICE_CLOSE,
					     .name = "1-8",
					     .inode = fixture->inode};
	int failed = 0;
	int status = 0;
	pid_t pid;

	put(fixture, "a", "");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rename_on_and_on(fixture);
	}
	for (int i = 0; i < ROUNDS; i++)
		failed += verb_run(fixture->sysfs, fixture->sysfs, &request, NULL) != 0;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status)); /* it went on to the end */
	assert_int_equal(failed, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(malformed_requests_are_refused),
		TEST(an_interface_waits_for_its_device),
		TEST(links_lead_nowhere_else),
		TEST(a_rename_elsewhere_stops_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
