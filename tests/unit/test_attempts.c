/* What the kernel tells of attempts becomes events: each told once, then counted; a flood is
 * bounded; a program that is gone is told. */
#include "tree_fixture.h"

#include "agent/engine/attempts_source.h"
#include "agent/lsm/pins.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOLD_MAX 128

struct fixture {
	struct attempts attempts;
	struct tamper tamper;
	char root[40];
	int ring; /* a file that is laid out as the ring is */
	char *map;
	size_t page;
	unsigned long produced;
	uint64_t count;
	json_t *told[TOLD_MAX];
	size_t n_told;
};

static void tell(void *user, const struct event *event)
{
	struct fixture *fixture = user;

	assert_int_equal(event->error, 0);
	assert_null(event_stray_field(event->kind, event->fields));
	assert_true(fixture->n_told < TOLD_MAX);
	fixture->told[fixture->n_told++] = json_incref(event->fields);
}

static const char *field(const struct fixture *fixture, size_t i, const char *name)
{
	const char *value;

	assert_true(i < fixture->n_told);
	value = json_string_value(json_object_get(fixture->told[i], name));
	return value ? value : "";
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->page = (size_t)sysconf(_SC_PAGESIZE);
	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-attempts-XXXXXX");
	assert_non_null(mkdtemp(fixture->root));
	fixture->ring = memfd_create("ring", MFD_CLOEXEC);
	assert_true(fixture->ring >= 0);
	assert_int_equal(
		ftruncate(fixture->ring, (off_t)(2 * fixture->page + 2 * (size_t)ATTEMPT_BYTES)),
		0);
	fixture->map = mmap(NULL, 2 * fixture->page + 2 * (size_t)ATTEMPT_BYTES,
			    PROT_READ | PROT_WRITE, MAP_SHARED, fixture->ring, 0);
	assert_ptr_not_equal(fixture->map, MAP_FAILED);
	fixture->tamper = (struct tamper){.tell = tell, .user = fixture};
	fixture->attempts = (struct attempts){.socket = "/nonexistent/attempts.sock",
					      .loaded = fixture->root,
					      .calls = "/nonexistent/calls",
					      .run = fixture->root,
					      .sysfs = fixture->root,
					      .page = fixture->page,
					      .tell = tell,
					      .user = fixture,
					      .tamper = &fixture->tamper,
					      .asking = -1,
					      .pins = -1,
					      .ring = {.fd = -1}};
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	attempts_release(&fixture->attempts);
	for (size_t i = 0; i < fixture->n_told; i++)
		json_decref(fixture->told[i]);
	munmap(fixture->map, 2 * fixture->page + 2 * (size_t)ATTEMPT_BYTES);
	close(fixture->ring);
	assert_int_equal(tree_remove(fixture->root), 0);
	free(fixture);
	return 0;
}

static void open_ring(struct fixture *fixture)
{
	int fd = fcntl(fixture->ring, F_DUPFD_CLOEXEC, 3);

	assert_int_equal(attemptring_open(&fixture->attempts.ring, fd, fixture->page), 0);
}

/* As the kernel writes it, also where a record lies across the end. */
static void produce(struct fixture *fixture, const void *bytes, uint32_t length, uint32_t flags)
{
	char *data = fixture->map + 2 * fixture->page;
	const uint32_t head[2] = {length | flags, 0};
	size_t at = fixture->produced % ATTEMPT_BYTES;

	memcpy(data + at, head, sizeof(head));
	memcpy(data + at + sizeof(head), bytes, length);
	if (at + sizeof(head) + length > ATTEMPT_BYTES)
		memcpy(data, data + ATTEMPT_BYTES, at + sizeof(head) + length - ATTEMPT_BYTES);
	fixture->produced += (length + sizeof(head) + 7) / 8 * 8;
	memcpy(fixture->map + fixture->page, &fixture->produced, sizeof(fixture->produced));
}

static struct attempt mount_of(const char *type)
{
	struct attempt attempt = {.action = ATTEMPT_MOUNT,
				  .uid = 0,
				  .login_uid = ATTEMPT_NOBODY,
				  .pid = 7,
				  .program = "mount"};

	snprintf(attempt.text, sizeof(attempt.text), "%s", type);
	return attempt;
}

static void try(struct fixture *fixture, struct attempt attempt)
{
	attempt.count = ++fixture->count;
	produce(fixture, &attempt, sizeof(attempt), 0);
}

