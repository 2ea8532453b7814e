/* A disk that others filled: what the collector verified makes room, one segment after the other,
 * and nothing else goes. */
#include "full_fixture.h"

#include "agent/engine/retention.h"

struct keeper {
	struct retention retention;
	char configuration[256], receipt[256], public_key[256];
};

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

/* As the agent has it, with a policy that keeps everything. */
static void set_keeper(struct scene *scene, struct keeper *keeper)
{
	char digits[2 * SEAL_KEY_SIZE + 1], text[128];

	snprintf(keeper->configuration, sizeof(keeper->configuration), "%s/journal.conf", output);
	snprintf(keeper->receipt, sizeof(keeper->receipt), "%s/receipt", output);
	snprintf(keeper->public_key, sizeof(keeper->public_key), "%s/seal.pub", output);
	write_file(keeper->configuration, "[Journal]\nKeepDays=0\n");
	hex_format(scene->checkpoint.sealer.public_key, SEAL_KEY_SIZE, digits);
	snprintf(text, sizeof(text), "[Seal]\nPublicKey=%s\n", digits);
	write_file(keeper->public_key, text);
	keeper->retention = (struct retention){.journal = scene->journal->journal,
					       .checkpoint = &scene->checkpoint,
					       .configuration = keeper->configuration,
					       .seal_public = keeper->public_key,
					       .receipt = keeper->receipt,
					       .standing = "/nowhere/standing",
					       .due_at = INT64_MAX};
}

/* The collector verified all there is. */
static uint64_t verify_all(struct scene *scene, const struct keeper *keeper)
{
	struct receipt receipt = {.letter = {.terminal = "counter-1",
					     .time = "2026-11-25T08:35:00.000000Z",
					     .host = FIXTURE_HOST}};
	struct audit_chain chain;

	checkpoint_make(&scene->checkpoint, "time", scene->now);
	send(scene, FIXTURE_HOST);
	chain = expect(scene, "");
	memcpy(receipt.letter.epoch, chain.epoch, sizeof(receipt.letter.epoch));
	receipt.verified = chain.verified;
	assert_int_equal(receipt.verified.sequence, head(scene));
	keep_receipt(keeper->receipt, &receipt);
	return receipt.verified.sequence;
}

static void expect_sound(struct scene *scene)
{
	struct sealkeys keys = fixture_keys(scene->checkpoint.sealer.public_key);
	struct fixture_findings findings = {};

	assert_int_equal(journal_verify_sealed(disk.dirfd, 0, &keys, fixture_note, &findings,
					       &findings.summary),
			 0);
	assert_string_equal(findings.text, "");
}

/* Log-ins, as long as they are recorded, and the agent's turn after each. */
static unsigned int log_in(struct scene *scene, struct keeper *keeper, unsigned int most)
{
	unsigned int count = 0;

	while (count < most && record(scene, EVENT_LOGIN_GRANTED) == 0) {
		count++;
		tick(scene, 100);
		assert_false(retention_tick(&keeper->retention, scene->now));
	}
	return count;
}

/* What was verified goes for what comes, one after the other; what was not stays, and then the disk
 * is full. */
static void verified_records_make_room(void **state)
{
	struct scene *scene = *state;
	struct keeper keeper = {};
	struct journal_oldest oldest;
	uint64_t verified;

	tick(scene, 0);
	fixture_fill(scene->journal, 1, 1200);
	tick(scene, 1);
	set_keeper(scene, &keeper);
	verified = verify_all(scene, &keeper);
	disk.size = used();
	/* There is room: nothing goes. */
	assert_int_equal(log_in(scene, &keeper, 20), 20);
	assert_int_equal(keeper.retention.dropped, 0);
	assert_true(log_in(scene, &keeper, LINES_MAX) > 800);
	assert_in_range(keeper.retention.dropped, 1, verified);
	oldest = fixture_oldest(scene->journal);
	assert_true(oldest.last > verified);
	assert_true(used() <= disk.size);
	/* Nor later, while nobody verified it. */
	for (int i = 0; i < 5; i++) {
		scene->now += RETENTION_RETRY_MS;
		retention_tick(&keeper.retention, scene->now);
	}
	assert_int_equal(fixture_oldest(scene->journal).first, oldest.first);
	expect_sound(scene);
	/* And the collector misses nothing. */
	disk.size = UINT64_MAX;
	checkpoint_stop(&scene->checkpoint, scene->now);
	send(scene, FIXTURE_HOST);
	expect(scene, "");
}

