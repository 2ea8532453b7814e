/* The roster: every line's mistakes, and the file's; validity on the days around 1 April. */
#include "agent/auth/rosterfile.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY64 KEY32 KEY32

static void test_good_line(void **state)
{
	static const char line[] = "hanako fido2 es256 c0ffee " KEY64
				   " uv=required from=2026-04-01 to=2027-03-31 revoked=2026-05-05"
				   " aaguid=00112233445566778899aabbccddeeff attestation=" KEY32
				   " category=%e4%bc%9a%e8%a8%88 label=blue%20key\n";
	struct roster_entry entry;
	const char *wrong;
	char text[ROSTER_LINE_MAX];

	(void)state;
	assert_int_equal(roster_parse(line, strlen(line) - 1, &entry, &wrong), 0);
	assert_null(wrong);
	assert_string_equal(entry.user, "hanako");
	assert_int_equal(entry.algorithm, ROSTER_ES256);
	assert_int_equal(entry.credential_length, 3);
	assert_memory_equal(entry.credential, "\xc0\xff\xee", 3);
	assert_int_equal(entry.key_length, 64);
	assert_false(entry.uv_optional);
	assert_int_equal(entry.from, 20260401);
	assert_string_equal(entry.category, "会計");
	assert_string_equal(entry.label, "blue key");
	assert_int_equal(roster_format(&entry, text, sizeof(text)), 0);
	assert_string_equal(text, line);
	assert_int_equal(roster_format(&entry, text, 100), -EMSGSIZE);
}

/* What is not said is the strict choice. */
static void test_defaults(void **state)
{
	static const char line[] = "u fido2 eddsa 00 " KEY32;
	struct roster_entry entry;
	const char *wrong;

	(void)state;
	assert_int_equal(roster_parse(line, strlen(line), &entry, &wrong), 0);
	assert_false(entry.uv_optional);
	assert_int_equal(roster_validity(&entry, NULL, 0, 20260401), ROSTER_VALID);
}

static void test_bad_lines(void **state)
{
	static const struct {
		const char *line;
		const char *says;
	} rows[] = {
		{"", "exactly one space"},
		{"hanako", "needs user"},
		{"hanako fido2 es256 00", "needs user"},
		{" fido2 es256 00 " KEY64, "exactly one space"},
		{"hanako  fido2 es256 00 " KEY64, "exactly one space"},
		{"hanako fido2 es256 00 " KEY64 " ", "exactly one space"},
		{"hanako u2f es256 00 " KEY64, "kind"},
		{"hanako fido2 rs256 00 " KEY64, "algorithm"},
		{"hanako fido2 es256 0 " KEY64, "credential"},
		{"hanako fido2 es256 zz " KEY64, "credential"},
		{"hanako fido2 es256 00 " KEY32, "public key"},
		{"hanako fido2 eddsa 00 " KEY64, "public key"},
		{"hanako fido2 eddsa 00 " KEY32 " uv=maybe", "uv="},
		{"hanako fido2 eddsa 00 " KEY32 " uv", "not known"},
		{"hanako fido2 eddsa 00 " KEY32 " nouserok=yes", "not known"},
		{"hanako fido2 eddsa 00 " KEY32 " uv=none uv=required", "twice"},
		{"hanako fido2 eddsa 00 " KEY32 " from=2026-4-1", "from="},
		{"hanako fido2 eddsa 00 " KEY32 " from=2026-13-01", "from="},
		{"hanako fido2 eddsa 00 " KEY32 " to=2026-04-31", "to="},
		{"hanako fido2 eddsa 00 " KEY32 " from=2026-04-02 to=2026-04-01", "after to="},
		{"hanako fido2 eddsa 00 " KEY32 " revoked=today", "revoked="},
		{"hanako fido2 eddsa 00 " KEY32 " aaguid=00", "aaguid="},
		{"hanako fido2 eddsa 00 " KEY32 " attestation=some", "attestation="},
		{"hanako fido2 eddsa 00 " KEY32 " label=%0a", "label="},
		{"hanako fido2 eddsa 00 " KEY32 " label=%ff", "label="},
		{"hanako fido2 eddsa 00 " KEY32 " label=%4", "label="},
		{"hanako fido2 eddsa 00 " KEY32 " label=", "label="},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct roster_entry entry = {.algorithm = ROSTER_ES384};
		const char *wrong;

		assert_int_equal(roster_parse(rows[i].line, strlen(rows[i].line), &entry, &wrong),
				 -EINVAL);
		if (!strstr(wrong, rows[i].says))
			fail_msg("row %zu: \"%s\" lacks \"%s\"", i, wrong, rows[i].says);
		assert_int_equal(entry.algorithm, ROSTER_ES384);
	}
}

