/* What people read and write of the journal: lines, moments and the names of segments. */
#include "journal_fixture.h"

#include "agent/cli/event_text.h"
#include "agent/cli/since.h"
#include "number.h"

#include <locale.h>
#include <time.h>

/* 2026-11-23T12:28:15Z */
#define NOW UINT64_C(1795436895000000)

static void test_since(void **state)
{
	static const struct {
		const char *text;
		int error;
		uint64_t seconds;
	} rows[] = {
		{"2026-11-23", 0, 1795359600}, /* 00:00 in Japan */
		{"2026-11-23 21:28", 0, 1795436880},
		{"2026-11-23 21:28:15", 0, 1795436895},
		{"2026-11-23T12:28:15Z", 0, 1795436895},
		{"2026-11-23T21:28:15+09:00", 0, 1795436895},
		{"2026-11-23T07:28:15-05:00", 0, 1795436895},
		{"90s", 0, 1795436805},
		{"15min", 0, 1795435995},
		{"2h", 0, 1795429695},
		{"3d", 0, 1795177695},
		{"", -EINVAL, 0},
		{"yesterday", -EINVAL, 0},
		{"2026-13-01", -EINVAL, 0},
		{"2026-02-31", -EINVAL, 0},
		{"2026-02-29T12:00Z", -EINVAL, 0},
		{"2028-02-29T00:00:00Z", 0, 1835395200},
		{"2026-11-23 ", -EINVAL, 0},
		{"2026-11-23 25:00", -EINVAL, 0},
		{"2026-11-23T12:28:15Zx", -EINVAL, 0},
		{"2026-11-23T12:28:15+9:00", -EINVAL, 0},
		{"2h ", -EINVAL, 0},
		{"-2h", -EINVAL, 0},
		{"99999999999d", -EINVAL, 0},
		{"999999999999999999999s", -EINVAL, 0},
	};

	(void)state;
	assert_int_equal(setenv("TZ", "JST-9", 1), 0);
	tzset();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t result = 0;

		if (since_parse(rows[i].text, NOW, &result) != rows[i].error ||
		    result != rows[i].seconds * 1000000)
			fail_msg("%s: %" PRIu64, rows[i].text, result);
	}
}

/* @fields as a line for people. */
static void assert_line(const char *fields, enum event_text_style style, const char *expected)
{
	struct journal_entry entry = {
		.boot = FIXTURE_BOOT,
		.fields = json_loads(fields, 0, NULL),
		.id = "a-1",
		.kind = "device.blocked",
		.time_us = NOW,
	};
	const struct journal_head head = {};
	struct journal_head next;
	struct journal_record record;
	char line[JOURNAL_LINE_MAX], *text;
	size_t length, size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(journal_format_event(&entry, &head, line, &length, &next), 0);
	assert_int_equal(journal_parse_event(line, length - 1, &record), 0);
	assert_int_equal(event_text_write(&record, style, out), 0);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
	json_decref((json_t *)entry.fields);
}

#define START "2026-11-23 21:28:15  medium  device.blocked  a device was refused "

static void test_hostile_fields(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "JST-9", 1), 0);
	tzset();
	assert_line("{}", EVENT_TEXT_UTF8, START "\n");
	assert_line("{\"name\":\"Stick\",\"serial\":\"\"}", EVENT_TEXT_UTF8,
		    START " name=Stick serial=\"\"\n");
	assert_line("{\"name\":\"My Stick\"}", EVENT_TEXT_UTF8, START " name=\"My Stick\"\n");
	/* Escaped when it was recorded: not once more. */
	assert_line("{\"name\":\"a\\\\x1b[2J\"}", EVENT_TEXT_UTF8, START " name=a\\x1b[2J\n");
	/* No value ends before its end. */
	assert_line("{\"name\":\"Stick\\\" rule=\\\"office\\\" x=\\\"\"}", EVENT_TEXT_UTF8,
		    START " name=\"Stick\\x22 rule=\\x22office\\x22 x=\\x22\"\n");
	assert_line("{\"name\":\"\\\"\"}", EVENT_TEXT_UTF8, START " name=\\x22\n");
	/* Written by somebody else than us. */
	assert_line("{\"name\":\"a\\\\ b\\\\xz1\\\\\"}", EVENT_TEXT_UTF8,
		    START " name=\"a\\x5c b\\x5cxz1\\x5c\"\n");
	assert_line("{\"name\":\"a\\u001b[2J\\n2026\\u202e\\u009b\"}", EVENT_TEXT_UTF8,
		    START " name=a\\x1b[2J\\x0a2026\\xe2\\x80\\xae\\xc2\\x9b\n");
	assert_line("{\"name\":\"\\u5c71\"}", EVENT_TEXT_UTF8, START " name=\xe5\xb1\xb1\n");
	assert_line("{\"name\":\"\\u5c71\"}", EVENT_TEXT_PLAIN, START " name=\\xe5\\xb1\\xb1\n");
}

