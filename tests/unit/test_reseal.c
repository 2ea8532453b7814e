/* L-03: a seal that was lost, and the one that followed it: each counts where it should, and no
 * number is both's. By the collector's eyes and by the terminal's own. */
#include "agent/collector/lastseal.h"
#include "agent/collector/marks.h"
#include "checkpoint_fixture.h"

#include "sealpublic.h"

static struct terminal *key_of(struct scene *scene, unsigned int seed)
{
	struct terminal other = {};
	char path[96];

	snprintf(path, sizeof(path), "%s.look", scene->path);
	write_seal(path, seed, &other);
	unlink(path);
	return terminals_find(&scene->terminals, other.key_id);
}

/* Seed 1's seal ended with record @sequence of the present journal, sealed in @period; seed 2's is
 * the same terminal's from now on. */
static void reseal(struct scene *scene, uint64_t sequence, uint32_t period)
{
	struct terminal *lost = key_of(scene, 1), *next = key_of(scene, 2);
	struct journal_segment *segments;
	struct journal_header header;
	size_t count;

	assert_int_equal(journal_segment_list(scene->journal->dirfd, &segments, &count, NULL), 0);
	assert_int_equal(journal_segment_header(scene->journal->dirfd, segments, &header), 0);
	free(segments);
	lost->end = (struct sealend){.ended = true, .sequence = sequence, .period = period};
	memcpy(lost->end.host, FIXTURE_HOST, sizeof(lost->end.host));
	memcpy(lost->end.epoch, header.epoch, sizeof(lost->end.epoch));
	snprintf(lost->end.time, sizeof(lost->end.time), "2026-11-25T08:35:00.000000Z");
	memcpy(next->name, lost->name, sizeof(next->name));
	next->generation = 1;
	terminals_link(&scene->terminals);
}

static void load_next(struct scene *scene)
{
	sealer_close(&scene->checkpoint.sealer);
	write_seal(scene->path, 2, &(struct terminal){});
	load_seal(scene);
}

static void seal(struct scene *scene)
{
	checkpoint_stop(&scene->checkpoint, scene->now);
}

static void begin_anew(struct scene *scene)
{
	fixture_close(scene->journal);
	fixture_empty(scene->journal->dirfd);
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
}

/* Three events and a checkpoint (4), three events without a seal, the next seal's (8), an event,
 * another (10). */
static void lose_and_go_on(struct scene *scene)
{
	fixture_fill(scene->journal, 1, 3);
	tick(scene, 0);
	fixture_fill(scene->journal, 4, 6);
	load_next(scene);
	seal(scene);
	fixture_fill(scene->journal, 7, 7);
	seal(scene);
}

static void both_count(void **state)
{
	struct scene *scene = *state;
	struct audit_chain chain;

	lose_and_go_on(scene);
	send(scene, FIXTURE_HOST);
	/* Before anybody said so it is another terminal's. */
	expect(scene, "wrong-terminal 8-8, wrong-terminal 10-10");
	reseal(scene, 4, 0);
	chain = expect(scene, "");
	assert_int_equal(chain.sealed, 10);
	assert_int_equal(chain.verified.sequence, 10);
	assert_int_equal(chain.last_period, 1);
	assert_ptr_equal(chain.owner, key_of(scene, 2));
	assert_int_equal(chain.owner->begins, 8);
}

static void lines_come_in_any_order(void **state)
{
	struct scene *scene = *state;

	lose_and_go_on(scene);
	reseal(scene, 4, 0);
	send(scene, FIXTURE_HOST);
	for (size_t i = 0; i < scene->n_lines / 2; i++) {
		char *first = scene->lines[i];

		scene->lines[i] = scene->lines[scene->n_lines - 1 - i];
		scene->lines[scene->n_lines - 1 - i] = first;
	}
	expect(scene, "");
}

/* Whoever found the lost seal seals on with it. */
static void the_lost_one_seals_no_more(void **state)
{
	struct scene *scene = *state;
	struct sealer lost;

	fixture_fill(scene->journal, 1, 3);
	tick(scene, 0); /* 4 */
	lost = scene->checkpoint.sealer;
	reseal(scene, 4, 0);
	assert_int_equal(journal_checkpoint(scene->journal->journal, &lost, "time", false), 0);
	send(scene, FIXTURE_HOST);
	expect(scene, "key-order 5-5");
	/* Nor in a period that is its own yet. */
	reseal(scene, 4, 1);
	expect(scene, "key-order 5-5, lost-seals 1-1");
}

