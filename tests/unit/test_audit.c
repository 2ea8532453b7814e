/* L-03, L-06: what the collector's verify finds, and what it must not take for damage. */
#include "agent/collector/audit.h"
#include "agent/collector/files.h"

#include "number.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define EVENTS	 50
#define LINE_MAX 1024
#define HOST_A	 "0123456789abcdef0123456789abcdef"
#define HOST_B	 "ffffffffffffffffffffffffffffffff"
#define EPOCH	 "fedcba9876543210fedcba9876543210"
#define TIME	 UINT64_C(1795595700000000) /* 2026-11-25T08:35:00Z, microseconds */

/* lines[i] holds record i + 1 as the collector writes it. */
struct written {
	char lines[EVENTS][LINE_MAX];
	struct journal_head heads[EVENTS + 1]; /* after that many records */
};

static void write_line(const char *host, const struct journal_head *head, const char *label,
		       char line[static LINE_MAX], struct journal_head *ret_head)
{
	json_t *fields = json_pack("{s:s}", "label", label);
	const struct journal_entry entry = {
		.boot = EPOCH,
		.fields = fields,
		.id = "id",
		.kind = "device.blocked",
		.time_us = TIME,
	};
	char journal_line[JOURNAL_LINE_MAX], digits[2 * JOURNAL_HASH_SIZE + 1];
	size_t length;

	assert_int_equal(journal_format_event(&entry, head, journal_line, &length, ret_head), 0);
	hex_format(ret_head->hash, JOURNAL_HASH_SIZE, digits);
	snprintf(line, LINE_MAX,
		 "2026-11-25T08:35:12.345678+00:00 192.0.2.7 [sekisho@32473 h=\"%s\" e=\"" EPOCH
		 "\" n=\"%llu\" x=\"%s\"] %.*s",
		 host, (unsigned long long)ret_head->sequence, digits, (int)length - 66,
		 journal_line + 65);
	json_decref(fields);
}

static void write_journal(const char *host, struct written *written)
{
	memset(written->heads, 0, sizeof(written->heads));
	for (size_t i = 0; i < EVENTS; i++) {
		char label[16];

		snprintf(label, sizeof(label), "stick %zu", i);
		write_line(host, &written->heads[i], label, written->lines[i],
			   &written->heads[i + 1]);
	}
}

/* Findings as "missing 3-5, forked 7", in the order they are told. */
struct found {
	char text[512];
};

static void note(void *user, const struct audit_finding *finding)
{
	struct found *found = user;
	size_t used = strlen(found->text);

	snprintf(found->text + used, sizeof(found->text) - used, "%s%s %llu-%llu", used ? ", " : "",
		 audit_damage_name(finding->damage), (unsigned long long)finding->sequence,
		 (unsigned long long)finding->last);
}

struct fixture {
	struct written a, b;
	struct audit audit;
	struct found found;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || audit_begin(&fixture->audit, NULL, "/tmp", note, &fixture->found) < 0)
		return -1;
	audit_file(&fixture->audit, "FILE");
	write_journal(HOST_A, &fixture->a);
	write_journal(HOST_B, &fixture->b);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	audit_release(&fixture->audit);
	free(fixture);
	return 0;
}

static void feed(struct fixture *fixture, const char *line)
{
	assert_int_equal(audit_line(&fixture->audit, line, strlen(line)), 0);
}

static void feed_range(struct fixture *fixture, const struct written *written, size_t first,
		       size_t last)
{
	for (size_t i = first; i <= last; i++)
		feed(fixture, written->lines[i - 1]);
}

static void expect(struct fixture *fixture, const char *findings)
{
	assert_int_equal(audit_end(&fixture->audit), 0);
	assert_string_equal(fixture->found.text, findings);
}

static void remember(void *user, const struct audit_chain *chain)
{
	*(struct audit_chain *)user = *chain;
}

static struct audit_chain last_chain(const struct fixture *fixture)
{
	struct audit_chain chain = {};

	audit_each(&fixture->audit, remember, &chain);
	return chain;
}

