/* A keyboard that has to type a code, and the reader that is asked to read it: a socket of the
 * test's. */
#ifndef SEKISHO_CHALLENGE_FIXTURE_H
#define SEKISHO_CHALLENGE_FIXTURE_H

#include "gate_fixture.h"

#include <sys/un.h>

#define RULES "[Device a]\nMatchInterface=03:*:*\nAccess=challenge\n"

struct reader {
	struct fixture *fixture;
	struct challenges challenges;
	char socket[64];
	int listener, fd;
	struct challenge_task task;
};

static int set_up(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct reader *reader = calloc(1, sizeof(*reader));
	void *made;

	if (setup(&made) < 0)
		return -1;
	reader->fixture = made;
	snprintf(reader->socket, sizeof(reader->socket), "%s/reader", reader->fixture->root);
	memcpy(address.sun_path, reader->socket, sizeof(reader->socket));
	reader->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	reader->fd = -1;
	if (bind(reader->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(reader->listener, 8) < 0)
		return -1;
	reader->challenges.socket = reader->socket;
	reader->challenges.owner = getuid();
	reader->fixture->gate.challenges = &reader->challenges;
	reader->fixture->claims = true;
	load_rules(reader->fixture, RULES);
	begin(reader->fixture);
	*state = reader;
	return 0;
}

static int tear_down(void **state)
{
	struct reader *reader = *state;
	void *made = reader->fixture;

	if (reader->fd >= 0)
		close(reader->fd);
	close(reader->listener);
	for (size_t i = 0; i < CHALLENGES_MAX; i++)
		challenge_cancel(&reader->challenges, reader->challenges.list[i].inode);
	teardown(&made);
	free(reader);
	return 0;
}

/* @classes: of its interfaces; those of class 3 are keyboards for the firmware. */
static void put_keyboard(const struct fixture *fixture, const char *name, const char *authorized,
			 size_t count, const uint8_t *classes)
{
	char path[128], whole[256];
	FILE *file;

	put_device(fixture, name, authorized, count, classes);
	snprintf(whole, sizeof(whole), "%s/bus/usb/devices/%s/descriptors", fixture->root, name);
	file = fopen(whole, "r+");
	assert_non_null(file);
	for (size_t i = 0; i < count; i++) {
		if (classes[i] != 3)
			continue;
		assert_int_equal(fseek(file, (long)(27 + 9 * i + 6), SEEK_SET), 0);
		assert_int_equal(fwrite("\1\1", 2, 1, file), 1);
		snprintf(path, sizeof(path), "bus/usb/devices/%s:1.%zu", name, i);
		put_text(fixture, path, "bInterfaceSubClass", "01\n");
		put_text(fixture, path, "bInterfaceProtocol", "01\n");
		snprintf(path, sizeof(path), "bus/usb/devices/%s:1.%zu/ep_82", name, i);
		put_text(fixture, path, "type", "Interrupt\n");
		put_text(fixture, path, "wMaxPacketSize", "0008\n");
	}
	assert_int_equal(fclose(file), 0);
}

static void plug(const struct reader *reader, const char *name, size_t count,
		 const uint8_t *classes)
{
	put_keyboard(reader->fixture, name, "0\n", count, classes);
	happen(reader->fixture, UEVENT_ADD, name);
	settle(reader->fixture);
}

/* The reader's end of the challenge that was begun last. */
static void be_asked(struct reader *reader)
{
	int usb = -1;

	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = accept(reader->listener, NULL, NULL);
	assert_true(reader->fd >= 0);
	assert_int_equal(
		parcel_receive(reader->fd, &reader->task, sizeof(reader->task), &usb, MSG_DONTWAIT),
		0);
	assert_true(usb >= 0);
	close(usb);
}

static void let_go(const struct reader *reader)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s:1.%u/driver", reader->fixture->root,
		 reader->task.port, reader->task.interface);
	assert_int_equal(unlink(path), 0);
}

static void answer(struct reader *reader, enum challenge_outcome outcome)
{
	struct challenge_result result = {CHALLENGE_VERSION, outcome, 0};

	let_go(reader);
	assert_int_equal(parcel_send(reader->fd, &result, sizeof(result), -1, 0), 0);
	gate_challenges(&reader->fixture->gate);
	settle(reader->fixture);
}

static void expect_told(const struct reader *reader, size_t index, const char *expected)
{
	assert_true(index < reader->fixture->n_told);
	assert_string_equal(reader->fixture->told[index], expected);
}

static void expect_file(const struct reader *reader, const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), "bus/usb/devices/%s/authorized", name);
	expect_text(reader->fixture, path, value);
}

static const uint8_t keyboard[] = {3};

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
