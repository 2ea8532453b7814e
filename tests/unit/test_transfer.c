/* O-01, A-12: one row of a personnel list, read and carried out on one person. Files as a whole are
 * tests/host/import's. */
#include "agent/cli/transfer.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#define TODAY 20270401
#define POINT                                                                                      \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                         \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void test_days(void **state)
{
	static const struct {
		const char *text;
		uint32_t day; /* 0: none */
	} rows[] = {
		{"2027-04-01", 20270401},
		{"2027/4/1", 20270401},
		{"2027/04/01", 20270401},
		{"2027-4-1", 20270401},
		{"2028/2/29", 20280229},
		{"２０２７／４／１", 20270401},
		{"2027年4月1日", 20270401},
		{"２０２７年１２月３１日", 20271231},
		{"2027/2/29", 0},
		{"2027/4/31", 0},
		{"2027/13/1", 0},
		{"2027/0/1", 0},
		{"1999/4/1", 0},
		{"27/4/1", 0},
		{"4/1/2027", 0},
		{"2027/4", 0},
		{"2027/4/1/1", 0},
		{"2027/4/1 0:00", 0},
		{"R9.4.1", 0},
		{"令和9年4月1日", 0},
		{"20270401", 0},
		{"", 0},
		{"2027/４x/1", 0},
		{"2027/+4/1", 0},
		{"2027/ 4/1", 0},
		{"45748", 0},
		{"2027-04-01-2027-04-01", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t day = 0;
		int r = transfer_read_day(rows[i].text, &day);

		if (r != (rows[i].day ? 0 : -EINVAL) || day != rows[i].day)
			fail_msg("%s: %d, %u", rows[i].text, r, day);
	}
}

static int read_header(const char *text, struct transfer_header *header,
		       struct transfer_error *error)
{
	static char copy[1024];
	char *fields[40], *rest = copy;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while (rest)
		fields[count++] = strsep(&rest, ",");
	return transfer_read_header(fields, count, header, error);
}

static void test_headers(void **state)
{
	static const struct {
		const char *text;
		const char *wrong; /* NULL: right */
		size_t field;
	} rows[] = {
		{"person,operation", NULL, 0},
		{"Operation,USER_NAME,Valid-From,valid to,Effective Date", NULL, 0},
		{"ユーザー名,処理,発令日,有効開始日,有効期限,氏名,職員区分,クレデンシャルid,公開鍵,"
		 "署名方式,"
		 "本人確認,機種,製造元証明,失効日",
		 NULL, 0},
		{"利用者名,処理,発令日", NULL, 0},
		{"person,operation,pin", "no column", 2},
		{"person,operation,", "no column", 2},
		{"person,operation,利用者", "twice", 2},
		{"person,label", "must name", 2},
		{"operation", "must name", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transfer_header header;
		struct transfer_error error;
		int r = read_header(rows[i].text, &header, &error);

		if (r != (rows[i].wrong ? -EINVAL : 0))
			fail_msg("%s: %d %s", rows[i].text, r, error.reason);
		if (!rows[i].wrong)
			continue;
		assert_non_null(strstr(error.reason, rows[i].wrong));
		assert_int_equal(error.field, rows[i].field);
	}
}

#define COLUMNS                                                                                    \
	"person,operation,effective date,valid from,valid to,label,category,credential,algorithm," \
	"public key,verification,model,attestation,revoked"
#define TERMS COLUMNS ",rights,witnessed,hours"

static int read_row(const char *text, struct transfer *transfer, struct transfer_error *error)
{
	static char copy[4096];
	struct transfer_header header;
	char *fields[40], *rest = copy;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while (rest && count < 40)
		fields[count++] = strsep(&rest, ",");
	/* Those with the columns of rights are longer. */
	assert_int_equal(read_header(count == 17 ? TERMS : COLUMNS, &header, error), 0);
	return transfer_read(&header, fields, count, transfer, error);
}

static const struct {
	const char *text;
	int column;
	const char *wrong;
} wrong_rows[] = {
	{"a,add", -1, "fields"},
	{",add,,,,,,,,,,,,", TRANSFER_PERSON, "needs it"},
	{"a,,,,,,,,,,,,,", TRANSFER_OPERATION, "needs it"},
	{"a,delete,,,,,,,,,,,,", TRANSFER_OPERATION, "not an operation"},
	{"a b,add,,,,,,,,,,,,", TRANSFER_PERSON, "user name"},
	{"-a,add,,,,,,,,,,,,", TRANSFER_PERSON, "user name"},
	{"ａ,add,,,,,,,,,,,,", TRANSFER_PERSON, "user name"},
	{"a:b,add,,,,,,,,,,,,", TRANSFER_PERSON, "user name"},
	{"a,add,2027-04-01,2027-04-02,,,,,,,,,,", TRANSFER_EFFECTIVE, "first day are not"},
	{"a,add,,2027-04-02,2027-04-01,,,,,,,,,", TRANSFER_TO, "before the first"},
	{"a,add,,,,,,,,,required,,,", TRANSFER_VERIFICATION, "no meaning"},
	{"a,add,,,,,,,,,,,,2027-04-01", TRANSFER_REVOKED, "no meaning"},
	{"a,add,,,,,,,es256,,,,,", TRANSFER_ALGORITHM, "no meaning"},
	{"a,change,,,,x,,,,,,,,", TRANSFER_EFFECTIVE, "needs it"},
	{"a,change,2027-04-01,,,,,,,,,,,", -1, "says nothing"},
	{"a,change,2027-04-01,2027-04-01,,x,,,,,,,,", TRANSFER_FROM, "no meaning"},
	{"a,change,2027-04-01,,2027-03-31,,,,,,,,,", TRANSFER_TO, "before the first"},
	{"a,end,,,,,,,,,,,,", -1, "says nothing"},
	{"a,end,2027-04-01,,2027-04-01,,,,,,,,,", TRANSFER_EFFECTIVE, "fit together"},
	{"a,retire,2027-04-01,,2027-03-31,,,,,,,,,", TRANSFER_EFFECTIVE, "fit together"},
	{"a,end,2027-04-01,,,x,,,,,,,,", TRANSFER_LABEL, "no meaning"},
	{"a,revoke,,,,,,,,,,,,", TRANSFER_CREDENTIAL, "needs it"},
	{"a,add,,,,,,00,es256,,,,,", TRANSFER_KEY, "needs it"},
	{"a,add,,,,,,00,,00,,,,", TRANSFER_ALGORITHM, "needs it"},
	{"a,add,,,,,,00,es256,0000,,,,", TRANSFER_KEY, "wrong length"},
	{"a,add,,,,,,00,eddsa," POINT ",,,,", TRANSFER_KEY, "wrong length"},
	{"a,add,,,,,,0,es256," POINT ",,,,", TRANSFER_CREDENTIAL, "hexadecimal"},
	{"a,add,,,,,,00,es256," POINT ",maybe,,,", TRANSFER_VERIFICATION, "required"},
	{"a,add,,,,,,00,es256," POINT ",,00,,", TRANSFER_MODEL, "32"},
	{"a,add,,,,,,00,es256," POINT ",,,some,", TRANSFER_ATTESTATION, "64"},
	{"a,change,2027-04-01,,,x,,00,,,,,,", TRANSFER_EFFECTIVE, "no meaning"},
	{"a,change,,,,,,00,,,,,,", -1, "says nothing"},
	{"a,revoke,2027-04-01,,,,,00,,,,,,", TRANSFER_EFFECTIVE, "no meaning"},
	{"a,add,,,,,,,,,,,,,root,,", TRANSFER_RIGHTS, "both parted"},
	{"a,add,,,,,,,,,,,,,,maybe,", TRANSFER_WITNESSED, "yes or no"},
	{"a,add,,,,,,,,,,,,,,,8:30-17:15", TRANSFER_HOURS, "08:30"},
	{"a,end,2027-04-01,,,,,,,,,,,,witness,,", TRANSFER_RIGHTS, "no meaning"},
	{"a,change,,,,x,,00,,,,,,,witness,,", TRANSFER_RIGHTS, "no meaning"},
	{"a,add,,,,,,00,es256," POINT ",,,,,,yes,", TRANSFER_WITNESSED, "no meaning"},
};

static void test_wrong_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong_rows); i++) {
		struct transfer transfer;
		struct transfer_error error;

		if (read_row(wrong_rows[i].text, &transfer, &error) != -EINVAL ||
		    error.column != wrong_rows[i].column ||
		    !strstr(error.reason, wrong_rows[i].wrong))
			fail_msg("%s: column %d: %s", wrong_rows[i].text, error.column,
				 error.reason);
	}
}