/* The reserve is used up, the agent is started anew, and then the receipt comes. */
static void a_late_receipt_makes_room(void **state)
{
	struct scene *scene = *state;
	struct keeper keeper = {};
	uint64_t verified;

	tick(scene, 0);
	fixture_fill(scene->journal, 1, 900);
	set_keeper(scene, &keeper);
	verified = verify_all(scene, &keeper);
	assert_int_equal(rename(keeper.receipt, path_of(output, "later")), 0);
	disk.size = used();
	log_in(scene, &keeper, LINES_MAX);
	assert_int_equal(keeper.retention.dropped, 0);
	sealer_close(&scene->checkpoint.sealer);
	open_again(scene);
	keeper.retention.journal = scene->journal->journal;
	assert_int_equal(record(scene, EVENT_LOGIN_GRANTED), -ENOSPC);
	assert_int_equal(rename(path_of(output, "later"), keeper.receipt), 0);
	keeper.retention.due_at = 0;
	for (int i = 0; i < 4; i++)
		assert_false(retention_tick(&keeper.retention, keeper.retention.due_at));
	assert_in_range(keeper.retention.dropped, 1, verified);
	assert_true(fixture_has(scene->journal, "reserve"));
	assert_false(journal_wants_room(scene->journal->journal));
	assert_int_equal(record(scene, EVENT_DEVICE_BLOCKED), 0);
	checkpoint_stop(&scene->checkpoint, scene->now);
	expect_sound(scene);
	send(scene, FIXTURE_HOST);
	expect(scene, "");
}

static void fill_with_verified(struct scene *scene, struct keeper *keeper)
{
	tick(scene, 0);
	fixture_fill(scene->journal, 1, 900);
	set_keeper(scene, keeper);
	verify_all(scene, keeper);
	disk.size = used();
	while (!journal_wants_room(scene->journal->journal))
		assert_int_equal(record(scene, EVENT_LOGIN_GRANTED), 0);
}

/* Nothing goes before the word of it is on the disk. */
static void nothing_goes_untold(void **state)
{
	struct scene *scene = *state;
	struct fixture_disk *faults = &scene->journal->disk;
	struct fixture_task *const tasks[] = {&faults->write, &faults->flush};
	struct keeper keeper = {};

	fill_with_verified(scene, &keeper);
	for (size_t i = 0; i < 2; i++) {
		tasks[i]->fail = 1000;
		tasks[i]->error = i ? -EIO : -ENOSPC;
		keeper.retention.due_at = 0;
		retention_tick(&keeper.retention, scene->now);
		assert_int_equal(keeper.retention.dropped, 0);
		assert_true(fixture_has(scene->journal, "0000000000000001.seg"));
		tasks[i]->fail = 0;
		expect_sound(scene);
	}
}

/* A disk that fails is not one that is full, and what goes makes no room on it. */
static void a_failing_disk_takes_nothing(void **state)
{
	struct scene *scene = *state;
	struct keeper keeper = {};

	fill_with_verified(scene, &keeper);
	keeper.retention.due_at = 0;
	disk.error = -EIO;
	for (int i = 0; i < 3; i++)
		retention_tick(&keeper.retention, keeper.retention.due_at);
	assert_int_equal(keeper.retention.dropped, 0);
	disk.error = 0;
	retention_tick(&keeper.retention, keeper.retention.due_at);
	assert_true(keeper.retention.dropped > 0);
	assert_true(fixture_has(scene->journal, "reserve"));
}

/* The agent was killed before the file went: told once more. */
static void a_crash_before_the_file_goes(void **state)
{
	struct scene *scene = *state;
	struct journal_oldest oldest;
	struct keeper keeper = {};
	struct sealkeys keys;

	fill_with_verified(scene, &keeper);
	oldest = fixture_oldest(scene->journal);
	keys = fixture_keys(scene->checkpoint.sealer.public_key);
	assert_int_equal(
		journal_tell_dropped(scene->journal->journal, &oldest, &fixture_unknown, &keys), 0);
	sealer_close(&scene->checkpoint.sealer);
	open_again(scene);
	keeper.retention.journal = scene->journal->journal;
	assert_true(fixture_has(scene->journal, oldest.file));
	expect_sound(scene);
	keeper.retention.due_at = 0;
	assert_false(retention_tick(&keeper.retention, scene->now));
	assert_false(fixture_has(scene->journal, oldest.file));
	assert_int_equal(keeper.retention.dropped, oldest.last);
	checkpoint_stop(&scene->checkpoint, scene->now);
	expect_sound(scene);
	send(scene, FIXTURE_HOST);
	expect(scene, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verified_records_make_room),   TEST(a_late_receipt_makes_room),
		TEST(nothing_goes_untold),	    TEST(a_failing_disk_takes_nothing),
		TEST(a_crash_before_the_file_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
