/* A receipt that came over the network: the collector's alone, for this journal alone, never back,
 * and who brings it has no say but how often. */
#include "inbox_fixture.h"

#include "receipt.h"

static int set_up_scene(void **state)
{
	struct scene *scene;

	if (scene_begin(state) < 0)
		return -1;
	scene = *state;
	engine.retention = (struct retention){.journal = engine.journal,
					      .configuration = "/nowhere/journal.conf",
					      .receipt = scene->root,
					      .fetched = scene->kept,
					      .standing = "/nowhere/standing"};
	engine.inbox.kept = scene->kept;
	return 0;
}

/* What the collector would say of the journal up to @sequence. */
static struct receipt receipt_for(const struct scene *scene, uint64_t sequence)
{
	struct receipt receipt = {
		.letter = {.terminal = "pc-01", .time = "2026-11-25T08:35:00.000000Z"}};
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_header header;
	struct journal_record record = {};
	struct journal_span line;

	assert_non_null(cursor);
	journal_cursor_begin(cursor, scene->sender.journal->dirfd, false);
	while (record.sequence < sequence)
		assert_int_equal(journal_cursor_next(cursor, &record, &line), 1);
	assert_int_equal(
		journal_segment_header(scene->sender.journal->dirfd, &cursor->segment, &header), 0);
	journal_cursor_end(cursor);
	free(cursor);
	memcpy(receipt.letter.host, header.host, sizeof(receipt.letter.host));
	memcpy(receipt.letter.epoch, header.epoch, sizeof(receipt.letter.epoch));
	receipt.verified.sequence = sequence;
	memcpy(receipt.verified.hash, record.hash, JOURNAL_HASH_SIZE);
	return receipt;
}

static int give(const struct receipt *receipt)
{
	char *text = sign_receipt(receipt);
	int r;

	assert_in_range(strlen(text), 1, PROTOCOL_LETTER_MAX - 1);
	r = ask("receipt", text, 0);
	free(text);
	return r;
}

static uint64_t kept(const struct scene *scene)
{
	struct config_error error;
	struct receipt receipt;

	return receipt_load(scene->kept, geteuid(), &receipt, &error) == 0
		       ? receipt.verified.sequence
		       : 0;
}

/* Then it says what may be dropped; root's own receipt counts where it says more. */
static void the_collectors_receipt_is_taken(void **state)
{
	struct scene *scene = *state;
	struct receipt receipt = receipt_for(scene, 200);

	engine.retention.due_at = INT64_MAX;
	assert_int_equal(give(&receipt), 0);
	assert_int_equal(kept(scene), 200);
	assert_true(engine.retention.due_at <= wire_now());
	assert_false(retention_tick(&engine.retention, wire_now()));
	assert_int_equal(engine.retention.verified, 200);
	receipt = receipt_for(scene, 250);
	keep_receipt(scene->root, &receipt);
	assert_false(retention_tick(&engine.retention, INT64_MAX / 2));
	assert_int_equal(engine.retention.verified, 250);
	receipt.letter.epoch[0] = receipt.letter.epoch[0] == '0' ? '1' : '0';
	receipt.verified.sequence = 280;
	keep_receipt(scene->root, &receipt);
	engine.retention.due_at = 0;
	assert_false(retention_tick(&engine.retention, wire_now()));
	assert_int_equal(engine.retention.verified, 200);
	assert_int_equal(engine.outbox.count, 0);
}

static void nothing_is_taken_back(void **state)
{
	struct scene *scene = *state;
	struct receipt old = receipt_for(scene, 100), new = receipt_for(scene, 200);

	assert_int_equal(give(&new), 0);
	engine.retention.due_at = INT64_MAX;
	assert_int_equal(give(&new), 0);
	assert_int_equal(give(&old), 0);
	assert_int_equal(kept(scene), 200);
	assert_int_equal(engine.retention.due_at, INT64_MAX);
	assert_int_equal(engine.outbox.count, 0);
}

/* One that is about what was dropped since says nothing, and is no alarm. */
static void what_was_dropped_is_no_alarm(void **state)
{
	struct scene *scene = *state;
	struct receipt receipt = receipt_for(scene, 1);
	struct journal_oldest oldest;

	assert_int_equal(journal_oldest(engine.journal, &oldest), 0);
	assert_int_equal(journal_tell_dropped(engine.journal, &oldest, &fixture_unknown, NULL), 0);
	assert_int_equal(journal_take_away(engine.journal, &oldest), 0);
	assert_int_equal(give(&receipt), 0);
	assert_int_equal(kept(scene), 0);
	assert_int_equal(engine.outbox.count, 0);
}