/* The number is for those who ask for it: the line's first 80 columns hold time, severity, kind and
 * the beginning of the meaning. */
static void test_number(void **state)
{
	(void)state;
	assert_line("{}", EVENT_TEXT_NUMBER,
		    "2026-11-23 21:28:15  medium  device.blocked  [S-4302] a device was "
		    "refused \n");
}

/* A string has one spelling, the writer's; with any other the line is damaged, whatever its hash.
 */
static void test_one_spelling(void **state)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{"a \\\"\\\\/ ~", 0},	      {"\\b\\f\\n\\r\\t\\u0001\\u001F", 0},
		{"\\u0080\\u202E\\uFFFF", 0}, {"\\uD83D\\uDE00", 0},
		{"\\u0041", -EBADMSG},	      {"\\u007F", -EBADMSG},
		{"\\u0000", -EBADMSG},	      {"\\u000A", -EBADMSG}, /* \n */
		{"\\u202e", -EBADMSG},	      {"\\/", -EBADMSG},
		{"\\uD83D", -EBADMSG},	      {"\\uDE00", -EBADMSG},
		{"\\uD83D\\u0080", -EBADMSG}, {"\\uD83Dx", -EBADMSG},
		{"\x7f", -EBADMSG},	      {"\xe5\xb1\xb1", -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char json[512], line[1024], digits[JOURNAL_HASH_SIZE * 2 + 1];
		uint8_t hash[JOURNAL_HASH_SIZE];
		struct journal_record record;
		int length;

		snprintf(json, sizeof(json),
			 "{\"boot\":\"%s\",\"fields\":{\"name\":\"%s\"},\"id\":\"a-1\","
			 "\"kind\":\"device.blocked\",\"late\":false,\"mono\":1,\"prev\":\"%064d\","
			 "\"seq\":1,\"synced\":0,\"time\":\"2026-11-23T12:28:15.000000Z\"}",
			 FIXTURE_BOOT, rows[i].text, 0);
		journal_hash(json, strlen(json), hash);
		hex_format(hash, sizeof(hash), digits);
		length = snprintf(line, sizeof(line), "%s %s", digits, json);
		if (journal_parse_event(line, (size_t)length, &record) != rows[i].error)
			fail_msg("%s", rows[i].text);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		int error;
	} rows[] = {
		{"0000000000000001.seg", 0},
		{"0000000000000001-1.seg", 0},
		{"0000000000000001-999.seg", 0},
		{"9000000000000000.seg", 0},
		{"9000000000000001.seg", -EINVAL},
		{"0000000000000000.seg", -EINVAL},
		{"000000000000001.seg", -EINVAL},
		{"00000000000000001.seg", -EINVAL},
		{"0000000000000001-0.seg", -EINVAL},
		{"0000000000000001-01.seg", -EINVAL},
		{"0000000000000001-1000.seg", -EINVAL},
		{"0000000000000001_1.seg", -EINVAL},
		{"0000000000000001.seg.torn", -EINVAL},
		{"000000000000000x.seg", -EINVAL},
		{".seg", -EINVAL},
		{"", -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct journal_segment segment;

		if (journal_segment_parse(rows[i].name, &segment) != rows[i].error)
			fail_msg("%s", rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_since),  cmocka_unit_test(test_hostile_fields),
		cmocka_unit_test(test_number), cmocka_unit_test(test_one_spelling),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
