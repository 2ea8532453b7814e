/* Who sits at the terminal, by files as logind writes them. */
#include "tree_fixture.h"

#include "agent/engine/people.h"
#include "agent/engine/seat.h"

#include <stdlib.h>
#include <unistd.h>

#define SEAT0                                                                                      \
	"# This is private data. Do not parse.\nIS_SEAT0=1\nCAN_MULTI_SESSION=1\nCAN_TTY=1\n"      \
	"CAN_GRAPHICAL=0\n"
#define SESSION                                                                                    \
	"# This is private data. Do not parse.\nUID=1000\nUSER=hanako\nACTIVE=1\nIS_DISPLAY=1\n"   \
	"STATE=active\nREMOTE=0\nTYPE=tty\nORIGINAL_TYPE=tty\nCLASS=user\n"                        \
	"SCOPE=session-3.scope\nFIFO=/run/systemd/sessions/3.ref\nSEAT=seat0\nTTY=tty2\n"          \
	"SERVICE=login\nVTNR=2\nLEADER=612\n"

static char run[64];

static void put(const char *name, const char *text)
{
	tree_put(run, name, text, strlen(text));
}

static int set_up(void **state)
{
	(void)state;
	snprintf(run, sizeof(run), "/tmp/sekisho-seat-XXXXXX");
	assert_non_null(mkdtemp(run));
	put("seats/seat0", SEAT0 "ACTIVE=3\nACTIVE_UID=1000\nSESSIONS=3 1\nUIDS=1000\n");
	put("sessions/3", SESSION);
	put("users/1000", "# This is private data. Do not parse.\nNAME=hanako\nSTATE=active\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return tree_remove(run);
}

static void expect(enum seat_state state)
{
	struct seat seat;

	seat_read(run, &seat);
	assert_string_equal(seat_state_name(seat.state), seat_state_name(state));
	if (state != SEAT_PERSON)
		assert_string_equal(seat.user, "");
}

/* The session's file with one line exchanged. */
static void put_session(const char *old, const char *new)
{
	char text[1024];
	const char *at = strstr(SESSION, old);

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - SESSION), SESSION, new,
		 at + strlen(old));
	put("sessions/3", text);
}

static void test_person(void **state)
{
	char name[PROTOCOL_USER_MAX];
	struct seat seat;

	(void)state;
	seat_read(run, &seat);
	assert_int_equal(seat.state, SEAT_PERSON);
	assert_int_equal(seat.uid, 1000);
	assert_string_equal(seat.user, "hanako");
	assert_string_equal(seat.service, "login");
	assert_string_equal(seat.tty, "tty2");
	put_session("TYPE=tty", "TYPE=wayland");
	seat_read(run, &seat);
	assert_string_equal(seat.tty, "");
	assert_int_equal(seat_user_name(run, 1000, name), 0);
	assert_string_equal(name, "hanako");
	assert_true(seat_user_name(run, 1001, name) < 0);
	put("users/1000", "STATE=active\n");
	assert_true(seat_user_name(run, 1000, name) < 0);
}

static void test_nobody(void **state)
{
	(void)state;
	put_session("CLASS=user", "CLASS=greeter");
	expect(SEAT_NOBODY);
	put_session("STATE=active", "STATE=closing");
	expect(SEAT_NOBODY);
	put("seats/seat0", SEAT0);
	expect(SEAT_NOBODY);
	/* Written and not yet renamed. */
	put("seats/.#seat1abcdef", SEAT0);
	expect(SEAT_NOBODY);
}