static void test_each_kind(void **state)
{
	struct fixture *fixture = *state;
	struct attempt attempt = mount_of("nfs");

	open_ring(fixture);
	tree_put(fixture->root, "users/1000", "NAME=hanako\n", 12);
	memcpy(attempt.source, "server:/x", 9);
	try(fixture, attempt);
	attempt = (struct attempt){.action = ATTEMPT_RAW_COMMAND,
				   .uid = 1000,
				   .login_uid = 1000,
				   .device = 8u << 20 | 16,
				   .block = 1,
				   .number = 0x2285};
	try(fixture, attempt);
	try(fixture,
	    (struct attempt){.action = ATTEMPT_SOCKET, .number = AF_BLUETOOTH, .login_uid = 1000});
	attempt = (struct attempt){.action = ATTEMPT_OPEN};
	/* Full to the last byte, and hostile. */
	memset(attempt.text, '\n', sizeof(attempt.text));
	memset(attempt.program, 'x', sizeof(attempt.program));
	try(fixture, attempt);
	attempts_dispatch(&fixture->attempts, 1);
	assert_int_equal(fixture->n_told, 4);
	assert_string_equal(field(fixture, 0, "action"), "mount");
	assert_string_equal(field(fixture, 0, "filesystem"), "nfs");
	assert_string_equal(field(fixture, 0, "source"), "server:/x");
	assert_string_equal(field(fixture, 0, "uid"), "");
	assert_string_equal(field(fixture, 1, "device"), "block 8:16");
	assert_string_equal(field(fixture, 1, "command"), "0x2285");
	assert_string_equal(field(fixture, 1, "user"), "hanako");
	assert_string_equal(field(fixture, 2, "family"), "bluetooth");
	assert_string_equal(field(fixture, 3, "program"), "xxxxxxxxxxxxxxxx");
	assert_null(strchr(field(fixture, 3, "path"), '\n'));
}

static void test_folded(void **state)
{
	struct fixture *fixture = *state;

	open_ring(fixture);
	for (int i = 0; i < 5; i++)
		try(fixture, mount_of("cifs"));
	attempts_dispatch(&fixture->attempts, 1);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(field(fixture, 0, "count"), "");
	/* A pause, whoever fills the ring. */
	try(fixture, mount_of("9p"));
	assert_int_equal(attempts_fd(&fixture->attempts, 2), -1);
	assert_int_equal(attempts_deadline(&fixture->attempts, 2), 1 + ATTEMPTS_PAUSE_MS);
	attempts_dispatch(&fixture->attempts, 1 + ATTEMPTS_PAUSE_MS);
	assert_int_equal(fixture->n_told, 2);
	attempts_tick(&fixture->attempts, ATTEMPTS_FOLD_MS, false);
	assert_int_equal(fixture->n_told, 2);
	attempts_tick(&fixture->attempts, 1 + ATTEMPTS_FOLD_MS, false);
	assert_int_equal(fixture->n_told, 3);
	assert_string_equal(field(fixture, 2, "count"), "4");
	assert_string_equal(field(fixture, 2, "filesystem"), "cifs");
}

static void flood(struct fixture *fixture, const char *program, int64_t *now)
{
	char type[16];

	for (int i = 0; i < 1000; i++, *now += ATTEMPTS_PAUSE_MS / 100) {
		struct attempt attempt;

		snprintf(type, sizeof(type), "type%d", i);
		attempt = mount_of(type);
		if (program)
			snprintf(attempt.program, sizeof(attempt.program), "%s%d", program, i);
		try(fixture, attempt);
		attempts_dispatch(&fixture->attempts, *now);
	}
	*now += ATTEMPTS_PAUSE_MS;
	attempts_dispatch(&fixture->attempts, *now);
}

/* Many different ones of a program, and what had no room in the ring, are counted and told with the
 * next. */
static void test_flood(void **state)
{
	struct fixture *fixture = *state;
	int64_t now = 1;

	open_ring(fixture);
	flood(fixture, NULL, &now);
	assert_int_equal(fixture->n_told, ATTEMPTS_SHARED);
	fixture->count += 50;
	now += 2 * ATTEMPTS_FOLD_MS;
	try(fixture, mount_of("last"));
	attempts_dispatch(&fixture->attempts, now);
	assert_string_equal(field(fixture, fixture->n_told - 1, "filesystem"), "last");
	assert_int_equal(strtoul(field(fixture, fixture->n_told - 1, "missed"), NULL, 10),
			 1000 - (fixture->n_told - 1) + 50);
}

