/* O-01, A-12: a change of the roster that would leave no administrator, now or on a later day, is
 * seen before it is made. The files as a whole are tests/host/import's. */
#include "agent/cli/administrators_left.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define TODAY 20270320
#define KEY                                                                                        \
	" fido2 es256 c0ffee000102030405060708090a0b0c0d0e0f101112131415161718 "                   \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                         \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_KEY                                                                                  \
	" fido2 es256 0ddba110 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"   \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* admin has a password; taro, too; jiro is nobody's administrator. */
static struct administrators administrators;

static void make(struct rosterfile *roster, const char *const lines[])
{
	struct roster_person person = {};
	const char *wrong, *user = NULL;
	size_t length = 0;

	for (; *lines; lines++) {
		if (!user || strncmp(*lines, user, length) != 0) {
			if (user)
				assert_int_equal(rosterfile_append(roster, &person), 0);
			memset(&person, 0, sizeof(person));
			user = *lines;
			length = strcspn(user, " ") + 1;
		}
		assert_int_equal(roster_person_read(&person, *lines, strlen(*lines), &wrong), 0);
	}
	if (user)
		assert_int_equal(rosterfile_append(roster, &person), 0);
}

static void judge(const char *const before[], const char *const after[], uint32_t day)
{
	_cleanup_rosterfile_ struct rosterfile old = {}, new = {};

	make(&old, before);
	make(&new, after);
	assert_int_equal(administrators_left_until(&administrators, &old, &new, TODAY), day);
}

#define LINES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define NOTHING                                                                                    \
	(const char *const[])                                                                      \
	{                                                                                          \
		NULL                                                                               \
	}

static int setup(void **state)
{
	(void)state;
	memset(&administrators, 0, sizeof(administrators));
	memcpy(administrators.list[0].name, "admin", 6);
	memcpy(administrators.list[1].name, "taro", 5);
	administrators.count = 2;
	administrators.list[0].keys = administrators.list[1].keys = true;
	return 0;
}

static void test_today(void **state)
{
	(void)state;
	judge(LINES("admin" KEY), LINES("admin" KEY), 0);
	judge(LINES("admin" KEY), NOTHING, TODAY);
	judge(LINES("admin" KEY), LINES("admin" KEY " revoked=2027-03-20"), TODAY);
	judge(LINES("admin" KEY), LINES("admin person to=2027-03-19", "admin" KEY), TODAY);
	/* Somebody else's key is nothing to it. */
	judge(LINES("admin" KEY, "jiro" KEY), LINES("jiro" KEY), TODAY);
	/* Another administrator stays. */
	judge(LINES("admin" KEY, "taro" KEY), LINES("taro" KEY), 0);
	/* Where none could, nothing is taken away. */
	judge(LINES("jiro" KEY), NOTHING, 0);
	judge(NOTHING, LINES("jiro" KEY), 0);
	judge(LINES("admin" KEY " to=2027-03-19"), NOTHING, 0);
}

/* 31 March 24:00 */
static void test_later(void **state)
{
	(void)state;
	judge(LINES("admin" KEY), LINES("admin person to=2027-03-31", "admin" KEY), 20270401);
	judge(LINES("admin" KEY), LINES("admin" KEY " to=2027-12-31"), 20280101);
	/* The other one's right begins a day late: that day is nobody's. */
	judge(LINES("admin" KEY),
	      LINES("admin person to=2027-03-31", "admin" KEY, "taro person from=2027-04-02",
		    "taro" KEY),
	      20270401);
	judge(LINES("admin" KEY),
	      LINES("admin person to=2027-03-31", "admin" KEY, "taro person from=2027-04-01",
		    "taro" KEY),
	      0);
	/* It ended that day before the change as well; what would have come after is missed. */
	judge(LINES("admin person to=2027-03-31", "admin person from=2027-04-10", "admin" KEY),
	      LINES("admin person to=2027-03-31", "admin" KEY), 20270410);
	judge(LINES("admin person to=2027-03-31", "admin" KEY),
	      LINES("admin person to=2027-03-31", "admin" KEY " to=2027-05-01"), 0);
}

static void test_codes(void **state)
{
	(void)state;
	administrators.list[1].code = true;
	judge(LINES("admin" KEY), NOTHING, 0);
	/* A code opens nothing outside of the person's days. */
	judge(LINES("admin" KEY), LINES("taro person to=2027-03-31"), 20270401);
	administrators.list[1].code = false;
	administrators.list[0].code = true;
	administrators.list[0].keys = false;
	judge(NOTHING, LINES("admin person to=2027-03-25"), 20270326);
	/* Keys that are not accepted are none. */
	administrators.list[0].code = false;
	judge(LINES("admin" KEY), NOTHING, 0);
}

/* Who needs somebody to stand by can't repair a machine alone; hours come again on each day. */
static void test_terms(void **state)
{
	(void)state;
	judge(LINES("admin" KEY), LINES("admin person witnessed=yes", "admin" KEY), TODAY);
	judge(LINES("admin" KEY, "taro person witnessed=yes", "taro" KEY),
	      LINES("taro person witnessed=yes", "taro" KEY), TODAY);
	judge(LINES("admin" KEY),
	      LINES("admin person to=2027-03-31", "admin person from=2027-04-01 witnessed=yes",
		    "admin" KEY),
	      20270401);
	judge(LINES("admin" KEY), LINES("admin person hours=08:30-17:15", "admin" KEY), 0);
	administrators.list[1].code = true;
	judge(LINES("admin" KEY), LINES("taro person witnessed=yes"), TODAY);
}

/* The collector's list shuts a key on all days, whatever the roster says. */
static void test_revoked(void **state)
{
	static const char format[] = "{\"format\":1,\"what\":\"revoked\",\"number\":1,"
				     "\"time\":\"2027-03-19T08:35:00.000000Z\","
				     "\"keys\":{\"%s\":\"2027-03-19\"},\"people\":{}}";
	char json[sizeof(format) + ROSTER_NAME_SIZE], name[ROSTER_NAME_SIZE];
	struct roster_entry key;
	const char *wrong;

	(void)state;
	assert_int_equal(roster_parse("admin" KEY, strlen("admin" KEY), &key, &wrong), 0);
	roster_name(&key, name);
	snprintf(json, sizeof(json), format, name);
	assert_int_equal(revocations_parse(json, strlen(json), &administrators.revoked), 0);
	judge(LINES("admin" KEY), NOTHING, 0);
	judge(LINES("admin" OTHER_KEY, "taro" KEY), LINES("taro" KEY), TODAY);
	judge(LINES("admin" OTHER_KEY, "taro" KEY), LINES("admin" OTHER_KEY), 0);
	administrators_release(&administrators);
}

static void test_nobody(void **state)
{
	(void)state;
	administrators.count = 0;
	judge(LINES("admin" KEY), NOTHING, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_today, setup),
		cmocka_unit_test_setup(test_later, setup),
		cmocka_unit_test_setup(test_codes, setup),
		cmocka_unit_test_setup(test_terms, setup),
		cmocka_unit_test_setup(test_revoked, setup),
		cmocka_unit_test_setup(test_nobody, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