/* NULL, or why not. */
static const char *apply(const char *row, struct roster_person *person)
{
	struct roster_person after = *person;
	struct transfer_error error;
	struct transfer transfer;
	const char *reason;

	if (read_row(row, &transfer, &error) < 0)
		fail_msg("%s: %s", row, error.reason);
	if (transfer_apply(&transfer, TODAY, &after, &reason) < 0)
		return reason;
	*person = after;
	return NULL;
}

#define ASSERT_DAYS(person, at, first, last)                                                       \
	do {                                                                                       \
		assert_int_equal((person)->periods[at].from, first);                               \
		assert_int_equal((person)->periods[at].to, last);                                  \
	} while (0)

/* The last day of each operation, on 31 March and 1 April. */
static void test_last_days(void **state)
{
	static const struct {
		const char *row;
		uint32_t last;
	} rows[] = {
		{"a,end,2027-04-01,,,,,,,,,,,", 20270331},
		{"a,転出,2027-04-01,,2027-03-31,,,,,,,,,", 20270331},
		{"a,終了,,,2027-03-31,,,,,,,,,", 20270331},
		{"a,retire,2027-03-31,,,,,,,,,,,", 20270331},
		{"a,退職,2027-03-31,,2027-03-31,,,,,,,,,", 20270331},
		{"a,end,2028-03-01,,,,,,,,,,,", 20280229},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct roster_person person = {};

		assert_null(apply("a,add,2026-04-01,,,,,,,,,,,", &person));
		assert_null(apply(rows[i].row, &person));
		assert_int_equal(person.n_periods, 1);
		ASSERT_DAYS(&person, 0, 20260401, rows[i].last);
		assert_string_equal(person.periods[0].user, "a");
	}
}