/* Behind a thousand of one program hides neither another program, nor another kind. */
static void test_hidden(void **state)
{
	struct fixture *fixture = *state;
	struct attempt attempt = mount_of("nfs");
	int64_t now = 1;
	size_t told;

	open_ring(fixture);
	flood(fixture, NULL, &now);
	told = fixture->n_told;
	memcpy(attempt.program, "thief", 6);
	try(fixture, attempt);
	attempt = mount_of("nfs");
	attempt.action = ATTEMPT_RAW_COMMAND;
	try(fixture, attempt);
	now += ATTEMPTS_PAUSE_MS;
	attempts_dispatch(&fixture->attempts, now);
	assert_int_equal(fixture->n_told, told + 2);
	assert_string_equal(field(fixture, told, "program"), "thief");
	/* With it those of its kind, and of no other. */
	assert_string_not_equal(field(fixture, told, "missed"), "");
	assert_string_equal(field(fixture, told + 1, "missed"), "");
}

/* Programs whose names are all different: the last one is told within the minute, with a count. */
static void test_many_programs(void **state)
{
	struct fixture *fixture = *state;
	int64_t now = 1;
	size_t told;

	open_ring(fixture);
	flood(fixture, "name", &now);
	told = fixture->n_told;
	assert_int_equal(told, ATTEMPTS_QUOTA);
	attempts_tick(&fixture->attempts, now, false);
	assert_int_equal(fixture->n_told, told);
	now += ATTEMPTS_QUOTA_MS;
	attempts_tick(&fixture->attempts, now, false);
	assert_int_equal(fixture->n_told, told + 1);
	assert_string_equal(field(fixture, told, "program"), "name999");
	assert_int_equal(strtoul(field(fixture, told, "missed"), NULL, 10), 1000 - told - 1);
	attempts_tick(&fixture->attempts, now, true);
	assert_int_equal(fixture->n_told, told + 1);
}

/* What is not ours, or not written yet. */
static void test_ring(void **state)
{
	struct fixture *fixture = *state;
	struct attempt attempt = mount_of("nfs"), taken;
	struct attemptring *ring = &fixture->attempts.ring;

	assert_false(attemptring_take(ring, fixture->page, &taken));
	open_ring(fixture);
	assert_false(attemptring_take(ring, fixture->page, &taken));
	produce(fixture, &attempt, 8, 0);
	produce(fixture, &attempt, sizeof(attempt), BPF_RINGBUF_DISCARD_BIT);
	produce(fixture, &attempt, sizeof(attempt), 0);
	assert_true(attemptring_take(ring, fixture->page, &taken));
	assert_memory_equal(&taken, &attempt, sizeof(taken));
	produce(fixture, &attempt, sizeof(attempt), BPF_RINGBUF_BUSY_BIT);
	assert_false(attemptring_take(ring, fixture->page, &taken));
}

static void put_pins(struct fixture *fixture)
{
	char path[96];

	for (size_t i = 0; i < pin_count; i++) {
		snprintf(path, sizeof(path), "pins/%s", pin_rows[i].name);
		tree_put(fixture->root, path, "", 0);
	}
	tree_put(fixture->root, "pins/" ATTEMPT_RING, "", 0);
	open_ring(fixture);
	snprintf(path, sizeof(path), "%s/pins", fixture->root);
	fixture->attempts.pins = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	attempts_remember(&fixture->attempts);
}

/* A pin that is gone. */
static void test_pins(void **state)
{
	struct fixture *fixture = *state;

	put_pins(fixture);
	attempts_look(&fixture->attempts, 1);
	assert_int_equal(fixture->n_told, 0);
	assert_int_equal(fixture->attempts.asking, -1);
	assert_int_equal(unlinkat(fixture->attempts.pins, "guard_open", 0), 0);
	attempts_look(&fixture->attempts, 2);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(field(fixture, 0, "path"), ATTEMPT_PINS "/guard_open");
	assert_int_equal(unlinkat(fixture->attempts.pins, "guard_mount", 0), 0);
	attempts_look(&fixture->attempts, 3);
	assert_string_equal(field(fixture, 1, "path"), ATTEMPT_PINS);
}

