/* What the kernel tells of attempts becomes events: each told once, then counted; a flood is
 * bounded. */
#include "attempts_fixture.h"

#include <linux/bpf.h>
#include <sys/socket.h>

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

/* What the ring kept while nobody listened: who sits at the terminal now need not have then. */
static void test_kept(void **state)
{
	struct fixture *fixture = *state;
	struct attempt person = mount_of("cifs");

	person.login_uid = 1000;
	try(fixture, mount_of("nfs"));
	try(fixture, person);
	open_ring(fixture);
	try(fixture, mount_of("ceph"));
	attempts_dispatch(&fixture->attempts, 1000);
	assert_int_equal(fixture->n_told, 3);
	assert_string_equal(field(fixture, 0, "seat"), "unknown");
	assert_string_equal(field(fixture, 1, "seat"), "");
	assert_string_equal(field(fixture, 1, "uid"), "1000");
	assert_string_equal(field(fixture, 2, "seat"), "");
	/* Nor those that were folded with it, when they are counted. */
	try(fixture, mount_of("nfs"));
	attempts_dispatch(&fixture->attempts, 2000);
	attempts_tick(&fixture->attempts, 3000, true);
	assert_string_equal(field(fixture, 3, "seat"), "unknown");
	assert_string_equal(field(fixture, 3, "count"), "1");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_each_kind),	  CASE(test_folded), CASE(test_flood), CASE(test_hidden),
		CASE(test_many_programs), CASE(test_ring),   CASE(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
