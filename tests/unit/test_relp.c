/* RELP's frames and the state of a connection, against servers that do what they must not. L-03. */
#include "agent/forward/relp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void frames_are_written(void **state)
{
	char frame[64];

	(void)state;
	assert_int_equal(relp_format(7, "syslog", "abc", 3, frame, sizeof(frame)), 15);
	assert_memory_equal(frame, "7 syslog 3 abc\n", 15);
	assert_int_equal(relp_format(RELP_TXNR_MAX, "close", NULL, 0, frame, sizeof(frame)), 18);
	assert_memory_equal(frame, "999999999 close 0\n", 18);
	assert_int_equal(relp_format(7, "syslog", "abc", 3, frame, 15), 15);
	assert_int_equal(relp_format(7, "syslog", "abc", 3, frame, 14), 0);
	assert_int_equal(relp_format(7, "syslog", "abc", 3, frame, 5), 0);
}

static void frames_are_read(void **state)
{
	static const char good[] = "12 rsp 6 200 OK\n3 rsp 0\n4 rsp 0 \n0 serverclose 0\n";
	struct relp_frame frame;
	size_t used, at = 0;

	(void)state;
	/* Every part of it is only a beginning. */
	for (size_t length = 0; length < 16; length++)
		assert_int_equal(relp_parse(good, length, &frame, &used), 0);
	assert_int_equal(relp_parse(good, sizeof(good) - 1, &frame, &used), 1);
	assert_int_equal(frame.txnr, 12);
	assert_string_equal(frame.command, "rsp");
	assert_int_equal(frame.length, 6);
	assert_memory_equal(frame.data, "200 OK", 6);
	at += used;
	for (uint32_t txnr = 3; txnr <= 4; txnr++) {
		assert_int_equal(relp_parse(good + at, sizeof(good) - 1 - at, &frame, &used), 1);
		assert_int_equal(frame.txnr, txnr);
		assert_int_equal(frame.length, 0);
		at += used;
	}
	assert_int_equal(relp_parse(good + at, sizeof(good) - 1 - at, &frame, &used), 1);
	assert_string_equal(frame.command, "serverclose");
	assert_int_equal(at + used, sizeof(good) - 1);
}

static void bad_frames_are_refused(void **state)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{" rsp 0\n", -EBADMSG},
		{"x rsp 0\n", -EBADMSG},
		{"-1 rsp 0\n", -EBADMSG},
		{"1  rsp 0\n", -EBADMSG},
		{"1 rsp x\n", -EBADMSG},
		{"1 rsp 2 200\n", -EBADMSG},
		{"1 rsp 3 200x", -EBADMSG},
		{"1234567890 rsp 0\n", -EBADMSG},
		{"1 rsp 1234567890 x", -EBADMSG},
		{"1 r\0p 0\n", -EBADMSG},
		{"1 abcdefghijklmnopqrstuvwxyzabcdefghij 0\n", -EBADMSG},
		{"1 rsp 8193 x", -EMSGSIZE},
		{"1 rsp 999999999 x", -EMSGSIZE},
		{"HTTP/1.1 400 Bad Request\r\n", -EBADMSG},
	};
	struct relp_frame frame;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (relp_parse(bad[i].text, strlen(bad[i].text) + 1, &frame, &used) != bad[i].error)
			fail_msg("row %zu: %s", i, bad[i].text);
}

static int take(struct relp *relp, uint32_t txnr, const char *command, const char *data,
		enum relp_event *ret_event)
{
	struct relp_frame frame = {.txnr = txnr, .data = data, .length = strlen(data)};

	snprintf(frame.command, sizeof(frame.command), "%s", command);
	return relp_take(relp, &frame, ret_event);
}

#define OFFER "200 OK\nrelp_version=0\nrelp_software=librelp\ncommands=syslog"

static struct relp open_relp(void)
{
	enum relp_event event;
	struct relp relp;
	char frame[512];

	relp_begin(&relp);
	assert_int_equal(relp_message(&relp, "x", 1, frame, sizeof(frame)), 0);
	assert_true(relp_open(&relp, frame, sizeof(frame)) > 0);
	assert_int_equal(relp_open(&relp, frame, sizeof(frame)), 0);
	assert_int_equal(relp_message(&relp, "x", 1, frame, sizeof(frame)), 0);
	assert_int_equal(take(&relp, 1, "rsp", OFFER, &event), 0);
	assert_int_equal(event, RELP_OPENED);
	return relp;
}

