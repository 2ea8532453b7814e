/* A disk that others filled: what is left of the reserve is not for everybody. */
#include "full_fixture.h"

#include "agent/engine/outbox.h"

static uint64_t size_of(const struct scene *scene, const struct journal_segment *segment)
{
	char name[JOURNAL_NAME_SIZE], *bytes;
	size_t length, end;

	journal_segment_name(segment, name);
	fixture_read(scene->journal, name, &bytes, &length);
	end = fixture_used(bytes, length);
	free(bytes);
	return end;
}

/* The newest segment is written as far as one line more could have been too much. */
static void expect_used(const struct scene *scene, uint64_t limit)
{
	struct journal_segment *segments;
	uint64_t size;
	size_t count;

	assert_int_equal(journal_segment_list(disk.dirfd, &segments, &count, NULL), 0);
	size = size_of(scene, &segments[count - 1]);
	free(segments);
	assert_in_range(size, limit - JOURNAL_LINE_MAX, limit - JOURNAL_LINE_MAX + 600);
}

/* Devices get half of the reserve, log-ins the rest but for what makes room again; a start later,
 * too. */
static void a_flood_leaves_room_for_logins(void **state)
{
	struct scene *scene = *state;

	disk.size = used();
	assert_true(fill_up(scene, EVENT_DEVICE_BLOCKED) > 100);
	assert_false(fixture_has(scene->journal, "reserve"));
	assert_true(journal_wants_room(scene->journal->journal));
	expect_used(scene, RESERVE / 2);
	assert_int_equal(record(scene, EVENT_LOGIN_REFUSED), -ENOSPC);
	assert_int_equal(record(scene, EVENT_LOGIN_GRANTED), 0);
	assert_int_equal(record(scene, EVENT_DEVICE_BLOCKED), -ENOSPC);
	open_again(scene);
	assert_int_equal(record(scene, EVENT_DEVICE_BLOCKED), -ENOSPC);
	assert_true(fill_up(scene, EVENT_LOGIN_GRANTED) > 30);
	expect_used(scene, RESERVE - RESERVE / 32);
	/* A seal that makes no room has none here. */
	assert_int_equal(journal_checkpoint(scene->journal->journal, &scene->checkpoint.sealer,
					    "time", false),
			 -ENOSPC);
	/* Nor has one of a start, or who is started often would use it up. */
	for (int i = 0; i < 3; i++) {
		sealer_close(&scene->checkpoint.sealer);
		open_again(scene);
		tick(scene, 0);
	}
	expect_used(scene, RESERVE - RESERVE / 32);
	fixture_expect(scene->journal, "", NULL);
	/* Others made room. */
	disk.size = UINT64_MAX;
	assert_int_equal(journal_take_room(scene->journal->journal), 0);
	assert_false(journal_wants_room(scene->journal->journal));
	assert_true(fixture_has(scene->journal, "reserve"));
	assert_int_equal(record(scene, EVENT_DEVICE_BLOCKED), 0);
	fixture_expect(scene->journal, "", NULL);
}

/* The next segment has its name and nobody knows whether for good: the one before is not written
 * on, though it has room. */
static void a_segment_is_not_written_beside_the_next(void **state)
{
	struct scene *scene = *state;
	struct fixture_disk *faults = &scene->journal->disk;
	uint64_t last;

	disk.size = used();
	fill_up(scene, EVENT_DEVICE_BLOCKED);
	for (int error = 0; error < 2; error++) {
		disk.size = UINT64_MAX;
		faults->sync.fail = 1;
		faults->sync.error = error ? -EIO : -ENOSPC;
		if (error)
			journal_take_room(scene->journal->journal);
		else
			assert_int_equal(record(scene, EVENT_DEVICE_BLOCKED), -EIO);
		faults->sync.fail = 0;
		assert_int_equal(record(scene, EVENT_LOGIN_GRANTED), 0);
		last = head(scene);
		fixture_expect(scene->journal, "", NULL);
		open_again(scene);
		assert_true(head(scene) >= last);
		fixture_expect(scene->journal, "", NULL);
		disk.size = used();
		fill_up(scene, EVENT_DEVICE_BLOCKED);
	}
}

