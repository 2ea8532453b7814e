/* L-03: the real writer's checkpoints, judged by the collector: whose they are, what they cover,
 * what somebody with today's keys can't do to yesterday. */
#include "checkpoint_fixture.h"
#include "cleanup.h"

/* At the start, after so many events, so long after one, in silence, at the end. */
static void it_is_sealed_in_time(void **state)
{
	struct scene *scene = *state;
	struct audit_chain chain;

	fixture_fill(scene->journal, 1, 1);
	tick(scene, 0); /* start */
	assert_int_equal(head(scene), 2);
	tick(scene, 0);
	assert_int_equal(head(scene), 2);
	fixture_fill(scene->journal, 2, CHECKPOINT_EVENTS);
	tick(scene, 1);
	assert_int_equal(head(scene), CHECKPOINT_EVENTS + 1);
	fixture_fill(scene->journal, 1, 1);
	tick(scene, 1); /* events */
	assert_int_equal(head(scene), CHECKPOINT_EVENTS + 3);
	fixture_fill(scene->journal, 1, 1);
	tick(scene, 1000);
	assert_int_equal(checkpoint_deadline(&scene->checkpoint), scene->now + CHECKPOINT_MS);
	tick(scene, CHECKPOINT_MS - 1);
	assert_int_equal(head(scene), CHECKPOINT_EVENTS + 4);
	tick(scene, 1); /* time */
	assert_int_equal(head(scene), CHECKPOINT_EVENTS + 5);
	assert_int_equal(checkpoint_deadline(&scene->checkpoint), scene->now + CHECKPOINT_QUIET_MS);
	tick(scene, CHECKPOINT_QUIET_MS - 1);
	assert_int_equal(head(scene), CHECKPOINT_EVENTS + 5);
	tick(scene, 1); /* quiet */
	assert_int_equal(head(scene), CHECKPOINT_EVENTS + 6);
	checkpoint_stop(&scene->checkpoint, scene->now);
	send(scene, FIXTURE_HOST);
	chain = expect(scene, "");
	assert_string_equal(chain.owner->name, "counter-1");
	assert_int_equal(chain.sealed, CHECKPOINT_EVENTS + 7);
	assert_int_equal(chain.first_period, 0);
	assert_int_equal(chain.last_period, 4);
	fixture_expect(scene->journal, "", NULL);
}

/* The key file is as large as before, holds the next key, and no longer the one before. */
static void the_key_is_forgotten(void **state)
{
	struct scene *scene = *state;
	char before[SEALER_FILE_SIZE + 1] = "", after[SEALER_FILE_SIZE + 1] = "", first[65];
	struct stat status;
	FILE *file;

	hex_format(scene->checkpoint.sealer.ratchet, SEAL_KEY_SIZE, first);
	tick(scene, 0);
	for (int i = 0; i < 2; i++) {
		file = fopen(scene->path, "r");
		assert_non_null(file);
		assert_true(fread(i ? after : before, 1, SEALER_FILE_SIZE, file) > 0);
		assert_int_equal(fclose(file), 0);
		assert_null(strstr(i ? after : before, first));
		hex_format(scene->checkpoint.sealer.ratchet, SEAL_KEY_SIZE, first);
		assert_non_null(strstr(i ? after : before, first));
		if (i == 0)
			checkpoint_stop(&scene->checkpoint, scene->now);
	}
	assert_int_equal(stat(scene->path, &status), 0);
	assert_int_equal(status.st_size, SEALER_FILE_SIZE);
	/* And it goes on with it. */
	sealer_close(&scene->checkpoint.sealer);
	load_seal(scene);
	assert_int_equal(scene->checkpoint.sealer.period, 2);
	checkpoint_stop(&scene->checkpoint, scene->now);
	send(scene, FIXTURE_HOST);
	assert_int_equal(expect(scene, "").last_period, 2);
}

/* Killed between the checkpoint and the turn of the ratchet: two of a period are no damage. */
static void a_crash_before_the_turn_is_no_damage(void **state)
{
	struct scene *scene = *state;

	tick(scene, 0);
	assert_int_equal(journal_checkpoint(scene->journal->journal, &scene->checkpoint.sealer,
					    "time", false),
			 0);
	checkpoint_stop(&scene->checkpoint, scene->now);
	send(scene, FIXTURE_HOST);
	assert_int_equal(expect(scene, "").last_period, 1);
}

