/* Events as records of the kernel's audit system. */
#include "agent/mirror/audit_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <libaudit.h>
#include <string.h>

#define BOOT "00112233445566778899aabbccddeeff"
#define ID   "b4ce9440-823b-4045-b901-5bee7fff9cdf"

/* Takes over @fields. */
static int make_as(const char *id, const char *kind, json_t *fields, struct audit_text *ret)
{
	struct journal_entry entry = {
		.boot = BOOT, .fields = fields, .id = id, .kind = kind, .time_us = 1};
	const struct journal_head head = {.sequence = 41};
	struct journal_head next;
	struct journal_record record;
	char line[JOURNAL_LINE_MAX];
	size_t length;

	assert_non_null(fields);
	assert_int_equal(journal_format_event(&entry, &head, line, &length, &next), 0);
	json_decref(fields);
	assert_int_equal(journal_parse_event(line, length - 1, &record), 0);
	return audit_text_make(&record, ret);
}

static int make(const char *kind, json_t *fields, struct audit_text *ret)
{
	return make_as(ID, kind, fields, ret);
}

static void a_login_is_user_auth(void **state)
{
	struct audit_text audit;

	(void)state;
	assert_int_equal(make("login.refused",
			      json_pack("{ssssssss}", "user", "taro", "service", "sudo", "reason",
					"wrong-pin", "node", "hidraw3"),
			      &audit),
			 0);
	assert_int_equal(audit.type, AUDIT_USER_AUTH);
	assert_int_equal(audit.result, 0);
	assert_string_equal(audit.text,
			    "op=login.refused event=" ID " acct=\"taro\" service=\"sudo\" "
			    "reason=\"wrong-pin\" hidraw=\"hidraw3\"");
	free(audit.text);
	assert_int_equal(make("login.granted", json_pack("{ss}", "user", "taro"), &audit), 0);
	assert_int_equal(audit.result, 1);
	free(audit.text);
}

/* What a device or a caller calls itself can't add a pair of its own. */
static void hostile_values_are_encoded(void **state)
{
	struct audit_text audit;

	(void)state;
	assert_int_equal(
		make("device.blocked",
		     json_pack("{ssss}", "device", "1-3", "product", "a\" res=success acct=\"root"),
		     &audit),
		0);
	assert_int_equal(audit.type, AUDIT_USER_DEVICE);
	assert_string_equal(audit.text, "op=device.blocked event=" ID " device=\"1-3\" product="
					"6122207265733D7375636365737320616363743D22726F6F74");
	free(audit.text);
}

/* Neither as a field that its kind does not have, nor as its id. */
static void no_name_of_audits_own_is_written(void **state)
{
	struct audit_text audit;

	(void)state;
	assert_int_equal(make("login.refused",
			      json_pack("{ssssss}", "user", "taro", "res", "success", "auid", "0"),
			      &audit),
			 0);
	assert_string_equal(audit.text, "op=login.refused event=" ID " acct=\"taro\"");
	free(audit.text);
	assert_int_equal(make_as("a res=success", "login.refused", json_object(), &audit), 0);
	assert_string_equal(audit.text, "op=login.refused event=61207265733D73756363657373");
	free(audit.text);
}

/* All that a kind may tell, each cut and in hexadecimal: the whole text is below what the kernel
 * takes, for it would cut off the result. */
static void the_longest_texts_fit(void **state)
{
	char value[230];

	(void)state;
	memset(value, ' ', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (size_t i = 0; i < EVENT_KIND_COUNT; i++) {
		json_t *fields = json_object();
		struct audit_text audit = {};

		for (const char *const *name = event_rows[i].fields; *name; name++)
			json_object_set_new(fields, *name, json_string(value));
		if (make(event_rows[i].name, fields, &audit) == 0)
			assert_in_range(strlen(audit.text), 1000, AUDIT_TEXT_MAX);
		free(audit.text);
	}
}

/* Cut where a character begins. */
static void a_cut_value_is_whole_characters(void **state)
{
	char value[EVENT_VALUE_MAX] = "a";
	struct audit_text audit;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		memcpy(value + 1 + 3 * i, "\xe5\x8d\xb1", 3);
	assert_int_equal(make("device.blocked", json_pack("{ss}", "product", value), &audit), 0);
	assert_non_null(strstr(audit.text, "E58DB12E2E2E"));
	assert_null(strstr(audit.text, "E58D2E2E2E"));
	free(audit.text);
}

static void every_kind_has_an_answer(void **state)
{
	unsigned int told = 0;

	(void)state;
	for (size_t i = 0; i < EVENT_KIND_COUNT; i++) {
		const struct event_row *row = &event_rows[i];
		struct audit_text audit = {};
		int r = make(row->name, json_object(), &audit);

		if (strncmp(row->name, "device.", 7) == 0 ||
		    strncmp(row->name, "attempt.", 8) == 0) {
			assert_int_equal(r, 0);
			assert_int_equal(audit.type, AUDIT_USER_DEVICE);
		} else if (r == 0) {
			assert_int_equal(strncmp(row->name, "login.", 6), 0);
			assert_int_equal(audit.type, AUDIT_USER_AUTH);
		} else {
			assert_int_equal(r, -ENOENT);
			assert_null(audit.text);
		}
		told += r == 0;
		free(audit.text);
	}
	assert_int_equal(told, 9);
	assert_int_equal(make("made.up", json_object(), &(struct audit_text){}), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_is_user_auth),
		cmocka_unit_test(hostile_values_are_encoded),
		cmocka_unit_test(no_name_of_audits_own_is_written),
		cmocka_unit_test(the_longest_texts_fit),
		cmocka_unit_test(a_cut_value_is_whole_characters),
		cmocka_unit_test(every_kind_has_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
