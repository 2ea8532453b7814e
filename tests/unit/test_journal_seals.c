/* L-03: what a terminal's own verification says of the seals in its journal, with nothing but the
 * public half: word for word, file and line. */
#include "checkpoint_fixture.h"

#include "sealpublic.h"

#define FIRST "0000000000000001.seg"

static const uint8_t *key_of(const struct scene *scene, unsigned int seed)
{
	char name[32];

	snprintf(name, sizeof(name), "counter-%u", seed);
	return strcmp(scene->list[0].name, name) == 0 ? scene->list[0].public_key
						      : scene->list[1].public_key;
}

static struct journal_summary judge(const struct scene *scene, const uint8_t *key,
				    const char *expected)
{
	struct fixture_findings findings = {};
	struct sealkeys keys = {};

	if (key)
		keys = fixture_keys(key);
	assert_int_equal(journal_verify_sealed(scene->journal->dirfd, 0, key ? &keys : NULL,
					       fixture_note, &findings, &findings.summary),
			 0);
	assert_string_equal(findings.text, expected);
	return findings.summary;
}

/* As the terminal has it: the key of its own seal. */
static struct journal_summary own(const struct scene *scene, const char *expected)
{
	return judge(scene, key_of(scene, 1), expected);
}

static void expect_sealed(const struct journal_summary *summary, uint64_t vouched, uint64_t behind)
{
	assert_true(summary->seals.looked_at);
	assert_int_equal(summary->seals.vouched, vouched);
	assert_int_equal(summary->head.sequence - vouched, behind);
}

/* Three events, a checkpoint (4), two events, a checkpoint (7), two events. */
static void fill(struct scene *scene)
{
	fixture_fill(scene->journal, 1, 3);
	tick(scene, 0);
	fixture_fill(scene->journal, 4, 5);
	checkpoint_stop(&scene->checkpoint, scene->now);
	fixture_fill(scene->journal, 6, 7);
}

/* Leaves out lines @first to @last of the only segment; line 1 is the header, 2 the first record.
 */
static void drop_lines(const struct scene *scene, unsigned int first, unsigned int last)
{
	char *bytes, *left, *at;
	size_t length, used = 0;
	unsigned int line = 1;

	fixture_read(scene->journal, FIRST, &bytes, &length);
	length = fixture_used(bytes, length);
	left = malloc(length);
	assert_non_null(left);
	for (at = bytes; at < bytes + length; line++) {
		char *end = memchr(at, '\n', (size_t)(bytes + length - at));

		assert_non_null(end);
		if (line < first || line > last) {
			memcpy(left + used, at, (size_t)(end + 1 - at));
			used += (size_t)(end + 1 - at);
		}
		at = end + 1;
	}
	fixture_write_file(scene->journal, FIRST, left, used);
	free(left);
	free(bytes);
}

static void it_says_up_to_where(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	fill(scene);
	summary = own(scene, "");
	expect_sealed(&summary, 7, 2);
	assert_int_equal(summary.seals.checkpoints, 2);
	assert_int_equal(summary.seals.sealed, 7);
	assert_string_equal(summary.seals.key_id, scene->checkpoint.sealer.key_id);
	checkpoint_stop(&scene->checkpoint, scene->now);
	summary = own(scene, "");
	expect_sealed(&summary, 10, 0);
}

/* The checkpoints behind an altered record are good; nothing is vouched for from there on. */
static void an_altered_record_before_a_seal(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;
	char *bytes, *user;
	size_t length;

	fill(scene);
	fixture_read(scene->journal, FIRST, &bytes, &length);
	user = strstr(bytes, "7530 4\"");
	assert_non_null(user);
	*user = '8';
	fixture_write_file(scene->journal, FIRST, bytes, length);
	free(bytes);
	summary = own(scene, FIRST ":6 altered 5-5\n");
	expect_sealed(&summary, 4, 5);
	assert_int_equal(summary.seals.sealed, 7);
}

/* Hashes all lines of the only segment once more from the second record on, as somebody does who
 * hides what was altered from the chain. */