static void answer(struct fixture *fixture, const char *word, const int *descriptors, size_t count)
{
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr header;
	} control = {};
	struct iovec part = {(void *)(uintptr_t)word, strlen(word)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	if (count > 0) {
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)),
						  .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), descriptors, count * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	assert_int_equal(sendmsg(ends[1], &message, 0), (ssize_t)strlen(word));
	close(ends[1]);
	fixture->attempts.asking = ends[0];
	assert_int_equal(attempts_fd(&fixture->attempts, 1), ends[0]);
	attempts_dispatch(&fixture->attempts, 1);
	assert_int_equal(fixture->attempts.asking, -1);
}

/* No ring, so the one before stays. */
static void answer_with(struct fixture *fixture, const char *words)
{
	answer(fixture, words, NULL, 0);
}

/* Some other pin has its name: sekisho-lsm is asked, who says whether it is its own. And the list
 * by which it knows is missed. */
static void test_replaced(void **state)
{
	struct fixture *fixture = *state;
	const char *list = "/nonexistent/loaded";

	put_pins(fixture);
	assert_int_equal(
		renameat(fixture->attempts.pins, "see_mode", fixture->attempts.pins, "guard_open"),
		0);
	answer_with(fixture, "yguard_open");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(field(fixture, 0, "path"), ATTEMPT_PINS "/guard_open");
	assert_string_equal(field(fixture, 0, "found"), "another one");
	/* What was seen to be missing is not told twice. */
	attempts_look(&fixture->attempts, 2);
	assert_int_equal(fixture->n_told, 2);
	assert_string_equal(field(fixture, 1, "path"), ATTEMPT_PINS "/see_mode");
	answer_with(fixture, "ysee_mode");
	assert_int_equal(fixture->n_told, 2);
	fixture->attempts.loaded = list;
	attempts_look(&fixture->attempts, 3);
	assert_string_equal(field(fixture, 2, "path"), list);
}

/* Switched off as a whole; it is told once, and again when it was found for long. */
static void test_not_called(void **state)
{
	struct fixture *fixture = *state;
	char path[96];

	put_pins(fixture);
	tree_put(fixture->root, "calls", "1\n", 2);
	snprintf(path, sizeof(path), "%s/calls", fixture->root);
	fixture->attempts.calls = path;
	attempts_look(&fixture->attempts, 1);
	assert_int_equal(fixture->n_told, 0);
	tree_put(fixture->root, "calls", "0\n", 2);
	attempts_look(&fixture->attempts, 2);
	attempts_look(&fixture->attempts, 3);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(field(fixture, 0, "path"), path);
	assert_string_equal(field(fixture, 0, "expected"), "1");
}

/* The ring and the folder of the pins, or neither; another ring takes the place of the one before.
 */
static void test_handed_over(void **state)
{
	struct fixture *fixture = *state;
	int pins = open(fixture->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int right[2] = {fixture->ring, pins}, wrong[2] = {pins, pins};

	answer(fixture, "n", NULL, 0);
	assert_int_equal(fixture->attempts.ring.fd, -1);
	answer(fixture, "y", right, 1);
	assert_int_equal(fixture->attempts.ring.fd, -1);
	answer(fixture, "y", wrong, 2);
	assert_int_equal(fixture->attempts.ring.fd, -1);
	answer(fixture, "y", right, 2);
	assert_true(fixture->attempts.ring.fd >= 0 && fixture->attempts.pins >= 0);
	answer(fixture, "y", right, 2);
	try(fixture, mount_of("nfs"));
	attempts_dispatch(&fixture->attempts, 2);
	assert_int_equal(fixture->n_told, 1);
	close(pins);
}

/* sekisho-lsm loaded programs, and there is none who hands the ring over. */
static void test_nobody_answers(void **state)
{
	struct fixture *fixture = *state;

	fixture->attempts.loaded = "/nonexistent/loaded";
	attempts_ask(&fixture->attempts);
	attempts_look(&fixture->attempts, 1);
	assert_int_equal(fixture->n_told, 0);
	fixture->attempts.loaded = fixture->root;
	attempts_look(&fixture->attempts, 2);
	assert_int_equal(fixture->n_told, 0);
	attempts_look(&fixture->attempts, 3);
	attempts_look(&fixture->attempts, 4);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(field(fixture, 0, "path"), ATTEMPT_PINS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_folded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_flood, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hidden, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_programs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ring, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pins, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_called, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_handed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_answers, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