/* A full disk: no checkpoint, no turn; both when there is room again. */
static void a_full_disk_is_waited_for(void **state)
{
	struct scene *scene = *state;

	tick(scene, 0);
	fixture_fill(scene->journal, 1, 3);
	scene->journal->disk.write.error = -ENOSPC;
	scene->journal->disk.write.fail = 1000;
	tick(scene, 1);
	tick(scene, CHECKPOINT_MS);
	assert_int_equal(scene->checkpoint.error, -ENOSPC);
	assert_int_equal(checkpoint_deadline(&scene->checkpoint), scene->now + CHECKPOINT_RETRY_MS);
	assert_int_equal(scene->checkpoint.sealer.period, 1);
	scene->journal->disk.write.fail = 0;
	tick(scene, CHECKPOINT_RETRY_MS);
	assert_int_equal(scene->checkpoint.error, 0);
	assert_int_equal(scene->checkpoint.sealer.period, 2);
	send(scene, FIXTURE_HOST);
	expect(scene, "");
}

/* Terminal A sends as B, with its own certificate and its own seal: B's name does not help. */
static void another_ones_name_is_found(void **state)
{
	struct scene *scene = *state;

	tick(scene, 0);
	send(scene, ANOTHER_HOST);
	expect(scene, "bad-seal 1-1, unsealed 1-1");
}

static void an_unknown_key_is_found(void **state)
{
	struct scene *scene = *state;

	tick(scene, 0);
	send(scene, FIXTURE_HOST);
	scene->terminals.count = 0;
	expect(scene, "unknown-key 1-1, unsealed 1-1");
}

static void two_seals_on_one_journal_are_found(void **state)
{
	struct scene *scene = *state;

	tick(scene, 0);
	sealer_close(&scene->checkpoint.sealer);
	write_seal(scene->path, 2, &(struct terminal){});
	load_seal(scene);
	checkpoint_stop(&scene->checkpoint, scene->now);
	send(scene, FIXTURE_HOST);
	expect(scene, "wrong-terminal 2-2");
}

static void no_seal_is_found(void **state)
{
	struct scene *scene = *state;

	fixture_fill(scene->journal, 1, 10);
	send(scene, FIXTURE_HOST);
	expect(scene, "unsealed 1-10");
	/* So is a seal that ended. */
	tick(scene, 0);
	for (int i = 0; i < AUDIT_UNSEALED_MAX / 64; i++)
		fixture_fill(scene->journal, 1, 64);
	send(scene, FIXTURE_HOST);
	expect_of(scene, 11, scene->n_lines, "");
	fixture_fill(scene->journal, 1, 1);
	send(scene, FIXTURE_HOST);
	expect_of(scene, scene->n_lines - AUDIT_UNSEALED_MAX - 11, scene->n_lines,
		  "unsealed 12-524");
}

/* Root has the journal's yesterday and the keys of today: writes the journal anew from its first
 * record, seals and all. With the collector's own copy that is a fork; alone, the seals are of the
 * wrong time. */
static void yesterday_is_not_rewritten_with_todays_keys(void **state)
{
	struct scene *scene = *state;
	size_t real;

	fixture_fill(scene->journal, 1, 3);
	tick(scene, 0);
	fixture_fill(scene->journal, 1, 3);
	checkpoint_stop(&scene->checkpoint, scene->now); /* 8: the end of yesterday */
	send(scene, FIXTURE_HOST);
	expect(scene, "");
	real = scene->n_lines;
	fixture_close(scene->journal);
	fixture_empty(scene->journal->dirfd);
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
	fixture_fill(scene->journal, 1, 2);
	checkpoint_stop(&scene->checkpoint, scene->now);
	send(scene, FIXTURE_HOST);
	expect_of(scene, real + 1, scene->n_lines, "lost-seals 0-1");
	/* Or gives the new checkpoint the old period. */
	scene->checkpoint.sealer.period = 0;
	checkpoint_stop(&scene->checkpoint, scene->now);
	send(scene, FIXTURE_HOST);
	expect_of(scene, scene->n_lines, scene->n_lines, "bad-seal 4-4, missing 1-3, unsealed 1-4");
}

/* A checkpoint with another key's time in between, all of it well made. */
static void the_order_of_keys_is_looked_at(void **state)
{
	struct scene *scene = *state;
	struct sealer copy;

	tick(scene, 0);
	copy = scene->checkpoint.sealer; /* period 1 */
	checkpoint_stop(&scene->checkpoint, scene->now);
	checkpoint_stop(&scene->checkpoint, scene->now);
	assert_int_equal(journal_checkpoint(scene->journal->journal, &copy, "time", false), 0);
	send(scene, FIXTURE_HOST);
	expect(scene, "key-order 4-4");
}

