/* The event catalogue and the record message. */
#include "event.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

static void test_every_kind_has_a_row(void **state)
{
	(void)state;
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		enum event_kind kind;

		assert_non_null(event_rows[i].name);
		assert_non_null(event_rows[i].meaning);
		assert_in_range(event_rows[i].severity, EVENT_INFO, EVENT_CRITICAL);
		assert_int_equal(event_kind_from_name(event_rows[i].name, &kind), 0);
		assert_int_equal(kind, i);
	}
	enum event_kind kind;

	assert_int_equal(event_kind_from_name("login.maybe", &kind), -ENOENT);
}

/* L-09: what comes from outside is ASCII in the record, whatever it was. */
static void test_hostile_values(void **state)
{
	_cleanup_event_ struct event event;
	struct record_request record;

	(void)state;
	assert_int_equal(event_begin(&event, EVENT_DEVICE_BLOCKED), 0);
	event_set(&event, "serial", "A\"\n\x1b[2J\xff関");
	event_set(&event, "absent", NULL);
	event_set(&event, "empty", "");
	event_set_number(&event, "suppressed", 18446744073709551615u);
	assert_int_equal(event_to_record(&event, &record), 0);
	assert_string_equal(record.kind, "device.blocked");
	assert_string_equal(record.fields, "{\"serial\":\"A\\\"\\\\x0a\\\\x1b[2J\\\\xff\\u95A2\","
					   "\"suppressed\":\"18446744073709551615\"}");
	assert_int_equal(strlen(record.id), 36);
	assert_int_equal(record.id[14], '4');
}

static void test_too_large(void **state)
{
	_cleanup_event_ struct event event;
	struct record_request record;
	char value[EVENT_VALUE_MAX];

	(void)state;
	memset(value, 'v', sizeof(value));
	assert_int_equal(event_begin(&event, EVENT_DEVICE_BLOCKED), 0);
	for (const char *const *field = event_rows[EVENT_DEVICE_BLOCKED].fields; *field; field++)
		event_set_bytes(&event, *field, value, sizeof(value));
	assert_int_equal(event_to_record(&event, &record), -EMSGSIZE);
}

/* A message with every field at its largest still fits one packet. */
static void test_record_fits_a_packet(void **state)
{
	struct record_request record;
	struct record_request back;
	struct wire_packet packet;

	(void)state;
	memset(&record, 'x', sizeof(record));
	record.kind[sizeof(record.kind) - 1] = '\0';
	record.id[sizeof(record.id) - 1] = '\0';
	record.fields[sizeof(record.fields) - 1] = '\0';
	assert_int_equal(wire_encode(&record_request_layout, &record, &packet), 0);
	assert_int_equal(wire_decode(&record_request_layout, &packet, &back), 0);
	assert_string_equal(record.fields, back.fields);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_has_a_row),
		cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_record_fits_a_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
