/* How far the collector confirmed: two slots, of which a cut write leaves one. L-01. */
#include "journal_fixture.h"

#include "agent/forward/acknowledged.h"

#include "storefile.h"

static void what_is_acknowledged_is_kept(void **state)
{
	struct fixture *fixture = *state;
	struct acknowledged written = {.host = FIXTURE_HOST, .epoch = FIXTURE_BOOT}, found;
	uint8_t byte = 0x55;
	int fd;

	assert_int_equal(
		storefile_open(fixture->dirfd, "acknowledged", ACKNOWLEDGED_FILE_SIZE, &fd), 0);
	assert_int_equal(acknowledged_read(fd, &found), 0);
	assert_int_equal(found.head.sequence, 0);
	for (uint64_t sequence = 1; sequence <= 9; sequence++) {
		written.head.sequence = sequence;
		written.head.hash[0] = (uint8_t)sequence;
		assert_int_equal(acknowledged_write(fd, &written), 0);
		assert_int_equal(acknowledged_read(fd, &found), 0);
		assert_memory_equal(&found, &written, sizeof(found));
	}
	/* A write that was cut short: the one before counts. Generation 9 stands in the second. */
	assert_int_equal(pwrite(fd, &byte, 1, 4096 + 20), 1);
	assert_int_equal(acknowledged_read(fd, &found), 0);
	assert_int_equal(found.head.sequence, 8);
	assert_int_equal(pwrite(fd, &byte, 1, 20), 1);
	assert_int_equal(acknowledged_read(fd, &found), -EBADMSG);
	/* The very first write, cut short. */
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(ftruncate(fd, ACKNOWLEDGED_FILE_SIZE), 0);
	assert_int_equal(pwrite(fd, &byte, 1, 4096 + 20), 1);
	assert_int_equal(acknowledged_read(fd, &found), -EBADMSG);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_acknowledged_is_kept, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
