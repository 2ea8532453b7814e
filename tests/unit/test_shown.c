/* L-03: what a verification shows when there is too much: nobody hides another's findings behind
 * his own. */
#include "agent/collector/verify_show.h"
#include "audit_fixture.h"

#define JUNK 1500

struct viewer {
	struct fixture *fixture;
	struct verification verification;
	char name[32];
};

static struct viewer *view(struct fixture *fixture, struct terminals *terminals)
{
	struct viewer *viewer = calloc(1, sizeof(*viewer));

	assert_non_null(viewer);
	viewer->fixture = fixture;
	viewer->verification.json = true;
	viewer->verification.findings = json_array();
	if (terminals)
		viewer->verification.terminals = *terminals;
	assert_int_equal(shown_begin(&viewer->verification.shown, &viewer->verification.terminals),
			 0);
	fixture->audit.report = verify_report;
	fixture->audit.user = &viewer->verification;
	return viewer;
}

static void end_view(struct viewer *viewer)
{
	json_decref(viewer->verification.findings);
	shown_end(&viewer->verification.shown);
	free(viewer);
}

static size_t count(const struct viewer *viewer, const char *damage, const char *file)
{
	const json_t *finding;
	size_t i, found = 0;

	json_array_foreach(viewer->verification.findings, i, finding)
	{
		const char *name = json_string_value(json_object_get(finding, "file"));

		if (strcmp(json_string_value(json_object_get(finding, "damage")), damage) == 0 &&
		    (file ? name && strcmp(name, file) == 0 : !name))
			found++;
	}
	return found;
}

/* Another file in the same buffer, as it is where a folder is read. */
static void next_file(struct viewer *viewer, const char *name)
{
	snprintf(viewer->name, sizeof(viewer->name), "%s", name);
	audit_file(&viewer->fixture->audit, viewer->name);
}

static void feed_junk(struct viewer *viewer, unsigned int lines)
{
	for (unsigned int i = 0; i < lines; i++)
		feed(viewer->fixture, "junk");
}

static void junk_hides_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct viewer *viewer = view(fixture, NULL);

	next_file(viewer, "a.log");
	feed_junk(viewer, JUNK);
	feed_range(fixture, &fixture->b, 1, 1);
	feed_range(fixture, &fixture->b, 3, 3);
	write_line(HOST_B, &fixture->b.heads[2], "another", fixture->b.lines[2],
		   &fixture->b.heads[3]);
	feed_range(fixture, &fixture->b, 3, 3); /* the same number */
	next_file(viewer, "b.log");
	feed_junk(viewer, 5);
	feed_range(fixture, &fixture->a, 1, 1);
	feed_range(fixture, &fixture->a, 9, 9);
	assert_int_equal(audit_end(&fixture->audit), 0);
	assert_int_equal(count(viewer, "altered", "a.log"), SHOWN_ONE_PLACE);
	assert_int_equal(count(viewer, "forked", "a.log"), 1);
	assert_int_equal(count(viewer, "altered", "b.log"), 5);
	assert_int_equal(count(viewer, "missing", NULL), 2);
	assert_int_equal(viewer->verification.shown.hidden, JUNK - SHOWN_ONE_PLACE);
	end_view(viewer);
}

static void one_that_is_nobodys_hides_no_other(void **state)
{
	struct fixture *fixture = *state;
	struct viewer *viewer = view(fixture, NULL);
	struct audit_chain chains[2] = {};

	audit_file_end(&fixture->audit, false);
	for (size_t i = 0; i < 2; i++)
		for (unsigned int j = 0; j < JUNK; j++)
			audit_found(&fixture->audit, AUDIT_MISSING, &chains[i], j, j);
	assert_int_equal(count(viewer, "missing", NULL), 2 * SHOWN_ONE_PLACE);
	end_view(viewer);
}

/* Findings of no file count for the terminal, however many journals it sends, each kind by itself.
 */
static void a_terminal_hides_no_other(void **state)
{
	struct fixture *fixture = *state;
	struct terminal list[2] = {{.name = "a"}, {.name = "b"}};
	struct terminals terminals = {.list = list, .count = 2};
	struct viewer *viewer = view(fixture, &terminals);
	struct audit_chain chains[3] = {
		{.owner = &list[0]}, {.owner = &list[0]}, {.owner = &list[1]}};

	audit_file_end(&fixture->audit, false);
	for (size_t i = 0; i < 2; i++)
		for (unsigned int j = 0; j < JUNK; j++)
			audit_found(&fixture->audit, AUDIT_MISSING, &chains[i], j, j);
	audit_found(&fixture->audit, AUDIT_LOST_SEALS, &chains[1], 1, 1);
	audit_found(&fixture->audit, AUDIT_MISSING, &chains[2], 1, 1);
	assert_int_equal(count(viewer, "missing", NULL), SHOWN_ONE_PLACE + 1);
	assert_int_equal(count(viewer, "lost-seals", NULL), 1);
	end_view(viewer);
}

/* More files full of junk than are shown, and then somebody else's. */
static void many_files_hide_no_other(void **state)
{
	struct fixture *fixture = *state;
	struct viewer *viewer = view(fixture, NULL);
	struct shown *shown = &viewer->verification.shown;
	struct audit_finding finding = {.file = "FILE"};

	for (uint64_t i = 0; i < 2 * SHOWN_OF_MANY; i++) {
		finding.file_number = i / SHOWN_ONE_PLACE + 1;
		shown_takes(shown, &viewer->verification.terminals, &finding);
	}
	assert_false(shown_takes(shown, &viewer->verification.terminals, &finding));
	finding.file_number++;
	assert_true(shown_takes(shown, &viewer->verification.terminals, &finding));
	end_view(viewer);
}

/* However many files and journals there are. */
static void memory_is_bounded(void **state)
{
	struct fixture *fixture = *state;
	struct viewer *viewer = view(fixture, NULL);
	struct shown *shown = &viewer->verification.shown;
	uint64_t taken[2] = {};

	for (uint64_t i = 0; i < 2 * SHOWN_OF_MANY; i++) {
		struct audit_chain chain = {};
		struct audit_finding finding = {.file = "FILE", .file_number = i + 1};

		taken[0] += shown_takes(shown, &viewer->verification.terminals, &finding);
		finding = (struct audit_finding){.chain = i % 2 ? &chain : NULL};
		taken[1] += shown_takes(shown, &viewer->verification.terminals, &finding);
	}
	assert_int_equal(taken[0], SHOWN_OF_MANY);
	assert_int_equal(taken[1], SHOWN_OF_MANY);
	end_view(viewer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(junk_hides_nothing),	 TEST(one_that_is_nobodys_hides_no_other),
		TEST(a_terminal_hides_no_other), TEST(many_files_hide_no_other),
		TEST(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