static void begin_anew(struct scene *scene)
{
	fixture_close(scene->journal);
	fixture_empty(scene->journal->dirfd);
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
}

/* Behind a journal's last checkpoint anybody may write: not where the next journal has begun, and
 * not for long. */
static void what_is_not_sealed_does_not_last(void **state)
{
	struct scene *scene = *state;
	size_t first;

	tick(scene, 0);
	fixture_fill(scene->journal, 1, 3); /* 2 to 4, not sealed */
	send(scene, FIXTURE_HOST);
	expect(scene, "");
	scene->days = 8;
	expect(scene, "unsealed 2-4");
	scene->days = 0;
	first = scene->n_lines;
	begin_anew(scene);
	checkpoint_stop(&scene->checkpoint, scene->now);
	send(scene, FIXTURE_HOST);
	expect_of(scene, 1, first, "");
	expect(scene, "unsealed 2-4");
}

/* A ratchet that stands still, and a seal in two places. */
static void a_key_seals_once(void **state)
{
	struct scene *scene = *state;
	struct sealer copy;

	tick(scene, 0);
	copy = scene->checkpoint.sealer; /* period 1 */
	for (int i = 0; i < 3; i++)
		assert_int_equal(journal_checkpoint(scene->journal->journal, &copy, "time", false),
				 0);
	send(scene, FIXTURE_HOST);
	expect_of(scene, 1, 3, "");
	expect(scene, "key-order 4-4");
	begin_anew(scene);
	for (int i = 0; i < 2; i++)
		assert_int_equal(journal_checkpoint(scene->journal->journal, &copy, "time", false),
				 0);
	copy.period = 3;
	seal_turn(copy.ratchet);
	seal_turn(copy.ratchet);
	assert_int_equal(journal_checkpoint(scene->journal->journal, &copy, "time", false), 0);
	send(scene, FIXTURE_HOST);
	expect_of(scene, 5, 7, "key-order 3-3, lost-seals 0-0");
}

/* Its own key makes a terminal's signature good for any period; nobody turns to that one. */
static void a_far_period_is_not_turned_to(void **state)
{
	struct scene *scene = *state;

	scene->checkpoint.sealer.period = SEAL_PERIOD_MAX;
	assert_int_equal(journal_checkpoint(scene->journal->journal, &scene->checkpoint.sealer,
					    "time", false),
			 0);
	send(scene, FIXTURE_HOST);
	expect(scene, "key-order 1-1, unsealed 1-1");
}

/* Where the next key can't be stored, the one before does not seal on. */
static void nothing_is_sealed_while_the_key_stays(void **state)
{
	struct scene *scene = *state;
	int fd = scene->checkpoint.sealer.fd;

	scene->checkpoint.sealer.fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	tick(scene, 0);
	assert_int_equal(scene->checkpoint.error, -ENOSPC);
	assert_int_equal(head(scene), 1);
	fixture_fill(scene->journal, 1, 1);
	tick(scene, 1);
	tick(scene, CHECKPOINT_MS);
	assert_int_equal(head(scene), 2);
	assert_int_equal(scene->checkpoint.error, -ENOSPC);
	close(scene->checkpoint.sealer.fd);
	scene->checkpoint.sealer.fd = fd;
	tick(scene, CHECKPOINT_RETRY_MS);
	assert_int_equal(scene->checkpoint.error, 0);
	assert_int_equal(head(scene), 3);
	send(scene, FIXTURE_HOST);
	assert_int_equal(expect(scene, "").last_period, 1);
}

/* A journal that was begun anew goes on with the seal; where a whole one is missing, that is seen.
 */
static void a_missing_journal_leaves_a_hole(void **state)
{
	struct scene *scene = *state;
	size_t ends[3];

	for (int i = 0; i < 3; i++) {
		fixture_fill(scene->journal, 1, 2);
		checkpoint_stop(&scene->checkpoint, scene->now);
		send(scene, FIXTURE_HOST);
		ends[i] = scene->n_lines;
		begin_anew(scene);
	}
	expect(scene, "");
	expect_of(scene, ends[0] + 1, ends[2], "lost-seals 0-0");
	for (size_t i = ends[0]; i < ends[1]; i++)
		free(scene->lines[i]);
	memmove(&scene->lines[ends[0]], &scene->lines[ends[1]],
		(ends[2] - ends[1]) * sizeof(scene->lines[0]));
	scene->n_lines -= ends[1] - ends[0];
	expect(scene, "lost-seals 1-1");
}

