/* A journal with a seal on a disk of a size of its own, and the collector that verifies it. */
#ifndef SEKISHO_FULL_FIXTURE_H
#define SEKISHO_FULL_FIXTURE_H

#include <sys/socket.h>
/* The fixture has a word that sockets have, too. */
#define send send_lines
#include "checkpoint_fixture.h"
#undef TEST
#include "authority_fixture.h"
#undef TEST

#include "cleanup.h"

#define SEGMENT (32u * JOURNAL_LINE_MAX)
#define RESERVE (16u * JOURNAL_LINE_MAX)

/* The disk: the journal's files, up to so many bytes. */
static struct {
	int dirfd;
	uint64_t size;
	int error; /* what it says beyond that; 0: -ENOSPC */
} disk;

static inline uint64_t used(void)
{
	DIR *folder = fdopendir(openat(disk.dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	struct stat status;
	uint64_t sum = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		if (fstatat(disk.dirfd, entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode))
			sum += (uint64_t)status.st_size;
	closedir(folder);
	return sum;
}

static inline int allocate(void *user, int fd, uint64_t size)
{
	(void)user;
	(void)fd;
	if (used() + size <= disk.size)
		return 0;
	return disk.error < 0 ? disk.error : -ENOSPC;
}

static inline int available(void *user, int dirfd, uint64_t *ret_bytes)
{
	uint64_t taken = used();

	(void)user;
	(void)dirfd;
	*ret_bytes = taken < disk.size ? disk.size - taken : 0;
	return 0;
}

static inline void open_again(struct scene *scene)
{
	struct fixture *fixture = scene->journal;

	fixture_close(fixture);
	fixture_open(fixture);
	scene->checkpoint = (struct checkpoint){.journal = fixture->journal};
	load_seal(scene);
}

static inline int set_up_full(void **state)
{
	struct scene *scene;
	struct fixture *fixture;

	if (begin(state) < 0)
		return -1;
	set_up();
	if (setup(state) < 0)
		return -1;
	scene = *state;
	fixture = scene->journal;
	disk.dirfd = fixture->dirfd;
	disk.size = UINT64_MAX;
	disk.error = 0;
	fixture_close(fixture);
	fixture_empty(fixture->dirfd);
	fixture->io.allocate = allocate;
	fixture->io.available = available;
	fixture->options.segment_size = SEGMENT;
	fixture->options.reserve_size = RESERVE;
	sealer_close(&scene->checkpoint.sealer);
	open_again(scene);
	return 0;
}

static inline int tear_down_full(void **state)
{
	teardown(state);
	return end(state);
}

static inline int record(struct scene *scene, enum event_kind kind)
{
	_cleanup_event_ struct event event = {};
	struct record_request request;
	uint64_t sequence;

	assert_int_equal(event_begin(&event, kind), 0);
	event_set(&event, kind == EVENT_DEVICE_BLOCKED ? "name" : "user", "taro");
	assert_int_equal(event_to_record(&event, &request), 0);
	return journal_record(scene->journal->journal, &request, &sequence);
}

/* So many until it is refused. */
static inline unsigned int fill_up(struct scene *scene, enum event_kind kind)
{
	unsigned int count = 0;
	int r;

	while ((r = record(scene, kind)) == 0 && count < LINES_MAX)
		count++;
	assert_int_equal(r, -ENOSPC);
	return count;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_full, tear_down_full)

#endif