static void the_next_one_takes_no_number_of_it(void **state)
{
	struct scene *scene = *state;

	lose_and_go_on(scene);
	send(scene, FIXTURE_HOST);
	reseal(scene, 9, 0);
	expect(scene, "key-order 8-8, lost-seals 0-0");
}

/* A journal from before, rewritten and sealed with the new seal. */
static void an_earlier_journal_is_not_sealed_anew(void **state)
{
	struct scene *scene = *state;
	struct sealer lost;

	fixture_fill(scene->journal, 1, 1);
	tick(scene, 0); /* 2, the lost one's period 0 */
	lost = scene->checkpoint.sealer;
	load_next(scene);
	seal(scene); /* 3 */
	send(scene, FIXTURE_HOST);
	begin_anew(scene);
	assert_int_equal(journal_checkpoint(scene->journal->journal, &lost, "time", false), 0);
	send(scene, FIXTURE_HOST);
	reseal(scene, 1, 1);
	expect(scene, "key-order 3-3, unsealed 3-3");
}

/* The journal that the lost one sealed last is nowhere, or the new one's first checkpoints. */
static void what_is_missing_is_seen(void **state)
{
	struct scene *scene = *state;

	fixture_fill(scene->journal, 1, 1);
	seal(scene); /* 2 */
	seal(scene); /* 3 */
	reseal(scene, 3, 1);
	begin_anew(scene);
	load_next(scene);
	seal(scene);
	send(scene, FIXTURE_HOST);
	expect(scene, "lost-seals 0-1");
	scene->n_lines--;
	free(scene->lines[0]);
	begin_anew(scene);
	seal(scene);
	send(scene, FIXTURE_HOST);
	expect(scene, "lost-seals 0-1, lost-seals 0-0");
}

static void one_that_sealed_nothing_counts_for_nothing(void **state)
{
	struct scene *scene = *state;

	load_next(scene);
	fixture_fill(scene->journal, 1, 2);
	seal(scene);
	send(scene, FIXTURE_HOST);
	reseal(scene, 0, 0);
	expect(scene, "");
	key_of(scene, 2)->generation = 0;
	key_of(scene, 2)->end = (struct sealend){.ended = true};
	expect(scene, "key-order 3-3, unsealed 1-3");
}

static void judge_day(struct scene *scene, const char *path, size_t first, size_t last,
		      uint64_t verified)
{
	struct audit_chain chain = expect_with_marks(scene, path, first, last, "");

	assert_int_equal(chain.verified.sequence, verified);
}

/* Each day's file alone, the change in the middle of one or between two. */
static void days_are_judged_one_by_one(void **state)
{
	static const size_t days[][3] = {{5, 9, 10}, {4, 7, 10}, {8, 8, 10}, {6, 10, 10}};
	struct scene *scene = *state;
	char path[96];

	snprintf(path, sizeof(path), "%s.marks", scene->path);
	lose_and_go_on(scene);
	reseal(scene, 4, 0);
	send(scene, FIXTURE_HOST);
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		const size_t *end = days[i];

		judge_day(scene, path, 1, end[0], end[0] >= 8 ? 8 : end[0] >= 4 ? 4 : 0);
		judge_day(scene, path, 1, end[1], end[1] >= 10 ? 10 : end[1] >= 8 ? 8 : 4);
		judge_day(scene, path, end[1] + 1, end[2], 10);
		judge_day(scene, path, 1, 0, 10);
		unlink(path);
	}
}

