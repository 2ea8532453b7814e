/* Where the attempts come from: the ring is handed over, and a program that is gone, replaced or
 * not called is told. */
#include "attempts_fixture.h"

#include "agent/lsm/pins.h"

#include <errno.h>
#include <sys/socket.h>

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
	const struct CMUnitTest tests[] = {
		CASE(test_pins),	CASE(test_replaced),	   CASE(test_not_called),
		CASE(test_handed_over), CASE(test_nobody_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