/* Whoever ends keeps a line: none would be rights for good for those who have keys. */
static void test_an_end_stays(void **state)
{
	struct roster_person person = {};

	(void)state;
	assert_null(apply("a,add,,,,,,00,es256," POINT ",,,,", &person));
	assert_int_equal(person.n_periods, 0);
	assert_null(apply("a,retire,2027-03-31,,,,,,,,,,,", &person));
	assert_int_equal(person.n_periods, 1);
	ASSERT_DAYS(&person, 0, 0, 20270331);
	assert_non_null(apply("a,retire,2027-03-31,,,,,,,,,,,", &person));
	assert_null(apply("a,add,2027-06-01,,,,,,,,,,,", &person));
	assert_non_null(apply("a,add,2027-05-01,,,,,,,,,,,", &person));
	assert_null(apply("a,end,2027-04-15,,,,,,,,,,,", &person));
	assert_int_equal(person.n_periods, 1);
	ASSERT_DAYS(&person, 0, 0, 20270331);
	person = (struct roster_person){};
	assert_null(apply("a,add,2027-06-01,,,,,,,,,,,", &person));
	assert_non_null(apply("a,end,2027-05-01,,,,,,,,,,,", &person));
	assert_int_equal(person.n_periods, 1);
}

/* What is over longest makes room; what is not over does not. */
static void test_many_periods(void **state)
{
	struct roster_person person = {};
	char row[128];

	(void)state;
	for (unsigned int i = 0; i < ROSTER_PERIODS; i++) {
		snprintf(row, sizeof(row), "a,add,,%u-04-01,%u-09-30,,c%u,,,,,,,", 2026 + i,
			 2026 + i, i);
		assert_null(apply(row, &person));
	}
	assert_null(apply("a,add,,2040-04-01,,,last,,,,,,,", &person));
	assert_int_equal(person.n_periods, ROSTER_PERIODS);
	assert_string_equal(person.periods[0].category, "c1");
	assert_string_equal(person.periods[ROSTER_PERIODS - 1].category, "last");
	assert_non_null(strstr(apply("a,change,2041-04-01,,,,x,,,,,,,", &person), "too many"));
	assert_non_null(
		strstr(apply("a,add,,2020-04-01,2020-05-01,,x,,,,,,,", &person), "too many"));
}