static void what_was_written_is_intact(void **state)
{
	struct fixture *fixture = *state;
	struct audit_chain chain;

	feed_range(fixture, &fixture->a, 1, EVENTS);
	expect(fixture, "");
	chain = last_chain(fixture);
	assert_int_equal(chain.records, EVENTS);
	assert_int_equal(chain.head.sequence, EVENTS);
	assert_memory_equal(chain.head.hash, fixture->a.heads[EVENTS].hash, JOURNAL_HASH_SIZE);
	assert_int_equal(chain.received, (time_t)(TIME / 1000000) + 12);
	assert_int_equal(chain.late, 0);
}

/* Several journals in one file, sent again, backwards: all of that is in order. */
static void order_and_repetition_are_no_damage(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = EVENTS; i > 0; i--) {
		feed(fixture, fixture->a.lines[i - 1]);
		feed(fixture, fixture->b.lines[EVENTS - i]);
	}
	feed_range(fixture, &fixture->a, 7, 20);
	expect(fixture, "");
	assert_int_equal(fixture->audit.chains, 2);
	assert_int_equal(last_chain(fixture).duplicates, 0);
	assert_string_equal(last_chain(fixture).host, HOST_B);
}

static void what_is_missing_is_named(void **state)
{
	struct fixture *fixture = *state;

	feed_range(fixture, &fixture->a, 2, 9);
	feed_range(fixture, &fixture->a, 11, 20);
	feed_range(fixture, &fixture->a, 31, EVENTS);
	expect(fixture, "missing 1-1, missing 10-10, missing 21-30");
	assert_int_equal(last_chain(fixture).missing, 12);
}

/* A cut tail is not seen from inside: the last one is shown to be compared. */
static void the_end_is_told(void **state)
{
	struct fixture *fixture = *state;

	feed_range(fixture, &fixture->a, 1, 30);
	expect(fixture, "");
	assert_int_equal(last_chain(fixture).head.sequence, 30);
}

static void two_contents_of_a_record_are_a_fork(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head;
	char other[LINE_MAX];

	feed_range(fixture, &fixture->a, 1, 20);
	write_line(HOST_A, &fixture->a.heads[19], "something else", other, &head);
	feed(fixture, other);
	feed_range(fixture, &fixture->a, 21, EVENTS);
	expect(fixture, "forked 20-20");
}

/* A record that was written anew, hash and all: its neighbours tell, from whichever side they come.
 */
static void a_replaced_record_is_found(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head;
	char other[LINE_MAX];

	write_line(HOST_A, &fixture->a.heads[19], "something else", other, &head);
	feed_range(fixture, &fixture->a, 1, 19);
	feed(fixture, other);
	feed_range(fixture, &fixture->a, 21, EVENTS);
	expect(fixture, "unlinked 21-21");
}

static void a_replaced_record_is_found_later(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head;
	char other[LINE_MAX];

	write_line(HOST_A, &fixture->a.heads[19], "something else", other, &head);
	feed_range(fixture, &fixture->a, 1, 19);
	feed_range(fixture, &fixture->a, 21, EVENTS);
	feed(fixture, other);
	expect(fixture, "unlinked 20-20");
}

/* The journal of another terminal under this one's name: its own records stand against it. */
static void another_ones_records_do_not_fit(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head = {.sequence = 20, .hash = {1}};
	char other[LINE_MAX];

	feed_range(fixture, &fixture->a, 1, 20);
	write_line(HOST_A, &head, "from B", other, &head);
	feed(fixture, other);
	expect(fixture, "unlinked 21-21");
}

static void the_first_record_begins_the_chain(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head = {.hash = {1}};
	char other[LINE_MAX];

	write_line(HOST_A, &head, "not the first", other, &head);
	feed(fixture, other);
	expect(fixture, "unlinked 1-1");
}

/* Host and epoch are not in the hashed bytes: with a wrong one the record is another journal's,
 * which has no other, and missing in its own. */
static bool is_told_as_moved(const char *text)
{
	return strcmp(text, "missing 10-10, missing 1-9") == 0 ||
	       strcmp(text, "missing 1-9, missing 10-10") == 0;
}

