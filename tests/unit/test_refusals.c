/* What was refused, and who is told of it. */
#include "agent/engine/refusals.h"

#include "agent/cli/ask.h"
#include "agent/auth/failure.h"
#include "agent/cli/refusal_text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct refusals refusals;
static const struct refusals_asker root = {0, ""}, hanako = {1000, "hanako"}, taro = {1001, "taro"},
				   service = {33, ""};

static void note_as(enum event_kind kind, const char *id, uint64_t sequence, json_t *fields)
{
	struct record_request request = {.time = UINT64_C(1764158400000000) + sequence};

	snprintf(request.id, sizeof(request.id), "%s", id);
	assert_true(json_dumpb(fields, request.fields, sizeof(request.fields) - 1, JSON_COMPACT) <
		    sizeof(request.fields));
	refusals_note(&refusals, kind, &request, sequence);
	json_decref(fields);
}

static void note(enum event_kind kind, uint64_t sequence, json_t *fields)
{
	char id[16];

	snprintf(id, sizeof(id), "id-%d", (int)sequence);
	note_as(kind, id, sequence, fields);
}

static json_t *stick(const char *seat, const char *user, const char *uid)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "device", "1-2",
			 "vendor", "0781", "product", "5581", "name", "Hanako's stick", "serial",
			 "4C53", "interfaces", "080650", "reason", "no-rule", "seat", seat, "user",
			 user, "uid", uid);
}

static json_t *login(const char *user, const char *reason)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "user", user, "service", "login", "reason",
			 reason, "credential", "0123", "rhost", "192.0.2.7");
}

/* "1,3 " for the numbers that are told; *ret_last: the last one's fields. */
static void expect(const struct refusals_asker *asker, const char *numbers, json_t **ret_last)
{
	json_t *told = refusals_tell(&refusals, asker);
	char list[256] = "";

	assert_non_null(told);
	for (size_t i = 0; i < json_array_size(told); i++)
		snprintf(
			list + strlen(list), sizeof(list) - strlen(list), "%d ",
			(int)json_integer_value(json_object_get(json_array_get(told, i), "event")));
	assert_string_equal(list, numbers);
	if (ret_last)
		*ret_last = json_deep_copy(
			json_object_get(json_array_get(told, json_array_size(told) - 1), "fields"));
	json_decref(told);
}

static int tear_down(void **state)
{
	(void)state;
	refusals_release(&refusals);
	return 0;
}

static void test_each_his_own(void **state)
{
	json_t *fields;

	(void)state;
	note(EVENT_DEVICE_BLOCKED, 1, stick("person", "hanako", "1000"));
	note(EVENT_LOGIN_REFUSED, 2, login("taro", "pin-wrong"));
	note(EVENT_DEVICE_ALLOWED, 3, stick("person", "hanako", "1000"));
	expect(&hanako, "1 ", &fields);
	assert_string_equal(ask_text(fields, "name"), "Hanako's stick");
	assert_string_equal(ask_text(fields, "user"), "hanako");
	assert_null(json_object_get(fields, "serial"));
	assert_null(json_object_get(fields, "seat"));
	json_decref(fields);
	expect(&taro, "2 ", &fields);
	assert_string_equal(ask_text(fields, "reason"), "pin-wrong");
	assert_null(json_object_get(fields, "credential"));
	assert_null(json_object_get(fields, "rhost"));
	json_decref(fields);
	expect(&service, "", NULL);
	expect(&root, "1 2 ", &fields);
	assert_string_equal(ask_text(fields, "rhost"), "192.0.2.7");
	assert_null(json_object_get(fields, "credential"));
	json_decref(fields);
}

/* Plugged in at the log-in screen, or before anybody knew who sat there. */
static void test_nobody_s(void **state)
{
	static const char *const seats[] = {"nobody", "unknown"};

	(void)state;
	for (uint64_t i = 0; i < 2; i++) {
		json_t *fields;

		note(EVENT_DEVICE_BLOCKED, i + 1, stick(seats[i], "", ""));
		expect(&taro, i == 0 ? "1 " : "1 2 ", &fields);
		assert_string_equal(ask_text(fields, "device"), "1-2");
		assert_null(json_object_get(fields, "name"));
		assert_null(json_object_get(fields, "user"));
		json_decref(fields);
	}
	expect(&service, "", NULL);
}

/* A name without a number, or the other way round, is nobody's. */
static void test_numbers_count(void **state)
{
	(void)state;
	note(EVENT_DEVICE_BLOCKED, 1, stick("person", "taro", "1000"));
	note(EVENT_DEVICE_BLOCKED, 2, stick("person", "hanako", ""));
	expect(&taro, "", NULL);
	expect(&hanako, "1 ", NULL);
}

static void test_a_flood_keeps_the_other_kind(void **state)
{
	(void)state;
	note(EVENT_LOGIN_REFUSED, 1, login("taro", "no-key"));
	for (uint64_t i = 2; i < 1000; i++)
		note(EVENT_DEVICE_BLOCKED, i, stick("person", "hanako", "1000"));
	expect(&taro, "1 ", NULL);
	note(EVENT_DEVICE_BLOCKED, 1000, stick("person", "taro", "1001"));
	expect(&taro, "1 1000 ", NULL);
}