static void answers_come_in_order(void **state)
{
	struct relp relp = open_relp();
	enum relp_event event;
	char frame[64];

	(void)state;
	for (int i = 0; i < RELP_WINDOW; i++)
		assert_true(relp_message(&relp, "x", 1, frame, sizeof(frame)) > 0);
	assert_int_equal(relp_message(&relp, "x", 1, frame, sizeof(frame)), 0);
	assert_int_equal(take(&relp, 2, "rsp", "200 OK", &event), 0);
	assert_int_equal(event, RELP_ACKNOWLEDGED);
	assert_int_equal(take(&relp, 4, "rsp", "200 OK", &event), -EPROTO);
	assert_int_equal(take(&relp, 2, "rsp", "200 OK", &event), -EPROTO);
	assert_int_equal(take(&relp, 3, "rsp", "500 no room", &event), 0);
	assert_int_equal(event, RELP_REFUSED);
	assert_int_equal(take(&relp, 4, "rsp", "", &event), 0);
	assert_int_equal(event, RELP_REFUSED);
	assert_int_equal(take(&relp, 5, "rsp", "2000", &event), 0);
	assert_int_equal(event, RELP_REFUSED);
	assert_true(relp_close(&relp, frame, sizeof(frame)) > 0);
	assert_int_equal(relp_message(&relp, "x", 1, frame, sizeof(frame)), 0);
	for (uint32_t txnr = 6; txnr < RELP_WINDOW + 2; txnr++) {
		assert_int_equal(take(&relp, txnr, "rsp", "200 OK", &event), 0);
		assert_int_equal(event, RELP_ACKNOWLEDGED);
	}
	assert_int_equal(take(&relp, RELP_WINDOW + 2, "rsp", "200 OK", &event), 0);
	assert_int_equal(event, RELP_ENDED);
	assert_int_equal(take(&relp, RELP_WINDOW + 3, "rsp", "200 OK", &event), -EPROTO);
}

static void nothing_that_was_not_asked_is_answered(void **state)
{
	struct relp relp = open_relp();
	enum relp_event event;
	char frame[512];

	(void)state;
	assert_int_equal(take(&relp, 2, "rsp", "200 OK", &event), -EPROTO);
	assert_int_equal(take(&relp, 1, "rsp", OFFER, &event), -EPROTO);
	assert_int_equal(take(&relp, 1, "syslog", "hello", &event), -EPROTO);
	assert_int_equal(take(&relp, 0, "serverclose", "", &event), 0);
	assert_int_equal(event, RELP_SERVER_CLOSES);
	assert_int_equal(relp_message(&relp, "x", 1, frame, sizeof(frame)), 0);
	relp_begin(&relp);
	assert_int_equal(take(&relp, 1, "rsp", OFFER, &event), -EPROTO);
	assert_true(relp_open(&relp, frame, sizeof(frame)) > 0);
	assert_int_equal(take(&relp, 2, "rsp", OFFER, &event), -EPROTO);
	assert_int_equal(take(&relp, 1, "rsp", "500 go away", &event), -EPROTO);
	assert_int_equal(take(&relp, 1, "rsp", "200 OK\ncommands=eventlog", &event), -EOPNOTSUPP);
	assert_int_equal(take(&relp, 1, "rsp", "200 OK", &event), -EOPNOTSUPP);
	assert_int_equal(take(&relp, 1, "rsp", OFFER, &event), 0);
}

static void numbers_begin_again_after_the_last(void **state)
{
	struct relp relp = open_relp();
	enum relp_event event;
	char frame[64];

	(void)state;
	relp.next = relp.oldest = RELP_TXNR_MAX - 1;
	for (int i = 0; i < 4; i++)
		assert_true(relp_message(&relp, "x", 1, frame, sizeof(frame)) > 0);
	assert_memory_equal(frame, "2 syslog 1 x\n", 13);
	assert_int_equal(take(&relp, RELP_TXNR_MAX - 1, "rsp", "200 OK", &event), 0);
	assert_int_equal(take(&relp, RELP_TXNR_MAX, "rsp", "200 OK", &event), 0);
	assert_int_equal(take(&relp, 0, "rsp", "200 OK", &event), -EPROTO);
	assert_int_equal(take(&relp, 1, "rsp", "200 OK", &event), 0);
	assert_int_equal(take(&relp, 2, "rsp", "200 OK", &event), 0);
	assert_int_equal(relp.under_way, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_written),
		cmocka_unit_test(frames_are_read),
		cmocka_unit_test(bad_frames_are_refused),
		cmocka_unit_test(answers_come_in_order),
		cmocka_unit_test(nothing_that_was_not_asked_is_answered),
		cmocka_unit_test(numbers_begin_again_after_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
