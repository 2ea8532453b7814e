/* With which key whoever sits at the terminal logged in, by what came through the journal. */
#include "tree_fixture.h"

#include "agent/engine/logins.h"
#include "agent/engine/seat.h"

static struct logins logins;
static const struct seat hanako = {SEAT_PERSON, 1000, "hanako", "login", "tty2", ""};

static void note(enum event_kind kind, const char *id, const char *user, const char *service,
		 const char *tty, const char *credential)
{
	json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s}", "user", user, "service", service,
				   "tty", tty, "credential", credential, "label", "blue");

	logins_note(&logins, kind, id, fields);
	json_decref(fields);
}

static void open_login(const char *id)
{
	json_t *fields = json_pack("{s:s}", "login", id);

	logins_note(&logins, EVENT_LOGIN_OPENED, "another", fields);
	json_decref(fields);
}

static void expect_key(const struct seat *seat, const char *credential)
{
	_cleanup_event_ struct event event = {};
	const char *found;

	assert_int_equal(event_begin(&event, EVENT_DEVICE_BLOCKED), 0);
	logins_describe(&logins, seat, &event);
	found = json_string_value(json_object_get(event.fields, "credential"));
	if (!credential)
		assert_null(found);
	else
		assert_string_equal(found, credential);
}

static void test_key(void **state)
{
	struct seat graphical = {SEAT_PERSON, 1000, "hanako", "gdm-password", "", ""};

	(void)state;
	expect_key(&hanako, NULL);
	note(EVENT_LOGIN_GRANTED, "a", "hanako", "login", "/dev/tty2", "k1");
	expect_key(&hanako, NULL); /* the password is still to come */
	open_login("a");
	expect_key(&hanako, "k1");
	/* At another door, by another person, in a window: not how she came to sit here. */
	note(EVENT_LOGIN_GRANTED, "b", "hanako", "sudo", "/dev/pts/0", "k2");
	open_login("b");
	note(EVENT_LOGIN_GRANTED, "c", "taro", "login", "tty2", "k3");
	open_login("c");
	note(EVENT_LOGIN_GRANTED, "d", "hanako", "login", "tty3", "k4");
	open_login("d");
	expect_key(&hanako, "k1");
	expect_key(&graphical, NULL);
	note(EVENT_LOGIN_GRANTED, "e", "hanako", "gdm-password", "/dev/tty1", "k5");
	open_login("e");
	expect_key(&graphical, "k5");
	/* The one that opened the screen's lock counts from then on. */
	note(EVENT_LOGIN_GRANTED, "f", "hanako", "gdm-password", ":0", "k6");
	expect_key(&graphical, "k5");
	open_login("f");
	expect_key(&graphical, "k6");
	expect_key(&(struct seat){.state = SEAT_NOBODY}, NULL);
	logins_release(&logins);
}

/* whose key it was at an account that several share, and who took the session over since. */
static void expect_operator(const struct seat *seat, const char *who, const char *credential)
{
	_cleanup_event_ struct event event = {};
	const char *found;

	assert_int_equal(event_begin(&event, EVENT_DEVICE_BLOCKED), 0);
	logins_describe(&logins, seat, &event);
	found = json_string_value(json_object_get(event.fields, "operator"));
	assert_string_equal(found ? found : "", who);
	found = json_string_value(json_object_get(event.fields, "credential"));
	assert_string_equal(found ? found : "", credential);
}

static void note_operator(enum event_kind kind, const char *id, const char *service,
			  const char *tty, const char *who, const char *session)
{
	json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s}", "user", "madoguchi", "service",
				   service, "tty", tty, "operator", who, "credential", id);

	if (session)
		json_object_set_new(fields, "session", json_string(session));
	logins_note(&logins, kind, id, fields);
	json_decref(fields);
}

static void test_operator(void **state)
{
	static const struct seat first = {SEAT_PERSON, 1000, "madoguchi", "login", "tty2", "3"};
	static const struct seat second = {SEAT_PERSON, 1000, "madoguchi", "login", "tty3", "4"};
	static const struct seat other = {SEAT_PERSON, 1001, "koza", "login", "tty2", "3"};

	(void)state;
	note_operator(EVENT_LOGIN_GRANTED, "a", "login", "tty2", "taro", NULL);
	open_login("a");
	note_operator(EVENT_LOGIN_GRANTED, "b", "login", "tty3", "jiro", NULL);
	open_login("b");
	expect_operator(&first, "taro", "a");
	expect_operator(&second, "jiro", "b");
	/* In the order in which authd tells of it. */
	note_operator(EVENT_LOGIN_GRANTED, "c", "sekisho-operator", "tty2", "hanako", NULL);
	note_operator(EVENT_OPERATOR_CHANGED, "c", "sekisho-operator", "tty2", "hanako", "3");
	open_login("c");
	expect_operator(&first, "hanako", "c");
	expect_operator(&second, "jiro", "b");
	expect_operator(&other, "", "");
	note_operator(EVENT_OPERATOR_CHANGED, "d", "sekisho-operator", "pts/1", "taro", "3");
	expect_operator(&first, "taro", "d");
	/* A session of that name that began since, at the same door. */
	note_operator(EVENT_LOGIN_GRANTED, "e", "login", "tty2", "jiro", NULL);
	open_login("e");
	expect_operator(&first, "jiro", "e");
	logins_release(&logins);
}

/* Where a log-in needs no key any more, an earlier one's says nothing. */
static void test_no_key(void **state)
{
	(void)state;
	note(EVENT_LOGIN_GRANTED, "a", "hanako", "login", "tty2", "k1");
	open_login("a");
	note(EVENT_LOGIN_EXEMPT, "b", "hanako", "login", "tty2", "");
	expect_key(&hanako, "");
	note(EVENT_LOGIN_GRANTED, "c", "hanako", "login", "tty2", "k2");
	open_login("c");
	expect_key(&hanako, "k2");
	note(EVENT_DOOR_DISABLED, "d", "", "", "", "");
	expect_key(&hanako, NULL);
	for (int i = 0; i < 3 * LOGINS_MAX; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		note(EVENT_LOGIN_GRANTED, id, "hanako", "login", "tty2", id);
		open_login(id);
		expect_key(&hanako, id);
	}
	logins_release(&logins);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_operator),
		cmocka_unit_test(test_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