static void its_last_seal_is_found(void **state)
{
	struct scene *scene = *state;
	struct sealend end;
	struct audit audit;

	fixture_fill(scene->journal, 1, 3);
	tick(scene, 0); /* 4 */
	fixture_fill(scene->journal, 4, 4);
	seal(scene); /* 6 */
	fixture_fill(scene->journal, 5, 5);
	send(scene, FIXTURE_HOST);
	assert_int_equal(audit_begin(&audit, &scene->terminals, "/tmp", note, scene), 0);
	for (size_t i = 0; i < scene->n_lines; i++)
		assert_int_equal(audit_line(&audit, scene->lines[i], strlen(scene->lines[i])), 0);
	assert_int_equal(audit_end(&audit), 0);
	lastseal_find(&audit, "counter-1", &end);
	assert_true(end.ended);
	assert_int_equal(end.sequence, 6);
	assert_int_equal(end.period, 1);
	assert_string_equal(end.host, FIXTURE_HOST);
	lastseal_find(&audit, "counter-2", &end);
	assert_true(end.ended);
	assert_int_equal(end.sequence, 0);
	audit_release(&audit);
}

/* What the terminal has in seal.pub. */
static struct sealkeys public_keys(struct scene *scene)
{
	struct sealkeys keys = {.count = 2};

	for (size_t i = 0; i < 2; i++) {
		const struct terminal *terminal = key_of(scene, i ? 1 : 2);

		memcpy(keys.list[i].public_key, terminal->public_key, SEAL_KEY_SIZE);
		memcpy(keys.list[i].id, terminal->key_id, sizeof(keys.list[i].id));
		keys.list[i].end = terminal->end;
	}
	return keys;
}

static struct journal_summary verify(struct scene *scene, const char *findings)
{
	struct fixture_findings found = {};
	struct sealkeys keys = public_keys(scene);

	sealkeys_link(&keys);
	assert_int_equal(journal_verify_sealed(scene->journal->dirfd, 0, &keys, fixture_note,
					       &found, &found.summary),
			 0);
	assert_string_equal(found.text, findings);
	return found.summary;
}

static void the_terminal_sees_the_same(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;
	struct sealer lost;

	lose_and_go_on(scene);
	reseal(scene, 4, 0);
	summary = verify(scene, "");
	assert_int_equal(summary.seals.vouched, 10);
	assert_int_equal(summary.seals.ended, 4);
	assert_int_equal(summary.seals.replaced, 8);
	reseal(scene, 9, 0);
	verify(scene, "0000000000000001.seg:9 key-order 8-8\n"
		      "0000000000000001.seg:11 lost-seals 10-10\n");
	reseal(scene, 3, 0);
	verify(scene, "0000000000000001.seg:5 key-order 4-4\n");
	/* The lost one again, behind its end. */
	reseal(scene, 4, 0);
	write_seal(scene->path, 1, &(struct terminal){});
	load_seal(scene);
	lost = scene->checkpoint.sealer;
	assert_int_equal(journal_checkpoint(scene->journal->journal, &lost, "time", false), 0);
	verify(scene, "0000000000000001.seg:12 key-order 11-11\n");
}

/* However the names of the keys sort, each knows the one before it. */
static void three_keys_know_each_other(void **state)
{
	static const char *const names[][3] = {{"a", "b", "c"}, {"c", "b", "a"}, {"b", "c", "a"}};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct terminal list[3] = {};
		const struct terminals terminals = {.list = list, .count = 3};
		const struct terminal *of[3];

		for (uint8_t generation = 0; generation < 3; generation++) {
			struct terminal *one = &list[names[i][generation][0] - 'a'];

			snprintf(one->name, sizeof(one->name), "counter");
			snprintf(one->key_id, sizeof(one->key_id), "%s", names[i][generation]);
			one->generation = generation;
			one->end.ended = generation < 2;
			of[generation] = one;
		}
		terminals_link(&terminals);
		assert_null(of[0]->end.before);
		assert_ptr_equal(of[1]->end.before, &of[0]->end);
		assert_ptr_equal(of[2]->end.before, &of[1]->end);
		for (size_t k = 0; k < 3; k++)
			assert_ptr_equal(of[k]->present, of[2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_keys_know_each_other),
		TEST(both_count),
		TEST(lines_come_in_any_order),
		TEST(the_lost_one_seals_no_more),
		TEST(the_next_one_takes_no_number_of_it),
		TEST(an_earlier_journal_is_not_sealed_anew),
		TEST(what_is_missing_is_seen),
		TEST(one_that_sealed_nothing_counts_for_nothing),
		TEST(days_are_judged_one_by_one),
		TEST(its_last_seal_is_found),
		TEST(the_terminal_sees_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