static void chain_anew(char *bytes, size_t length)
{
	char *line = memchr(bytes, '\n', length), *previous = NULL;

	for (line++; *line; line = strchr(line, '\n') + 1) {
		char *json = line + 2 * JOURNAL_HASH_SIZE + 1, *end = strchr(line, '\n');
		char *prev = strstr(json, "\"prev\":\"");
		uint8_t hash[JOURNAL_HASH_SIZE];
		char hex[2 * JOURNAL_HASH_SIZE + 1];

		assert_true(prev && prev < end);
		if (previous)
			memcpy(prev + strlen("\"prev\":\""), previous, 2 * JOURNAL_HASH_SIZE);
		journal_hash(json, (size_t)(end - json), hash);
		hex_format(hash, sizeof(hash), hex);
		memcpy(line, hex, 2 * JOURNAL_HASH_SIZE);
		previous = line;
	}
}

/* The chain holds; the seals behind the altered record do not. */
static void an_altered_record_that_was_chained_anew(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;
	char *bytes, *user;
	size_t length;

	fill(scene);
	fixture_read(scene->journal, FIRST, &bytes, &length);
	user = strstr(bytes, "7530 4\"");
	assert_non_null(user);
	user[5] = '8';
	chain_anew(bytes, length);
	fixture_write_file(scene->journal, FIRST, bytes, length);
	free(bytes);
	judge(scene, NULL, "");
	summary = own(scene, FIRST ":8 bad-seal 7-7\n");
	expect_sealed(&summary, 4, 5);
	assert_int_equal(summary.seals.sealed, 4);
}

/* Everything made anew, by somebody who has a key, but not this terminal's. */
static void sealed_by_another_key(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	sealer_close(&scene->checkpoint.sealer);
	write_seal(scene->path, 2, &(struct terminal){});
	load_seal(scene);
	fill(scene);
	summary = own(scene, FIRST ":5 unknown-key 4-4\n" FIRST ":8 unknown-key 7-7\n" FIRST
				   ":0 unsealed 1-9\n");
	expect_sealed(&summary, 0, 9);
	judge(scene, key_of(scene, 2), "");
}

/* The same, under this terminal's name. */
static void a_forged_seal(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	fixture_fill(scene->journal, 1, 3);
	tick(scene, 0);
	scene->checkpoint.sealer.private_key[0] ^= 1;
	checkpoint_stop(&scene->checkpoint, scene->now);
	summary = own(scene, FIRST ":6 bad-seal 5-5\n");
	expect_sealed(&summary, 4, 1);
}

static void a_journal_of_nobody(void **state)
{
	struct scene *scene = *state;
	char *bytes, *host;
	size_t length;

	fixture_close(scene->journal);
	fixture_empty(scene->journal->dirfd);
	scene->journal->options.host = ANOTHER_HOST;
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
	fixture_fill(scene->journal, 1, 3);
	tick(scene, 0);
	own(scene, "");
	/* Whose it is can't be told any more, and the header's own hash tells that. */
	fixture_read(scene->journal, FIRST, &bytes, &length);
	host = strstr(bytes, ANOTHER_HOST);
	assert_non_null(host);
	host[0] = '0';
	fixture_write_file(scene->journal, FIRST, bytes, length);
	free(bytes);
	own(scene, FIRST ":1 bad-header 1-1\n" FIRST ":0 unsealed 1-4\n");
}

static void a_checkpoint_that_was_taken_out(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	fill(scene);
	drop_lines(scene, 5, 5);
	summary = own(scene, FIRST ":5 missing 4-4\n");
	expect_sealed(&summary, 0, 9);
	assert_int_equal(summary.seals.sealed, 7);
}

/* And what follows chained and sealed anew, with the keys that root finds today. */
static void a_checkpoint_whose_place_was_closed(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	fixture_fill(scene->journal, 1, 3);
	tick(scene, 0);
	assert_int_equal(sealer_turn(&scene->checkpoint.sealer), 0);
	checkpoint_stop(&scene->checkpoint, scene->now);
	summary = own(scene, FIRST ":6 lost-seals 5-5\n");
	expect_sealed(&summary, 4, 1);
	scene->checkpoint.sealer.period = 0;
	checkpoint_stop(&scene->checkpoint, scene->now);
	own(scene, FIRST ":6 lost-seals 5-5\n" FIRST ":7 key-order 6-6\n");
}

/* Nothing in the journal tells of it: where the seal ends is all there is to say. */
static void a_tail_that_was_cut_off(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	fill(scene);
	drop_lines(scene, 9, 10);
	summary = own(scene, "");
	expect_sealed(&summary, 7, 0);
	drop_lines(scene, 8, 8);
	summary = own(scene, "");
	expect_sealed(&summary, 4, 2);
}