/* What is not plain is not guessed. */
static void test_unknown(void **state)
{
	static const struct {
		const char *old, *new;
	} strange[] = {
		{"SEAT=seat0", "SEAT=seat1"},	{"SEAT=seat0\n", ""},
		{"ACTIVE=1\n", "ACTIVE=0\n"},	{"CLASS=user", "CLASS=background"},
		{"CLASS=user\n", ""},		{"UID=1000", "UID=1001"},
		{"UID=1000", "UID=-1"},		{"UID=1000", "UID=4294967295"},
		{"USER=hanako", "USER="},	{"USER=hanako\n", ""},
		{"USER=hanako", "USER=\"taro"}, {"USER=hanako", "USER=hanako\nUSER=taro"},
		{"REMOTE=0", "REMOTE=1"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
		put_session(strange[i].old, strange[i].new);
		expect(SEAT_UNKNOWN);
	}
	put("sessions/3", SESSION);
	put("seats/seat0", SEAT0 "ACTIVE=3\n");
	expect(SEAT_UNKNOWN);
	put("seats/seat0", SEAT0 "ACTIVE=../users/1000\nACTIVE_UID=1000\n");
	expect(SEAT_UNKNOWN);
	put("seats/seat0", SEAT0 "ACTIVE=4\nACTIVE_UID=1000\n");
	expect(SEAT_UNKNOWN);
	put("seats/seat0", "");
	expect(SEAT_UNKNOWN);
	put("seats/seat0", SEAT0);
	put("seats/seat1", "");
	expect(SEAT_UNKNOWN);
	snprintf(run + strlen(run), 8, "/none");
	expect(SEAT_UNKNOWN);
	run[strlen(run) - strlen("/none")] = '\0';
}

static void expect_described(const struct people *people, enum event_kind kind,
			     const char *expected)
{
	_cleanup_event_ struct event event = {};
	char *fields;

	assert_int_equal(event_begin(&event, kind), 0);
	people_describe(people, &event);
	assert_null(event_stray_field(kind, event.fields));
	fields = json_dumps(event.fields, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(fields, expected);
	free(fields);
}

/* Whoever sits there now need not be who plugged it in. */
static void expect_unknown_earlier(const struct people *people)
{
	_cleanup_event_ struct event event = {};

	assert_int_equal(event_begin(&event, EVENT_DEVICE_BLOCKED), 0);
	event_set(&event, "when", "reload");
	people_describe(people, &event);
	assert_string_equal(json_string_value(json_object_get(event.fields, "seat")), "unknown");
	assert_null(json_object_get(event.fields, "user"));
}

/* A disk that stays has no other event; a fault that is about no device is nobody's. */
static void expect_faults(const struct people *people)
{
	_cleanup_event_ struct event event = {};

	assert_int_equal(event_begin(&event, EVENT_ENGINE_FAULT), 0);
	event_set(&event, "fault", "disk-not-closed");
	event_set(&event, "reason", "not-in-inventory");
	people_describe(people, &event);
	assert_null(event_stray_field(EVENT_ENGINE_FAULT, event.fields));
	assert_string_equal(json_string_value(json_object_get(event.fields, "user")), "hanako");
	expect_described(people, EVENT_ENGINE_FAULT, "{}");
}

/* An attempt that was kept while nobody listened: what is said of it is not said anew. */
static void expect_kept(const struct people *people)
{
	_cleanup_event_ struct event event = {};

	assert_int_equal(event_begin(&event, EVENT_ATTEMPT_REFUSED), 0);
	event_set(&event, "seat", "unknown");
	people_describe(people, &event);
	assert_null(json_object_get(event.fields, "user"));
}

/* What the engine tells with a judgement. */
static void test_described(void **state)
{
	struct people people = {.run = run};
	json_t *granted =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "user", "hanako", "service", "login", "tty",
			  "/dev/tty2", "credential", "0123", "label", "blue\\x1b");
	json_t *opened = json_pack("{s:s}", "login", "a");
	struct record_request request = {.id = "a"};

	(void)state;
	people_appended(&people, EVENT_LOGIN_GRANTED, &request, granted, 1);
	people_appended(&people, EVENT_LOGIN_OPENED, &request, opened, 2);
	for (int i = 0; i < 2; i++)
		expect_described(&people, i ? EVENT_DEVICE_BLOCKED : EVENT_DEVICE_ALLOWED,
				 "{\"credential\":\"0123\",\"label\":\"blue\\\\x1b\","
				 "\"seat\":\"person\",\"uid\":\"1000\",\"user\":\"hanako\"}");
	expect_described(&people, EVENT_DEVICE_GONE, "{}");
	expect_unknown_earlier(&people);
	expect_faults(&people);
	expect_kept(&people);
	put("seats/seat0", SEAT0);
	expect_described(&people, EVENT_DEVICE_BLOCKED, "{\"seat\":\"nobody\"}");
	people.run = "/nowhere";
	expect_described(&people, EVENT_DEVICE_BLOCKED, "{\"seat\":\"unknown\"}");
	people_release(&people);
	json_decref(granted);
	json_decref(opened);
}

static size_t codes_for(struct people *people, uid_t uid)
{
	struct control_question question = {"challenges", "", uid};
	int error = -1;
	json_t *list = people_answer(people, &question, &error);
	size_t count = json_array_size(list);

	assert_int_equal(error, 0);
	if (count > 0)
		assert_string_equal(
			json_string_value(json_object_get(json_array_get(list, 0), "code")),
			"012345");
	json_decref(list);
	return count;
}

/* The code of a new keyboard is for root and whoever sits here, while it counts. */
static void test_codes(void **state)
{
	struct challenges challenges = {
		.list = {[1] = {.inode = 7, .device = "1-2", .code = "012345"}}};
	struct people people = {.run = run};

	(void)state;
	assert_int_equal(codes_for(&people, 0), 0);
	people.challenges = &challenges;
	assert_int_equal(codes_for(&people, 0), 0);
	challenges.list[1].until = INT64_MAX / 2;
	assert_int_equal(codes_for(&people, 0), 1);
	assert_int_equal(codes_for(&people, 1000), 1);
	assert_int_equal(codes_for(&people, 1001), 0);
	put("seats/seat0", SEAT0);
	assert_int_equal(codes_for(&people, 0), 1);
	assert_int_equal(codes_for(&people, 1000), 0);
	people.run = "/nowhere";
	assert_int_equal(codes_for(&people, 1000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_person, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_described, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_codes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
