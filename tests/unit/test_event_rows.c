/* The rows of the catalogue of events: their numbers, which stay, and OCSF's classes. */
#include "event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool has_field(const char *const *fields, const char *name)
{
	for (; *fields; fields++)
		if (strcmp(*fields, name) == 0)
			return true;
	return false;
}

/* The activities of each class: "activity_id" of the files that event.h names and of what they
 * extend; 99 is in events/base_event.json. */
static const struct {
	unsigned int class_uid, activities[14];
} classes[] = {
	{1008, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99}},
	{1010, {1, 2, 3, 4, 5, 99}},
	{2004, {1, 2, 3, 99}},
	{3001, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99}},
	{3002, {1, 2, 3, 4, 5, 6, 7, 99}},
	{5019, {1, 2, 99}},
	{6002, {1, 2, 3, 4, 5, 6, 7, 8, 99}},
	{6008, {1, 2, 99}},
};

static bool is_activity(const struct event_row *row)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		for (size_t j = 0; classes[i].class_uid == row->class_uid && j < 14; j++)
			if (row->activity_id != 0 && classes[i].activities[j] == row->activity_id)
				return true;
	return false;
}

static void test_rows_are_whole(void **state)
{
	(void)state;
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		const struct event_row *row = &event_rows[i];

		if (row->number < 4001 || row->number > 4999)
			fail_msg("%s: number %u", row->name, row->number);
		for (int j = 0; j < i; j++)
			if (event_rows[j].number == row->number)
				fail_msg("S-%u twice", row->number);
		if (!is_activity(row))
			fail_msg("%s: no activity %u in class %u", row->name, row->activity_id,
				 row->class_uid);
		assert_int_equal(event_type_uid(row), row->class_uid * 100 + row->activity_id);
		assert_non_null(row->fields);
		for (const char *const *field = row->fields; *field; field++) {
			assert_int_equal(strspn(*field, "abcdefghijklmnopqrstuvwxyz_0123456789"),
					 strlen(*field));
			if (has_field(field + 1, *field))
				fail_msg("%s: %s twice", row->name, *field);
		}
	}
}

/* A number stays its kind's: this list only grows. */
static void test_numbers_stay(void **state)
{
	static const struct {
		unsigned int number;
		const char *name;
	} given[] = {
		{4001, "login.granted"},       {4002, "login.refused"},
		{4003, "login.exempt"},	       {4004, "login.opened"},
		{4005, "login.unfinished"},    {4101, "key.added"},
		{4102, "key.revoked"},	       {4103, "key.suspect"},
		{4201, "door.enabled"},	       {4202, "door.disabled"},
		{4301, "device.allowed"},      {4302, "device.blocked"},
		{4303, "device.gone"},	       {4401, "engine.start"},
		{4402, "engine.stop"},	       {4403, "engine.overrun"},
		{4404, "engine.fault"},	       {4405, "engine.dropped"},
		{4501, "policy.loaded"},       {4502, "policy.rejected"},
		{4601, "store.torn"},	       {4602, "store.break"},
		{4603, "store.fault"},	       {4604, "store.checkpoint"},
		{4605, "store.dropped"},       {4606, "store.mismatch"},
		{4701, "clock.changed"},       {4304, "device.audited"},
		{4702, "clock.differs"},       {4703, "clock.agrees"},
		{4503, "policy.audit"},	       {4801, "collector.lost"},
		{4802, "collector.back"},      {4710, "tamper.found"},
		{4104, "otp.added"},	       {4105, "otp.removed"},
		{4106, "otp.resynced"},	       {4310, "attempt.refused"},
		{4111, "roster.imported"},     {4112, "rights.changed"},
		{4006, "login.locked"},	       {4007, "login.unlocked"},
		{4107, "key.removed"},	       {4012, "session.exposed"},
		{4010, "session.locked"},      {4011, "session.ended"},
		{4013, "login.witnessed"},     {4014, "substitute.used"},
		{4015, "substitute.answered"}, {4121, "revocations.taken"},
		{4113, "roster.restored"},     {4504, "settings.seen"},
		{4505, "settings.changed"},    {4108, "key.lapsed"},
	};

	(void)state;
	assert_true(EVENT_KIND_COUNT >= (int)(sizeof(given) / sizeof(*given)));
	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
		enum event_kind kind;

		assert_int_equal(event_kind_from_name(given[i].name, &kind), 0);
		assert_int_equal(event_rows[kind].number, given[i].number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_whole),
		cmocka_unit_test(test_numbers_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