/* The agent goes on behind the cut: the key's time does not fit, here and at the collector, which
 * has others under the same numbers besides. */
static void a_cut_tail_that_was_gone_on_with(void **state)
{
	struct scene *scene = *state;
	size_t before;

	fill(scene);
	send(scene, FIXTURE_HOST);
	before = scene->n_lines;
	fixture_close(scene->journal);
	drop_lines(scene, 6, 10);
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
	fixture_fill(scene->journal, 20, 21);
	checkpoint_stop(&scene->checkpoint, scene->now);
	own(scene, "0000000000000005.seg:4 lost-seals 7-7\n");
	send(scene, FIXTURE_HOST);
	expect_of(scene, before + 1, scene->n_lines, "key-order 7-7");
	expect(scene, "forked 5-5, forked 6-6, forked 7-7");
}

static void no_key_is_no_damage(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	fill(scene);
	summary = judge(scene, NULL, "");
	assert_false(summary.seals.looked_at);
	assert_int_equal(summary.seals.checkpoints, 2);
	assert_int_equal(summary.seals.vouched, 0);
}

/* With a key and not one seal, or too much behind the last. */
static void what_nobody_seals(void **state)
{
	struct scene *scene = *state;

	fixture_fill(scene->journal, 1, 10);
	own(scene, FIRST ":0 unsealed 1-10\n");
	tick(scene, 0);
	fixture_fill(scene->journal, 1, SEALED_WAITING_MAX);
	own(scene, "");
	fixture_fill(scene->journal, 1, 1);
	own(scene, "0000000000000523.seg:0 unsealed 12-524\n");
}

/* A journal begun anew goes on with the seal. */
static void an_earlier_journal_is_known_of(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	fill(scene);
	fixture_close(scene->journal);
	fixture_empty(scene->journal->dirfd);
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
	fill(scene);
	summary = own(scene, "");
	assert_int_equal(summary.seals.first_period, 2);
}

/* A crash before the turn, and a write that was not finished: told nowhere, sealed on. */
static void what_happens_by_itself_is_no_damage(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;

	tick(scene, 0);
	assert_int_equal(journal_checkpoint(scene->journal->journal, &scene->checkpoint.sealer,
					    "time", false),
			 0);
	scene->journal->disk.flush.error = -EIO;
	scene->journal->disk.flush.fail = 1;
	fixture_fill(scene->journal, 1, 3);
	checkpoint_stop(&scene->checkpoint, scene->now);
	summary = own(scene, "");
	assert_int_equal(summary.seals.vouched, summary.head.sequence);
}

static void the_public_half_is_read(void **state)
{
	const struct scene *scene = *state;
	struct config_error error;
	struct sealkeys keys;
	char path[96], hex[2 * SEAL_KEY_SIZE + 1];
	FILE *file;

	snprintf(path, sizeof(path), "%s.pub", scene->path);
	assert_int_equal(sealpublic_load(path, geteuid(), &keys, &error), -ENOENT);
	hex_format(key_of(scene, 1), SEAL_KEY_SIZE, hex);
	for (int cut = 0; cut < 2; cut++) {
		file = fopen(path, "we");
		assert_non_null(file);
		fprintf(file, "# Sekisho\n[Seal]\nPublicKey=%s\n", hex + cut);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(chmod(path, 0644), 0);
		assert_int_equal(sealpublic_load(path, geteuid(), &keys, &error),
				 cut ? -EINVAL : 0);
	}
	assert_memory_equal(keys.list[0].public_key, key_of(scene, 1), SEAL_KEY_SIZE);
	assert_non_null(strstr(error.text, "64 hexadecimal digits"));
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(sealpublic_load(path, geteuid(), &keys, &error), -EPERM);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_says_up_to_where),
		TEST(an_altered_record_before_a_seal),
		TEST(an_altered_record_that_was_chained_anew),
		TEST(sealed_by_another_key),
		TEST(a_forged_seal),
		TEST(a_journal_of_nobody),
		TEST(a_checkpoint_that_was_taken_out),
		TEST(a_checkpoint_whose_place_was_closed),
		TEST(a_tail_that_was_cut_off),
		TEST(a_cut_tail_that_was_gone_on_with),
		TEST(no_key_is_no_damage),
		TEST(what_nobody_seals),
		TEST(an_earlier_journal_is_known_of),
		TEST(what_happens_by_itself_is_no_damage),
		TEST(the_public_half_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
