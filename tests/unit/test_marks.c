/* L-03: verified day by day: what was found good is kept in a file, and what was not stays to be
 * told. */
#include "agent/collector/marks.h"
#include "checkpoint_fixture.h"

/* Day by day, each day's file alone: what is missing stays missing until it comes. */
static void days_are_judged_one_by_one(void **state)
{
	struct scene *scene = *state;
	char path[96], *altered;

	snprintf(path, sizeof(path), "%s.marks", scene->path);
	for (int i = 0; i < 4; i++) {
		fixture_fill(scene->journal, 1, 4);
		checkpoint_stop(&scene->checkpoint, scene->now); /* 5, 10, 15, 20 */
	}
	fixture_fill(scene->journal, 1, 2);
	send(scene, FIXTURE_HOST);
	assert_int_equal(expect_with_marks(scene, path, 1, 7, "").verified.sequence, 5);
	/* What was not sealed at the first day's end is sealed in the second's file. */
	assert_int_equal(expect_with_marks(scene, path, 8, 12, "").verified.sequence, 10);
	assert_int_equal(expect_with_marks(scene, path, 1, 12, "").duplicates, 12);
	assert_int_equal(expect_with_marks(scene, path, 14, 16, "missing 13-13").verified.sequence,
			 10);
	assert_int_equal(expect_with_marks(scene, path, 13, 22, "").verified.sequence, 20);
	/* Nothing new is no damage; a record replaced since is not looked at, one after it is. */
	assert_int_equal(expect_with_marks(scene, path, 1, 0, "").verified.sequence, 20);
	fixture_fill(scene->journal, 1, 2);
	send(scene, FIXTURE_HOST);
	altered = strstr(scene->lines[44], "JIRO"); /* 23 */
	altered[0] = 'G';
	assert_int_equal(expect_with_marks(scene, path, 45, 46, "altered 23-23, missing 23-23")
				 .verified.sequence,
			 20);
	unlink(path);
}

static void wrong_marks_are_refused(void **state)
{
	struct scene *scene = *state;
	static const char *const texts[] = {
		"", "[]", "{\"format\":2,\"marks\":[]}", "{\"format\":1,\"marks\":[{}]}",
		"{\"format\":1,\"marks\":[{\"host\":\"" FIXTURE_HOST "\",\"epoch\":\"" FIXTURE_HOST
		"\",\"key\":\"0123456789abcdef\",\"sequence\":0,\"hash\":\"\"}]}"};
	char path[96];
	struct audit audit;
	uint64_t count;

	snprintf(path, sizeof(path), "%s.marks", scene->path);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(texts[i], file);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(audit_begin(&audit, &scene->terminals, "/tmp", note, scene), 0);
		assert_int_equal(marks_load(path, getuid(), &audit, &count), -EBADMSG);
		audit_release(&audit);
	}
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(audit_begin(&audit, &scene->terminals, "/tmp", note, scene), 0);
	assert_int_equal(marks_load(path, getuid(), &audit, &count), -EPERM);
	assert_int_equal(marks_save("/tmp/no-such-folder/marks", &audit), -ENOENT);
	audit_release(&audit);
	unlink(path);
}

/* What could not be read again is not written. */
static void too_many_are_refused(void **state)
{
	struct scene *scene = *state;
	char *long_text = malloc(MARKS_FILE_MAX + 1), path[96];
	json_t *root;

	assert_non_null(long_text);
	memset(long_text, 'x', MARKS_FILE_MAX);
	long_text[MARKS_FILE_MAX] = '\0';
	snprintf(path, sizeof(path), "%s.marks", scene->path);
	root = json_pack("{s:s}", "long", long_text);
	assert_int_equal(marks_write(path, root, MARKS_FILE_MAX), -EFBIG);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(marks_write(path, NULL, MARKS_FILE_MAX), -ENOMEM);
	json_decref(root);
	free(long_text);
}

/* Of two marks of a journal the one that reaches further counts, in any order. */
static void the_further_mark_counts(void **state)
{
	struct scene *scene = *state;
	static const struct audit_mark near = {.host = FIXTURE_HOST,
					       .epoch = FIXTURE_HOST,
					       .verified = {.sequence = 5},
					       .head = {.sequence = 7}},
				       further = {.host = FIXTURE_HOST,
						  .epoch = FIXTURE_HOST,
						  .verified = {.sequence = 10},
						  .head = {.sequence = 12}};

	for (int i = 0; i < 2; i++) {
		struct audit_mark other = further;
		struct audit_chain chain = {};
		struct audit audit;

		assert_int_equal(audit_begin(&audit, &scene->terminals, "/tmp", note, scene), 0);
		assert_int_equal(audit_begin_expired(&audit, i ? &further : &near), 0);
		assert_int_equal(audit_begin_at(&audit, i ? &near : &further), 0);
		audit_each(&audit, keep, &chain);
		assert_int_equal(chain.mark.head.sequence, 12);
		assert_int_equal(chain.expired, i ? 12 : 7);
		other.head.hash[0] = 1;
		assert_int_equal(audit_begin_at(&audit, &other), -EEXIST);
		audit_release(&audit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(days_are_judged_one_by_one),
		TEST(wrong_marks_are_refused),
		TEST(too_many_are_refused),
		TEST(the_further_mark_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