/* What did not reach the disk is not told; appended once more, it has its new number. */
static void test_settle(void **state)
{
	(void)state;
	note_as(EVENT_DEVICE_BLOCKED, "a", 5, stick("person", "hanako", "1000"));
	note_as(EVENT_DEVICE_BLOCKED, "a", 7, stick("person", "hanako", "1000"));
	expect(&hanako, "7 ", NULL);
	assert_int_equal(refusals_settle(&refusals, 7), 7);
	note_as(EVENT_DEVICE_BLOCKED, "b", 8, stick("person", "hanako", "1000"));
	assert_int_equal(refusals_settle(&refusals, 7), 7);
	expect(&hanako, "7 ", NULL);
	note_as(EVENT_DEVICE_BLOCKED, "b", 9, stick("person", "hanako", "1000"));
	expect(&hanako, "7 9 ", NULL);
	assert_int_equal(refusals_settle(&refusals, 0), 0);
	expect(&hanako, "", NULL);
}

/* One line of the socket holds it, however much a device says of itself. */
static void test_it_fits_a_line(void **state)
{
	json_t *fields = stick("person", "hanako", "1000"), *told;
	char kanji[496] = "";

	(void)state;
	for (int i = 0; i < 165; i++)
		memcpy(kanji + strlen(kanji), "\xe9\x96\xa2", 4);
	json_object_set_new(fields, "name", json_string(kanji));
	json_object_set_new(fields, "manufacturer", json_string(kanji));
	json_object_set_new(fields, "rule", json_string(kanji));
	json_object_set_new(fields, "place", json_string(kanji));
	json_object_set_new(fields, "driver", json_string(kanji));
	json_object_set_new(fields, "interfaces", json_string(kanji));
	note(EVENT_DEVICE_BLOCKED, 1, fields);
	told = refusals_tell(&refusals, &hanako);
	assert_true(json_dumpb(json_array_get(told, 0), NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII) <
		    PROTOCOL_EVENT_MAX);
	json_decref(told);
}

static void make_text(json_t *fields, const char *kind, const char *code, struct refusal_text *text)
{
	json_t *refusal = json_pack("{s:i, s:s, s:s, s:s, s:o}", "event", 12, "kind", kind, "code",
				    code, "time", "2026-11-26T01:02:03.000004Z", "fields", fields);

	assert_int_equal(refusal_text_make(refusal, text), 0);
	json_decref(refusal);
	assert_int_equal(text->number, 12);
	assert_int_equal(strlen(text->when), strlen("2026-11-26 01:02:03"));
}

static void test_words(void **state)
{
	struct refusal_text text;
	json_t *fields = stick("person", "hanako", "1000");

	(void)state;
	make_text(fields, "device.blocked", "S-4302", &text);
	assert_string_equal(text.code, "S-4302");
	assert_string_equal(text.what, "The device at 1-2 may not be used: storage \"Hanako's "
				       "stick\" (0781:5581)");
	assert_non_null(strstr(text.why, "no rule fits"));
	assert_non_null(strstr(text.next, "Nothing is broken"));
	fields = json_pack("{s:s, s:s, s:s, s:s, s:s}", "device", "1-3", "interfaces",
			   "030101 080650", "opened", "030101", "refused", "080650", "reason",
			   "foreign-driver");
	make_text(fields, "device.blocked", "S-4302", &text);
	assert_string_equal(text.what, "A part of the device at 1-3 may not be used: storage");
	assert_non_null(strstr(text.next, "do not plug it in again"));
	make_text(json_pack("{s:s, s:s, s:s, s:s}", "device", "1-4", "reason", "charge", "rule",
			    "phones", "place", "devices.conf:3"),
		  "device.blocked", "S-4302", &text);
	assert_non_null(strstr(text.next, "to charge"));
	make_text(json_pack("{s:s, s:s}", "device", "1-5", "reason", "left"), "device.blocked",
		  "S-4302", &text);
	assert_string_equal(text.what, "The device at 1-5 may not be used: a device");
	assert_non_null(strstr(text.why, "gone before"));
	assert_non_null(strstr(text.next, "leave it in"));
	make_text(json_pack("{s:s, s:s}", "device", "mmc mmc0:aaaa", "reason", "bus-closed"),
		  "device.blocked", "S-4302", &text);
	assert_string_equal(text.what, "The device at mmc mmc0:aaaa may not be used: a device");
	/* Perhaps a disk in the machine. */
	assert_non_null(strstr(text.next, "touch nothing"));
	make_text(login("taro", "no-key"), "login.refused", "S-4002", &text);
	assert_string_equal(text.code, "S-2101");
	assert_string_equal(text.what, "The log-in of \"taro\" was refused (login).");
	assert_non_null(strstr(text.why, "No security key"));
	assert_string_equal(text.next, "");
	make_text(login("taro", "no-service"), "login.refused", "S-4002", &text);
	assert_string_equal(text.code, "S-1002");
	assert_non_null(strstr(text.next, "Try again"));
	make_text(login("taro", "of a later version"), "login.refused", "S-4002", &text);
	assert_string_equal(text.code, "S-4002");
	assert_string_equal(text.why, "of a later version");
}

/* No message leaves a place open for what is known at the log-in alone, nor its lines. */
static void test_each_failure(void **state)
{
	(void)state;
	for (int i = 1; i < FAILURE_COUNT; i++) {
		struct refusal_text text;

		make_text(login("taro", failure_rows[i].name), "login.refused", "S-4002", &text);
		if (strpbrk(text.why, "{\n"))
			fail_msg("%s: %s", failure_rows[i].name, text.why);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_his_own),  TEST(test_nobody_s),
		TEST(test_numbers_count), TEST(test_a_flood_keeps_the_other_kind),
		TEST(test_settle),	  TEST(test_it_fits_a_line),
		TEST(test_words),	  TEST(test_each_failure),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