/* A-10, O-02: rights, the witness and the hours; a new position takes the rights away, nothing
 * else takes the witness away. */
static void test_terms(void **state)
{
	struct roster_person person = {};

	(void)state;
	assert_null(apply("a,add,2027-04-01,,,,c1,,,,,,,,witness,,08:30-17:15", &person));
	assert_int_equal(person.periods[0].terms.rights, ROSTER_MAY_WITNESS);
	assert_int_equal(person.periods[0].terms.opens, 510);
	assert_null(apply("a,change,2027-05-01,,,x,,,,,,,,", &person));
	assert_int_equal(person.periods[1].terms.rights, ROSTER_MAY_WITNESS);
	assert_null(apply("a,change,2027-07-01,,,,c2,,,,,,,", &person));
	assert_int_equal(person.periods[2].terms.rights, 0);
	assert_int_equal(person.periods[2].terms.opens, 510);
	assert_null(apply("a,change,2027-08-01,,,,,,,,,,,,,要,終日", &person));
	assert_true(person.periods[3].terms.witnessed);
	assert_false(roster_has_hours(&person.periods[3].terms));
	assert_null(apply("a,change,2027-09-01,,,,c3,,,,,,,", &person));
	assert_true(person.periods[4].terms.witnessed);
	assert_non_null(
		strstr(apply("a,change,2027-10-01,,,,,,,,,,,,witness,,", &person), "witnessed"));
	assert_null(apply("a,change,2027-10-01,,,,,,,,,,,,substitute,no,", &person));
	assert_int_equal(person.periods[5].terms.rights, ROSTER_MAY_SUBSTITUTE);
	assert_null(apply("a,change,2027-11-01,,,,,,,,,,,,なし,,", &person));
	assert_int_equal(person.periods[6].terms.rights, 0);
}

static void test_keys(void **state)
{
	struct roster_person person = {};
	char row[512];

	(void)state;
	assert_non_null(strstr(apply("a,revoke,,,,,,00,,,,,,", &person), "no such key"));
	for (unsigned int i = 0; i < ROSTER_PER_USER; i++) {
		snprintf(row, sizeof(row), "a,add,,,,,,%02x,es256,%s,,,,", i, POINT);
		assert_null(apply(row, &person));
	}
	assert_false(person.entries[0].uv_optional);
	assert_non_null(
		strstr(apply("a,add,,,,,,99,es256," POINT ",,,,", &person), "too many keys"));
	assert_non_null(strstr(apply("a,add,,,,,,01,es256," POINT ",,,,", &person), "already"));
	assert_null(apply("a,revoke,,,,,,05,,,,,,", &person));
	assert_int_equal(person.entries[5].revoked, TODAY);
	assert_null(apply("a,add,,,,,,99,es256," POINT ",,,,", &person));
	assert_int_equal(person.n_entries, ROSTER_PER_USER);
	assert_null(apply("a,change,,2027-04-01,2027-05-01,red,b,00,,,none,,,", &person));
	assert_true(person.entries[0].uv_optional);
	assert_string_equal(person.entries[0].label, "red");
	assert_non_null(strstr(apply("a,change,,2027-05-02,,,,00,,,,,,", &person), "before"));
	assert_null(apply("a,end,2027-04-20,,,,,00,,,,,,", &person));
	assert_int_equal(person.entries[0].to, 20270419);
	assert_non_null(strstr(apply("a,end,2027-04-21,,,,,00,,,,,,", &person), "sooner"));
	assert_non_null(strstr(apply("a,end,2027-04-01,,,,,00,,,,,,", &person), "later day"));
	assert_int_equal(person.n_periods, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),	     cmocka_unit_test(test_headers),
		cmocka_unit_test(test_wrong_rows),   cmocka_unit_test(test_last_days),
		cmocka_unit_test(test_an_end_stays), cmocka_unit_test(test_many_periods),
		cmocka_unit_test(test_keys),	     cmocka_unit_test(test_terms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