/* rights end on 31 March 24:00 and begin on 1 April 00:00. */
static void test_validity(void **state)
{
	struct roster_entry entry = {.from = 20260401, .to = 20270331};

	(void)state;
	assert_int_equal(roster_validity(&entry, NULL, 0, 20260331), ROSTER_NOT_YET);
	assert_int_equal(roster_validity(&entry, NULL, 0, 20260401), ROSTER_VALID);
	assert_int_equal(roster_validity(&entry, NULL, 0, 20270331), ROSTER_VALID);
	assert_int_equal(roster_validity(&entry, NULL, 0, 20270401), ROSTER_EXPIRED);
	entry.revoked = 20260601;
	assert_int_equal(roster_validity(&entry, NULL, 0, 20260501), ROSTER_REVOKED);
}

/* a person's periods, with a month away between two of them, whatever the key says. */
static void test_periods(void **state)
{
	static const struct roster_period periods[] = {
		{.to = 20260331}, {.from = 20260401, .to = 20260831}, {.from = 20261001}};
	static const struct {
		uint32_t day;
		enum roster_validity all, until_august, key;
	} rows[] = {
		{20260331, ROSTER_VALID, ROSTER_VALID, ROSTER_NOT_YET},
		{20260401, ROSTER_VALID, ROSTER_VALID, ROSTER_VALID},
		{20260831, ROSTER_VALID, ROSTER_VALID, ROSTER_VALID},
		{20260901, ROSTER_NOT_YET, ROSTER_EXPIRED, ROSTER_NOT_YET},
		{20260930, ROSTER_NOT_YET, ROSTER_EXPIRED, ROSTER_NOT_YET},
		{20261001, ROSTER_VALID, ROSTER_EXPIRED, ROSTER_VALID},
		{20991231, ROSTER_VALID, ROSTER_EXPIRED, ROSTER_VALID},
	};
	const struct roster_entry entry = {.from = 20260401};
	const struct roster_entry revoked = {.revoked = 20260401};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(roster_period_validity(periods, 3, rows[i].day), rows[i].all);
		assert_int_equal(roster_period_validity(periods, 2, rows[i].day),
				 rows[i].until_august);
		assert_int_equal(roster_validity(&entry, periods, 3, rows[i].day), rows[i].key);
		assert_int_equal(roster_validity(&revoked, periods, 3, rows[i].day),
				 ROSTER_REVOKED);
	}
	/* Who has no such line is bound by the key's days alone. */
	assert_int_equal(roster_period_validity(NULL, 0, 20260401), ROSTER_VALID);
}

/* A-10, O-02: what somebody may do for others belongs to the days of the period that says so. */
static void test_rights(void **state)
{
	const struct roster_person person = {
		.periods = {{.to = 20270331, .terms.rights = ROSTER_MAY_WITNESS},
			    {.from = 20270401,
			     .terms.rights = ROSTER_MAY_WITNESS | ROSTER_MAY_SUBSTITUTE,
			     .to = 20270430},
			    {.from = 20270501}},
		.n_periods = 3};
	struct roster_person contractor = person;

	(void)state;
	assert_true(roster_may(&person, ROSTER_MAY_WITNESS, 20270331));
	assert_false(roster_may(&person, ROSTER_MAY_SUBSTITUTE, 20270331));
	assert_true(roster_may(&person, ROSTER_MAY_SUBSTITUTE, 20270401));
	assert_true(roster_may(&person, ROSTER_MAY_WITNESS, 20270430));
	assert_false(roster_may(&person, ROSTER_MAY_WITNESS, 20270501));
	assert_false(roster_may(&(struct roster_person){}, ROSTER_MAY_WITNESS, 20270401));
	contractor.periods[0].terms.witnessed = true;
	assert_false(roster_may(&contractor, ROSTER_MAY_WITNESS, 20270331));
	assert_false(roster_terms_fit(&contractor.periods[0].terms));
	assert_ptr_equal(roster_period_on(person.periods, 3, 20270401), &person.periods[1]);
	assert_null(roster_period_on(person.periods, 2, 20270501));
}