/* Any bit of what the terminal sent. */
static void every_bit_is_found(void **state)
{
	struct fixture *fixture = *state;
	const char *whole = fixture->a.lines[9];
	size_t length = strlen(whole), begin = (size_t)(strstr(whole, " [") + 1 - whole);

	for (size_t bit = begin * 8; bit < length * 8; bit++) {
		char line[LINE_MAX];
		struct audit audit;
		struct found found = {};

		memcpy(line, whole, length + 1);
		line[bit / 8] = (char)(line[bit / 8] ^ (1 << bit % 8));
		assert_int_equal(audit_begin(&audit, NULL, "/tmp", note, &found), 0);
		for (size_t i = 0; i < EVENTS; i++) {
			const char *one = i == 9 ? line : fixture->a.lines[i];

			assert_int_equal(audit_line(&audit, one, i == 9 ? length : strlen(one)), 0);
		}
		assert_int_equal(audit_end(&audit), 0);
		audit_release(&audit);
		if (!is_told_as_moved(found.text) && (strncmp(found.text, "altered ", 8) != 0 ||
						      !strstr(found.text, ", missing 10-10")))
			fail_msg("bit %zu: %s", bit, found.text);
	}
}

/* Cut anywhere, with the next line after it: what a power cut leaves. The record is sent again. */
static void every_unfinished_write_is_survived(void **state)
{
	struct fixture *fixture = *state;
	const char *torn = fixture->a.lines[9], *again = fixture->a.lines[9];

	for (size_t cut = 0; cut <= strlen(torn); cut++) {
		char line[2 * LINE_MAX];
		struct audit audit;
		struct found found = {};
		size_t length;

		memcpy(line, torn, cut);
		length = cut + (size_t)snprintf(line + cut, sizeof(line) - cut, "%s", again);
		assert_int_equal(audit_begin(&audit, NULL, "/tmp", note, &found), 0);
		for (size_t i = 0; i < EVENTS; i++) {
			const char *one = i == 9 ? line : fixture->a.lines[i];

			assert_int_equal(audit_line(&audit, one, i == 9 ? length : strlen(one)), 0);
		}
		assert_int_equal(audit_end(&audit), 0);
		audit_release(&audit);
		if (found.text[0])
			fail_msg("cut at %zu: %s", cut, found.text);
	}
}

static void foreign_lines_are_told(void **state)
{
	struct fixture *fixture = *state;

	feed_range(fixture, &fixture->a, 1, 3);
	feed(fixture, "");
	feed(fixture, "a line of somebody else's");
	feed(fixture, "2026-11-25T08:35:12Z 192.0.2.7 [sekisho@32473 h=\"");
	expect(fixture, "altered 0-0, altered 0-0, altered 0-0");
	assert_int_equal(fixture->audit.chains, 1);
}

/* A message may hold what looks like a line: when it came is told by the line's beginning alone. */
static void a_message_can_not_tell_when_it_came(void **state)
{
	struct fixture *fixture = *state;
	const char *record = strstr(fixture->a.lines[0], "[sekisho");
	char line[2 * LINE_MAX];

	snprintf(line, sizeof(line),
		 "2026-11-25T18:35:12Z 192.0.2.7 - 2026-11-25T08:35:12Z 192.0.2.7 %s", record);
	feed(fixture, line);
	assert_string_equal(fixture->found.text, "altered 0-0");
	/* As a power cut would have left it: the time of what was begun, and it counts as that. */
	snprintf(line, sizeof(line),
		 "2026-11-25T18:35:12Z 192.0.2.7 [sekisho@32473 h=\"01 2026-11-25T08:35:12Z "
		 "192.0.2.7 %s",
		 record);
	feed(fixture, line);
	assert_string_equal(fixture->found.text, "altered 0-0");
	assert_int_equal(fixture->audit.torn, 1);
	assert_int_equal(last_chain(fixture).late, 1);
}

/* What comes while the files are read would be missing in one and there in the next. */
static void what_comes_later_is_left(void **state)
{
	struct fixture *fixture = *state;

	fixture->audit.now = (time_t)(TIME / 1000000) + 13;
	feed_range(fixture, &fixture->a, 1, 3);
	fixture->audit.now--;
	feed_range(fixture, &fixture->a, 7, 9);
	expect(fixture, "");
	assert_int_equal(fixture->audit.later, 3);
	assert_int_equal(last_chain(fixture).head.sequence, 3);
}

