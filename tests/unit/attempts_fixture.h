/* What the kernel tells of attempts, in a ring that a test fills, and the events that it becomes.
 */
#ifndef TESTS_ATTEMPTS_FIXTURE_H
#define TESTS_ATTEMPTS_FIXTURE_H

#include "tree_fixture.h"

#include "agent/engine/attempts_source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
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

static inline void tell(void *user, const struct event *event)
{
	struct fixture *fixture = user;

	assert_int_equal(event->error, 0);
	assert_null(event_stray_field(event->kind, event->fields));
	assert_true(fixture->n_told < TOLD_MAX);
	fixture->told[fixture->n_told++] = json_incref(event->fields);
}

static inline const char *field(const struct fixture *fixture, size_t i, const char *name)
{
	const char *value;

	assert_true(i < fixture->n_told);
	value = json_string_value(json_object_get(fixture->told[i], name));
	return value ? value : "";
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline void open_ring(struct fixture *fixture)
{
	int fd = fcntl(fixture->ring, F_DUPFD_CLOEXEC, 3);

	assert_int_equal(attemptring_open(&fixture->attempts.ring, fd, fixture->page), 0);
}

/* As the kernel writes it, also where a record lies across the end. */
static inline void produce(struct fixture *fixture, const void *bytes, uint32_t length,
			   uint32_t flags)
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

static inline struct attempt mount_of(const char *type)
{
	struct attempt attempt = {.action = ATTEMPT_MOUNT,
				  .uid = 0,
				  .login_uid = ATTEMPT_NOBODY,
				  .pid = 7,
				  .program = "mount"};

	snprintf(attempt.text, sizeof(attempt.text), "%s", type);
	return attempt;
}

static inline void try(struct fixture *fixture, struct attempt attempt)
{
	attempt.count = ++fixture->count;
	produce(fixture, &attempt, sizeof(attempt), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