/* O-02: a window of the day, which may go over midnight. */
static void test_hours(void **state)
{
	static const struct {
		const char *hours;
		int minute;
		bool open;
	} rows[] = {
		{"08:30-17:15", 8 * 60 + 29, false},
		{"08:30-17:15", 8 * 60 + 30, true},
		{"08:30-17:15", 17 * 60 + 14, true},
		{"08:30-17:15", 17 * 60 + 15, false},
		{"22:00-02:00", 21 * 60 + 59, false},
		{"22:00-02:00", 22 * 60, true},
		{"22:00-02:00", 23 * 60 + 59, true},
		{"22:00-02:00", 0, true},
		{"22:00-02:00", 119, true},
		{"22:00-02:00", 120, false},
		{"00:00-24:00", 0, true},
		{"00:00-24:00", 1439, true},
		{"08:30-17:15", -1, false},
		{"22:00-02:00", -1, false},
	};
	struct roster_terms terms = {};

	(void)state;
	assert_true(roster_is_open(&terms, -1));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(roster_parse_hours(rows[i].hours, &terms), 0);
		if (roster_is_open(&terms, rows[i].minute) != rows[i].open)
			fail_msg("%s at %d", rows[i].hours, rows[i].minute);
	}
}

static void test_days(void **state)
{
	(void)state;
	assert_int_equal(roster_day_before(20270401), 20270331);
	assert_int_equal(roster_day_before(20270101), 20261231);
	assert_int_equal(roster_day_before(20280301), 20280229);
	assert_true(roster_day_exists(20280229));
	assert_false(roster_day_exists(20270229));
	assert_false(roster_day_exists(20270431));
}

/* What is wrong with a file as a whole, by line. */
static void test_bad_files(void **state)
{
#define A "a fido2 eddsa 01 " KEY32 "\n"
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} rows[] = {
		{"", 1, "first line"},
		{"# sekisho-roster 2\n", 1, "first line"},
		{ROSTER_HEADER "a fido2 eddsa 01 " KEY32, 2, "newline"},
		{ROSTER_HEADER A "\n", 3, "order"},
		{ROSTER_HEADER A " person\n", 3, "order"},
		{ROSTER_HEADER "b fido2 eddsa 01 " KEY32 "\n" A, 3, "order"},
		{ROSTER_HEADER "b person\n" A, 3, "order"},
		{ROSTER_HEADER "a\n", 2, "needs user"},
		{ROSTER_HEADER A "a person\n", 3, "before the keys"},
		{ROSTER_HEADER "a person to=2027-03-31\na person from=2027-03-31\n", 3, "follow"},
		{ROSTER_HEADER "a person\na person from=2027-03-31\n", 3, "follow"},
		{ROSTER_HEADER "a person from=2027-04-01 to=2027-04-02\na person to=2027-03-31\n",
		 3, "follow"},
		{ROSTER_HEADER "a person to=2027-03-31\na person to=2027-04-01\n", 3, "follow"},
		{ROSTER_HEADER "a person from=2027-04-02 to=2027-04-01\n", 2, "after to="},
		{ROSTER_HEADER "a person revoked=2027-04-02\n", 2, "not known"},
		{ROSTER_HEADER "a person label=a label=b\n", 2, "twice"},
		{ROSTER_HEADER "a person to=1.4.2027\n", 2, "to="},
		{ROSTER_HEADER "a persons\n", 2, "needs user"},
		{ROSTER_HEADER "a person rights=\n", 2, "rights="},
		{ROSTER_HEADER "a person rights=substitute,\n", 2, "rights="},
		{ROSTER_HEADER "a person rights=witness,witness\n", 2, "rights="},
		{ROSTER_HEADER "a person rights=root\n", 2, "rights="},
		{ROSTER_HEADER "a person witnessed=no\n", 2, "witnessed="},
		{ROSTER_HEADER "a person witnessed=yes rights=witness\n", 2, "can have no"},
		{ROSTER_HEADER "a person hours=8:30-17:15\n", 2, "hours="},
		{ROSTER_HEADER "a person hours=08:30\n", 2, "hours="},
		{ROSTER_HEADER "a person hours=08:30-08:30\n", 2, "hours="},
		{ROSTER_HEADER "a person hours=08:30-24:01\n", 2, "hours="},
		{ROSTER_HEADER "a person hours=24:00-08:30\n", 2, "hours="},
		{ROSTER_HEADER "a person hours=08:60-17:15\n", 2, "hours="},
		{ROSTER_HEADER "a person hours=08:30-17:150\n", 2, "hours="},
		{ROSTER_HEADER A A A A A A A A A A A A A A A A A, 18, "too many keys"},
	};