/* Numbers far apart, as an attacker with a certificate may send them: no memory, no walk over all
 * of them. */
static void wild_numbers_cost_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct journal_head head = {.sequence = UINT64_C(9999999999999990)};
	char line[LINE_MAX];

	feed_range(fixture, &fixture->a, 1, 3);
	write_line(HOST_A, &head, "wild", line, &head);
	feed(fixture, line);
	expect(fixture, "missing 4-9999999999999990");
}

static void lateness_is_counted(void **state)
{
	struct fixture *fixture = *state;
	char line[LINE_MAX];

	snprintf(line, sizeof(line), "2026-11-25T18:36:00+09:00%s",
		 strstr(fixture->a.lines[0], " "));
	feed(fixture, line);
	snprintf(line, sizeof(line), "2026-11-25T17:36:00+09:00%s",
		 strstr(fixture->a.lines[1], " "));
	feed(fixture, line);
	expect(fixture, "");
	assert_int_equal(last_chain(fixture).late, 1);
	assert_int_equal(last_chain(fixture).received, (time_t)(TIME / 1000000 + 3660));
}

/* More chains than blocks stay in memory, their records one by one in turn. */
static void many_journals_are_kept_apart(void **state)
{
	struct fixture *fixture = *state;
	char host[JOURNAL_ID_SIZE], line[LINE_MAX];
	struct journal_head heads[3 * HASHES_CACHE] = {};

	for (size_t i = 0; i < EVENTS; i++) {
		for (size_t chain = 0; chain < 3 * HASHES_CACHE; chain++) {
			snprintf(host, sizeof(host), "%032zx", chain);
			write_line(host, &heads[chain], "", line, &heads[chain]);
			if (i != 17 || chain != 99)
				feed(fixture, line);
		}
	}
	expect(fixture, "missing 18-18");
	assert_int_equal(fixture->audit.chains, 3 * HASHES_CACHE);
}

static void put(const char *folder, const char *name, const char *text, const char *ending)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s%s", text, ending);
	assert_int_equal(fclose(file), 0);
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	(void)walk;
	return remove(path);
}

static void no_progress(void *user, uint64_t done, uint64_t total)
{
	(void)user;
	assert_true(done <= total);
}

static void files_are_read_in_order(void **state)
{
	struct fixture *fixture = *state;
	struct files_summary summary;
	char root[] = "/tmp/sekisho-audit-XXXXXX", day[64], link[96];

	assert_non_null(mkdtemp(root));
	snprintf(day, sizeof(day), "%s/2026-11-25", root);
	assert_int_equal(mkdir(day, 0700), 0);
	put(day, "counter-1.log", fixture->a.lines[0], "\n");
	put(day, "counter-2.log", fixture->a.lines[1], ""); /* unfinished */
	put(day, "notes.txt", "not a log", "\n");
	snprintf(link, sizeof(link), "%s/link.log", day);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(files_feed(root, &fixture->audit, no_progress, NULL, &summary), 0);
	expect(fixture, "");
	assert_int_equal(summary.files, 2);
	assert_int_equal(summary.skipped, 2);
	assert_int_equal(fixture->audit.torn, 1);
	assert_int_equal(last_chain(fixture).records, 1);
	assert_int_equal(
		files_feed("/tmp/no-such-folder", &fixture->audit, no_progress, NULL, &summary),
		-ENOENT);
	assert_int_equal(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_intact),
		TEST(order_and_repetition_are_no_damage),
		TEST(what_is_missing_is_named),
		TEST(the_end_is_told),
		TEST(two_contents_of_a_record_are_a_fork),
		TEST(a_replaced_record_is_found),
		TEST(a_replaced_record_is_found_later),
		TEST(another_ones_records_do_not_fit),
		TEST(the_first_record_begins_the_chain),
		TEST(every_bit_is_found),
		TEST(every_unfinished_write_is_survived),
		TEST(foreign_lines_are_told),
		TEST(a_message_can_not_tell_when_it_came),
		TEST(what_comes_later_is_left),
		TEST(wild_numbers_cost_nothing),
		TEST(lateness_is_counted),
		TEST(many_journals_are_kept_apart),
		TEST(files_are_read_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