/* The disk fails before the next segment has a name: what is left of this one is not given up. */
static void a_failed_preparation_leaves_the_rest(void **state)
{
	static const int errors[] = {-EIO, -EROFS, -EMFILE};
	struct scene *scene = *state;
	struct fixture_disk *faults = &scene->journal->disk;

	disk.size = used();
	fill_up(scene, EVENT_DEVICE_BLOCKED);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		disk.size = UINT64_MAX;
		faults->flush.fail = 1;
		faults->flush.error = errors[i];
		assert_int_equal(record(scene, EVENT_DEVICE_BLOCKED), errors[i]);
		faults->flush.fail = 0;
		disk.size = used();
		assert_int_equal(record(scene, EVENT_LOGIN_GRANTED), 0);
		assert_int_equal(record(scene, EVENT_DEVICE_BLOCKED), -ENOSPC);
	}
	fixture_expect(scene->journal, "", NULL);
}

/* Of the agent's own events what weighs more goes past the others, which keep their order, whatever
 * these have to wait for. */
static void urgent_events_do_not_wait_with_others(void **state)
{
	static const enum event_kind kinds[] = {EVENT_DEVICE_BLOCKED, EVENT_TAMPER_FOUND,
						EVENT_DEVICE_GONE};
	static const int errors[] = {-ENOSPC, -EIO};
	struct scene *scene = *state;
	struct fixture_disk *faults = &scene->journal->disk;
	static struct outbox outbox;

	outbox.journal = scene->journal->journal;
	for (size_t n = 0; n < ARRAY_SIZE(errors); n++) {
		disk.size = used();
		fill_up(scene, EVENT_DEVICE_BLOCKED);
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
			_cleanup_event_ struct event event = {};

			assert_int_equal(event_begin(&event, kinds[i]), 0);
			outbox_put(&outbox, &event);
		}
		if (errors[n] == -EIO) {
			disk.size = UINT64_MAX;
			faults->flush.fail = 1;
			faults->flush.error = -EIO;
		}
		scene->now += OUTBOX_RETRY_MS;
		assert_int_equal(outbox_flush(&outbox, scene->now), errors[n]);
		assert_int_equal(outbox.count, 2);
		assert_string_equal(outbox.waiting[0]->kind, "device.blocked");
		assert_string_equal(outbox.waiting[1]->kind, "device.gone");
		disk.size = UINT64_MAX;
		scene->now += OUTBOX_RETRY_MS;
		assert_int_equal(outbox_flush(&outbox, scene->now), 0);
		assert_int_equal(outbox.count, 0);
		assert_int_equal(outbox.lost_total, 0);
	}
	fixture_expect(scene->journal, "", NULL);
}

/* What somebody brings about as often as he likes without being let in. */
static void no_stranger_is_urgent(void **state)
{
	static const enum event_kind kinds[] = {EVENT_LOGIN_REFUSED,   EVENT_LOGIN_LOCKED,
						EVENT_DEVICE_BLOCKED,  EVENT_CHALLENGE_PASSED,
						EVENT_ATTEMPT_REFUSED, EVENT_ENGINE_FAULT,
						EVENT_ENGINE_DROPPED};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (event_rows[kinds[i]].weight != EVENT_ORDINARY)
			fail_msg("%s", event_rows[kinds[i]].name);
}

/* The manual names the kinds that have to wait, and no other. */
static void the_manual_lists_who_waits(void **state)
{
	static const char *const pages[][2] = {
		{"docs/man/sekisho-journal.5", ".Ss When the disk is full"},
		{"docs/man/ja/sekisho-journal.5", ".Ss ディスクがいっぱいのとき"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		int fd = open(pages[i][0], O_RDONLY | O_CLOEXEC);
		char *text, *section, *end;
		size_t length;

		assert_int_equal(file_read_all(fd, 1 << 20, &text, &length), 0);
		close(fd);
		section = strstr(text, pages[i][1]);
		assert_non_null(section);
		end = strstr(section + 4, "\n.Ss ");
		assert_non_null(end);
		*end = '\0';
		for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
			const struct event_row *row = &event_rows[kind];
			char before[64], last[64];
			bool listed;

			snprintf(before, sizeof(before), " %s ,", row->name);
			snprintf(last, sizeof(last), " %s .", row->name);
			listed = strstr(section, before) || strstr(section, last);
			if (listed != (row->weight == EVENT_ORDINARY))
				fail_msg("%s: %s", pages[i][0], row->name);
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flood_leaves_room_for_logins),
		TEST(a_segment_is_not_written_beside_the_next),
		TEST(a_failed_preparation_leaves_the_rest),
		TEST(urgent_events_do_not_wait_with_others),
		cmocka_unit_test(no_stranger_is_urgent),
		cmocka_unit_test(the_manual_lists_who_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