static void wrong_files_are_told(void **state)
{
	struct scene *scene = *state;
	struct config_error error;
	struct sealer sealer;
	char link[96];

	sealer_close(&scene->checkpoint.sealer);
	assert_int_equal(sealer_open("/tmp/no-such-seal", &sealer, &error), -ENOENT);
	assert_int_equal(chmod(scene->path, 0640), 0);
	assert_int_equal(sealer_open(scene->path, &sealer, &error), -EPERM);
	assert_non_null(strstr(error.text, "chmod 600"));
	assert_int_equal(chmod(scene->path, 0600), 0);
	snprintf(link, sizeof(link), "%s.link", scene->path);
	assert_int_equal(symlink(scene->path, link), 0);
	assert_int_equal(sealer_open(link, &sealer, &error), -ELOOP);
	unlink(link);
	assert_int_equal(truncate(scene->path, 100), 0);
	assert_int_equal(sealer_open(scene->path, &sealer, &error), -EINVAL);
	assert_non_null(strstr(error.text, scene->path));
	assert_int_equal(truncate(scene->path, 0), 0);
	assert_int_equal(sealer_open(scene->path, &sealer, &error), -EINVAL);
}

/* What a power cut leaves where the file was being lengthened; not where its last line is cut off.
 */
static void a_cut_off_lengthening_is_mended(void **state)
{
	struct scene *scene = *state;
	struct config_error error;
	struct stat status;
	struct sealer sealer;

	assert_int_equal(stat(scene->path, &status), 0);
	assert_int_equal(status.st_size, SEALER_FILE_SIZE);
	sealer_close(&scene->checkpoint.sealer);
	write_seal(scene->path, 1, &scene->list[0]);
	assert_int_equal(stat(scene->path, &status), 0);
	assert_in_range(status.st_size, 1, SEALER_FILE_SIZE - 1);
	assert_int_equal(truncate(scene->path, SEALER_FILE_SIZE), 0);
	load_seal(scene);
	assert_int_equal(scene->checkpoint.sealer.period, 0);
	sealer_close(&scene->checkpoint.sealer);
	load_seal(scene);
	assert_int_equal(truncate(scene->path, status.st_size - 1), 0);
	assert_int_equal(truncate(scene->path, SEALER_FILE_SIZE), 0);
	assert_int_equal(sealer_open(scene->path, &sealer, &error), -EINVAL);
	assert_non_null(strstr(error.text, "zero byte"));
}

/* Forwards, backwards, at the stops and beside them. */
static void a_period_is_found_from_anywhere(void **state)
{
	static const uint32_t periods[] = {0,	 5,    3,	 4, 1024, 1023, 1025,
					   2050, 2049, 3 * 1024, 1, 0,	  4000};
	struct scene *scene = *state;
	uint8_t right[4001][SEAL_KEY_SIZE], key[SEAL_KEY_SIZE];

	memcpy(right[0], scene->list[0].first_key, SEAL_KEY_SIZE);
	for (size_t i = 1; i < ARRAY_SIZE(right); i++) {
		memcpy(right[i], right[i - 1], SEAL_KEY_SIZE);
		seal_turn(right[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(periods); i++) {
		assert_int_equal(terminals_ratchet(&scene->list[0], periods[i], key), 0);
		assert_memory_equal(key, right[periods[i]], SEAL_KEY_SIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_sealed_in_time),
		TEST(a_period_is_found_from_anywhere),
		TEST(the_key_is_forgotten),
		TEST(a_crash_before_the_turn_is_no_damage),
		TEST(a_full_disk_is_waited_for),
		TEST(another_ones_name_is_found),
		TEST(an_unknown_key_is_found),
		TEST(two_seals_on_one_journal_are_found),
		TEST(no_seal_is_found),
		TEST(yesterday_is_not_rewritten_with_todays_keys),
		TEST(the_order_of_keys_is_looked_at),
		TEST(what_is_not_sealed_does_not_last),
		TEST(a_key_seals_once),
		TEST(a_far_period_is_not_turned_to),
		TEST(nothing_is_sealed_while_the_key_stays),
		TEST(a_missing_journal_leaves_a_hole),
		TEST(wrong_files_are_told),
		TEST(a_cut_off_lengthening_is_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