#undef A
	char path[] = "/tmp/sekisho-roster-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_rosterfile_ struct rosterfile roster = {};
		struct config_error error;
		char place[64];

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, rows[i].text, strlen(rows[i].text), 0),
				 (ssize_t)strlen(rows[i].text));
		assert_true(rosterfile_load(path, getuid(), &roster, &error) < 0);
		snprintf(place, sizeof(place), "%s:%u:", path, rows[i].line);
		if (!strstr(error.text, place) || !strstr(error.text, rows[i].says))
			fail_msg("row %zu: \"%s\" lacks \"%s %s\"", i, error.text, place,
				 rows[i].says);
	}
	close(fd);
	unlink(path);
}

/* A roster with both kinds of lines is written as it was read. */
static void test_written_as_read(void **state)
{
	static const char text[] =
		ROSTER_HEADER "a person to=2027-03-31 category=%e4%bc%9a%e8%a8%88 label=hana%20ko\n"
			      "a person from=2027-04-01\n"
			      "a fido2 eddsa 01 " KEY32 " uv=required\n"
			      "b person\n"
			      "c fido2 eddsa 01 " KEY32 " uv=none\n"
			      "d person from=2027-04-01\n"
			      "e person label=e rights=substitute,witness\n"
			      "f person witnessed=yes hours=08:30-17:15\n"
			      "g person rights=witness hours=22:00-24:00\n";
	_cleanup_rosterfile_ struct rosterfile roster = {};
	char path[] = "/tmp/sekisho-roster-XXXXXX", back[sizeof(text) + 1] = "";
	const struct roster_period *periods;
	struct config_error error;
	_cleanup_close_ int fd = mkstemp(path);
	_cleanup_close_ int again = -1;
	size_t count;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(rosterfile_load(path, getuid(), &roster, &error), 0);
	assert_int_equal(roster.count, 2);
	assert_int_equal(roster.n_periods, 7);
	periods = rosterfile_periods(&roster, "a", &count);
	assert_int_equal(count, 2);
	assert_string_equal(periods[0].label, "hana ko");
	assert_null(rosterfile_periods(&roster, "c", &count));
	assert_int_equal(count, 0);
	assert_string_equal(rosterfile_keys(&roster, "c", &count)->user, "c");
	assert_int_equal(count, 1);
	assert_null(rosterfile_keys(&roster, "d", &count));
	assert_int_equal(rosterfile_save(path, &roster), 0);
	again = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(again, back, sizeof(back)), (ssize_t)strlen(text));
	assert_string_equal(back, text);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_line), cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_validity),
		cmocka_unit_test(test_bad_files), cmocka_unit_test(test_periods),
		cmocka_unit_test(test_rights),	  cmocka_unit_test(test_hours),
		cmocka_unit_test(test_days),	  cmocka_unit_test(test_written_as_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
