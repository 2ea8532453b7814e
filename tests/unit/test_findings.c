/* What `sekisho verify` says of the collector's receipts: one that can't be used beside one that
 * confirms the journal is a note; alone, or for a record that can't be read, nothing is confirmed,
 * and the status says so. L-03. */
#include "agent/cli/command.h"
#include "agent/cli/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct journal_summary healthy = {
	.head.sequence = 10,
	.records = 10,
	.segments = 1,
};

/* What is said, to be freed. */
static char *judge(struct findings *findings, const struct journal_summary *summary,
		   int *ret_status)
{
	FILE *terminal = stdout;
	char *text = NULL;
	size_t length;

	stdout = open_memstream(&text, &length);
	assert_non_null(stdout);
	if (findings->bad_receipts > 0) {
		findings->bad_receipts = 0;
		findings_bad_receipt(findings, "/var/lib/sekisho/receipt", "is not signed");
	}
	*ret_status = findings_verdict(findings, summary);
	fclose(stdout);
	stdout = terminal;
	return text;
}

static void expect(uint64_t bad, uint64_t confirmed, uint64_t unmet, int status, const char *words)
{
	struct findings findings = {.journal = "journal", .bad_receipts = bad};
	struct journal_summary summary = healthy;
	json_t *object;
	int is_status;
	char *text;

	summary.receipts.count = (confirmed > 0) + (unmet > 0);
	summary.receipts.ours = summary.receipts.count > 0;
	summary.receipts.confirmed.verified.sequence = confirmed;
	summary.receipts.unmet = unmet;
	text = judge(&findings, &summary, &is_status);
	assert_int_equal(is_status, status);
	assert_non_null(strstr(text, words));
	assert_int_equal(strstr(text, "LettersFrom=") != NULL, bad > 0);
	free(text);
	findings =
		(struct findings){.journal = "journal", .list = json_array(), .bad_receipts = bad};
	text = judge(&findings, &summary, &is_status);
	object = json_loads(text, 0, NULL);
	assert_int_equal(is_status, status);
	assert_int_equal(json_is_true(json_object_get(object, "intact")), status == COMMAND_OK);
	assert_int_equal(json_integer_value(json_object_get(object, "unmet")), unmet);
	assert_int_equal(json_integer_value(json_object_get(object, "confirmed")), confirmed);
	assert_int_equal(json_integer_value(json_object_get(object, "bad_receipts")), bad);
	assert_int_equal(json_array_size(json_object_get(object, "findings")), bad);
	json_decref(object);
	json_decref(findings.list);
	free(text);
}

static void test_receipts(void **state)
{
	(void)state;
	expect(0, 0, 0, COMMAND_OK, "intact: 10 records");
	expect(0, 8, 0, COMMAND_OK, "intact: 10 records");
	/* The authority was renewed, and the collector's next receipt is here already. */
	expect(1, 8, 0, COMMAND_OK, "intact: 10 records");
	expect(1, 0, 0, COMMAND_ERROR, "NOT CONFIRMED: 10 records");
	/* What an older one confirms is known; up to the newer one's record it is not. */
	expect(0, 0, 9, COMMAND_ERROR, "NOT CONFIRMED: 10 records");
	expect(0, 8, 9, COMMAND_ERROR, "NOT CONFIRMED: 10 records");
	expect(0, 9, 8, COMMAND_OK, "intact: 10 records");
}

/* Of a terminal that was set up anew. */
static void test_other_journal(void **state)
{
	struct findings findings = {.journal = "journal"};
	struct journal_summary summary = healthy;
	int status;
	char *text;

	(void)state;
	summary.findings = 1;
	summary.receipts.count = 1;
	text = judge(&findings, &summary, &status);
	assert_int_equal(status, COMMAND_NO);
	assert_non_null(strstr(text, "set up anew"));
	free(text);
}

static void test_damage(void **state)
{
	struct findings findings = {.journal = "journal", .bad_receipts = 1};
	struct journal_summary summary = healthy;
	int status;
	char *text;

	(void)state;
	summary.findings = 1;
	summary.receipts.confirmed.verified.sequence = 8;
	text = judge(&findings, &summary, &status);
	assert_int_equal(status, COMMAND_NO);
	assert_non_null(strstr(text, "DAMAGED: 2 findings"));
	free(text);
	summary.findings = 0;
	summary.unreadable = 1;
	findings.bad_receipts = 0;
	text = judge(&findings, &summary, &status);
	assert_int_equal(status, COMMAND_ERROR);
	assert_non_null(strstr(text, "NOT READ: 1 of 1"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receipts),
		cmocka_unit_test(test_other_journal),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