static void what_is_wrong_is_refused(void **state)
{
	struct scene *scene = *state;
	struct receipt receipt = receipt_for(scene, 200), other = receipt;
	char text[PROTOCOL_LETTER_MAX];

	assert_int_equal(ask("receipt", "", 0), -EKEYREJECTED);
	assert_int_equal(ask("receipt", "nonsense\n", 0), -EKEYREJECTED);
	memset(text, 'A', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(ask("receipt", text, 0), -EKEYREJECTED);
	other.letter.host[0] = other.letter.host[0] == '0' ? '1' : '0';
	assert_int_equal(give(&other), -EXDEV);
	other = receipt;
	other.letter.epoch[31] = other.letter.epoch[31] == '0' ? '1' : '0';
	assert_int_equal(give(&other), -EXDEV);
	/* Of another collector's, or where nobody is said to sign. */
	put(output, "collector.conf", "[Collector]\nServer=log2.example.lg.jp\n", 0644);
	assert_int_equal(give(&receipt), -ENOENT);
	put(output, "collector.conf", "[Collector]\nServer=a b\n", 0644);
	assert_int_equal(give(&receipt), -EINVAL);
	put(output, "collector.conf", "[Collector]\nServre=a\n", 0644);
	assert_int_equal(give(&receipt), -EINVAL);
	assert_int_equal(kept(scene), 0);
	assert_int_equal(engine.outbox.count, 0);
}

/* The collector verified something else: an alarm, once for each such receipt. */
static void another_journal_is_an_alarm(void **state)
{
	struct scene *scene = *state;
	struct receipt receipt = receipt_for(scene, 200);

	receipt.verified.hash[31] ^= 1;
	assert_int_equal(give(&receipt), -EUCLEAN);
	assert_int_equal(give(&receipt), -EUCLEAN);
	assert_int_equal(engine.outbox.count, 1);
	receipt = receipt_for(scene, 300);
	receipt.verified.sequence += 100;
	assert_int_equal(give(&receipt), -EUCLEAN);
	assert_int_equal(engine.outbox.count, 2);
	assert_int_equal(kept(scene), 0);
	assert_int_equal(outbox_flush(&engine.outbox, wire_now()), 0);
}

static void the_forwarder_may_bring_letters_and_nothing_else(void **state)
{
	static const char *const verbs[] = {"status", "devices", "checkpoint", "nonsense"};

	(void)state;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		const struct control_question question = {verbs[i], "", FORWARDER};
		int error = 1;

		json_decref(engine_answer(&engine, &question, &error));
		assert_int_equal(error, -EPERM);
	}
	assert_int_equal(ask("receipt", "nonsense", AUDITOR), -EPERM);
	for (int i = 0; i < INBOX_AN_HOUR; i++)
		assert_int_equal(ask("receipt", "nonsense", FORWARDER), -EKEYREJECTED);
	assert_int_equal(ask("receipt", "nonsense", FORWARDER), -EBUSY);
	assert_int_equal(ask("receipt", "nonsense", 0), -EKEYREJECTED);
	engine.inbox.brought.began -= 3600000;
	assert_int_equal(ask("receipt", "nonsense", FORWARDER), -EKEYREJECTED);
	/* Where there is no forwarder, root is not taken for it. */
	engine.inbox.forwarder = 0;
	assert_int_equal(ask("receipt", "nonsense", FORWARDER), -EPERM);
	assert_int_equal(ask("receipt", "nonsense", 0), -EKEYREJECTED);
}

static void a_disk_that_refuses_is_told(void **state)
{
	struct scene *scene = *state;
	struct receipt receipt = receipt_for(scene, 200);

	engine.inbox.kept = "/nowhere/kept";
	assert_int_equal(give(&receipt), -ENOENT);
}

/* Whoever could write the file could else have every receipt refused that says less than his. */
static void a_forged_one_keeps_no_other_out(void **state)
{
	struct scene *scene = *state;
	struct receipt receipt = receipt_for(scene, 200), forged = receipt_for(scene, 299);
	char ours[sizeof(directory)];

	memcpy(ours, directory, sizeof(ours));
	snprintf(directory, sizeof(directory), "%s/other", work);
	set_up();
	keep_receipt(scene->kept, &forged);
	memcpy(directory, ours, sizeof(ours));
	assert_int_equal(give(&receipt), 0);
	assert_int_equal(kept(scene), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_scene, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_collectors_receipt_is_taken),
		TEST(nothing_is_taken_back),
		TEST(what_was_dropped_is_no_alarm),
		TEST(what_is_wrong_is_refused),
		TEST(another_journal_is_an_alarm),
		TEST(the_forwarder_may_bring_letters_and_nothing_else),
		TEST(a_disk_that_refuses_is_told),
		TEST(a_forged_one_keeps_no_other_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
