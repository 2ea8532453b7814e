/* Events as ECS and OCSF: what the schemas require is there, and nothing is left out. */
#include "render_fixture.h"

#include <errno.h>

/* What OCSF 1.8.0 requires, by the files of ocsf/ocsf-schema. */
static const struct {
	unsigned int class_uid; /* 0: every class */
	const char *path;
} required[] = {
	/* events/base_event.json, objects/metadata.json */
	{0, "activity_id"},
	{0, "category_uid"},
	{0, "class_uid"},
	{0, "metadata.product.name"},
	{0, "metadata.version"},
	{0, "severity_id"},
	{0, "time"},
	{0, "type_uid"},
	/* objects/device.json: it is in every event by profiles/host.json, or by the class */
	{0, "device.type_id"},
	{0, "device.uid"},
	/* events/system/event_log_activity.json: at least one of log_name, ... */
	{1008, "log_name"},
	/* events/system/system.json, objects/actor.json: at least one of app_name, ... */
	{1010, "actor.app_name"},
	/* events/system/peripheral_activity.json, objects/peripheral_device.json */
	{1010, "peripheral_device.name"},
	/* events/findings/finding.json, objects/finding_info.json */
	{2004, "finding_info.uid"},
	{2004, "finding_info.title"},
	/* events/iam/account_change.json, objects/user.json: at least one of name, ... */
	{3001, "user.name"},
	/* events/iam/authentication.json: ... and at least one of service, dst_endpoint */
	{3002, "user.name"},
	{3002, "service.name"},
	/* events/application/application_lifecycle.json, objects/product.json */
	{6002, "app.name"},
};

static void assert_ocsf(json_t *object, const struct event_row *row)
{
	for (size_t i = 0; i < sizeof(required) / sizeof(*required); i++)
		if ((required[i].class_uid == 0 || required[i].class_uid == row->class_uid) &&
		    !fixture_at(object, required[i].path))
			fail_msg("%s: %s is not there", row->name, required[i].path);
	fixture_assert_number(object, "class_uid", row->class_uid);
	fixture_assert_number(object, "category_uid", row->class_uid / 1000);
	fixture_assert_number(object, "type_uid", row->class_uid * 100 + row->activity_id);
	fixture_assert_number(object, "time", FIXTURE_TIME / 1000);
	fixture_assert_number(object, "severity_id", row->severity);
	fixture_assert_text(object, "metadata.version", "1.8.0");
	fixture_assert_text(object, "metadata.uid", "b4ce9440-823b-4045-b901-5bee7fff9cdf");
	fixture_assert_number(object, "metadata.sequence", 42);
	fixture_assert_text(object, "message", row->meaning);
	/* objects/file.json, objects/auth_factor.json */
	if (fixture_at(object, "file"))
		fixture_assert_number(object, "file.type_id", 1);
	if (fixture_at(object, "auth_factors"))
		assert_true(json_is_integer(fixture_at(object, "auth_factors.factor_type_id")));
	/* 99 has to be named. */
	if (row->activity_id == 99)
		fixture_assert_text(object, "activity_name", row->name);
}

static void assert_all_told(json_t *object, const struct event_row *row)
{
	char *text = json_dumps(object, 0);

	for (const char *const *field = row->fields; *field; field++) {
		char value[64];

		snprintf(value, sizeof(value), "\"~%s~\"", *field);
		if (!strstr(text, value))
			fail_msg("%s: %s is left out", row->name, *field);
	}
	free(text);
}

static void test_ocsf_of_each_kind(void **state)
{
	(void)state;
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		const struct event_row *row = &event_rows[i];
		json_t *object = fixture_object(&fixture_origin, RENDER_OCSF, row->name,
						fixture_fields(row));

		assert_ocsf(object, row);
		assert_all_told(object, row);
		fixture_assert_text(object, "device.uid", FIXTURE_HOST);
		fixture_assert_text(object, "unmapped.kind", row->name);
		json_decref(object);
		/* What is required is there too where nothing is known. */
		object = fixture_object(&fixture_nowhere, RENDER_OCSF, row->name, json_object());
		assert_ocsf(object, row);
		json_decref(object);
	}
}

static void test_ocsf_of_a_login(void **state)
{
	json_t *object =
		fixture_object(&fixture_origin, RENDER_OCSF, "login.refused",
			       json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "user", "hanako",
					 "service", "sshd", "rhost", "2001:db8::7", "reason",
					 "pin-wrong", "credential", "99aa", "ms", "812"));

	(void)state;
	fixture_assert_text(object, "user.name", "hanako");
	fixture_assert_text(object, "user.credential_uid", "99aa");
	fixture_assert_text(object, "service.name", "sshd");
	fixture_assert_text(object, "src_endpoint.ip", "2001:db8::7");
	fixture_assert_text(object, "status_detail", "pin-wrong");
	fixture_assert_number(object, "status_id", 2);
	fixture_assert_number(object, "auth_factors.factor_type_id", 10);
	fixture_assert_text(object, "unmapped.ms", "812");
	assert_true(json_is_true(fixture_at(object, "is_mfa")));
	assert_true(json_is_true(fixture_at(object, "is_remote")));
	json_decref(object);
	object = fixture_object(&fixture_origin, RENDER_OCSF, "login.exempt",
				json_pack("{s:s}", "user", "rescue"));
	assert_true(json_is_false(fixture_at(object, "is_mfa")));
	assert_true(json_is_false(fixture_at(object, "is_remote")));
	json_decref(object);
}

static void test_ocsf_of_a_device(void **state)
{
	json_t *object = fixture_object(
		&fixture_origin, RENDER_OCSF, "device.blocked",
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "device", "1-2", "vendor", "0781",
			  "product", "5567", "reason", "no-rule", "error",
			  "Operation not permitted", "user", "hanako", "uid", "1000"));

	(void)state;
	fixture_assert_text(object, "peripheral_device.name", "1-2");
	fixture_assert_text(object, "peripheral_device.vendor_id_list", "0781");
	fixture_assert_text(object, "status_detail", "no-rule");
	fixture_assert_text(object, "unmapped.error", "Operation not permitted");
	fixture_assert_text(object, "actor.user.name", "hanako");
	fixture_assert_text(object, "actor.user.uid", "1000");
	fixture_assert_number(object, "status_id", 2);
	fixture_assert_number(object, "action_id", 2);
	fixture_assert_number(object, "disposition_id", 2);
	json_decref(object);
}

/* The values that the reference allows for event.category, with the types that it expects. */
static const struct {
	const char *category, *types;
} allowed[] = {
	{"authentication", " start end info "},
	{"configuration", " access change creation deletion info "},
	{"host", " access change end info start "},
	{"iam", " admin change creation deletion group info user "},
	{"intrusion_detection", " allowed denied info "},
	{"process", " access change end info start "},
};

static void assert_category(json_t *object, const struct event_row *row)
{
	const char *category = json_string_value(fixture_at(object, "event.category"));
	json_t *types = json_object_get(json_object_get(object, "event"), "type");

	assert_non_null(category);
	assert_true(json_array_size(types) > 0);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
		if (strcmp(allowed[i].category, category) != 0)
			continue;
		for (size_t j = 0; j < json_array_size(types); j++) {
			char word[32];

			snprintf(word, sizeof(word), " %s ",
				 json_string_value(json_array_get(types, j)));
			if (!strstr(allowed[i].types, word))
				fail_msg("%s: %s is no type of %s", row->name, word, category);
		}
		return;
	}
	fail_msg("%s: no category %s", row->name, category);
}

static void test_ecs_of_each_kind(void **state)
{
	(void)state;
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		const struct event_row *row = &event_rows[i];
		json_t *object =
			fixture_object(&fixture_origin, RENDER_ECS, row->name, fixture_fields(row));
		char code[16];

		snprintf(code, sizeof(code), "S-%u", row->number);
		assert_all_told(object, row);
		assert_category(object, row);
		fixture_assert_text(object, "@timestamp", "2026-11-23T12:28:15.123456Z");
		fixture_assert_text(object, "ecs.version", "8.17.0");
		fixture_assert_text(object, "event.code", code);
		fixture_assert_text(object, "event.action", row->name);
		fixture_assert_number(object, "event.severity", row->severity);
		fixture_assert_number(object, "event.sequence", 42);
		fixture_assert_text(object, "host.id", FIXTURE_HOST);
		fixture_assert_text(object, "host.name", "tanmatsu-7");
		assert_int_equal(json_string_length(fixture_at(object, "event.hash")), 64);
		json_decref(object);
	}
}

static void test_ecs_names(void **state)
{
	json_t *object = fixture_object(
		&fixture_nowhere, RENDER_ECS, "login.refused",
		json_pack("{s:s, s:s, s:s}", "user", "hanako", "rhost", "mado-3", "tty", "tty3"));

	(void)state;
	fixture_assert_text(object, "user.name", "hanako");
	fixture_assert_text(object, "source.domain", "mado-3");
	fixture_assert_text(object, "event.outcome", "failure");
	fixture_assert_text(object, "labels.tty", "tty3");
	assert_null(fixture_at(object, "host"));
	json_decref(object);
	object = fixture_object(&fixture_origin, RENDER_ECS, "device.allowed",
				json_pack("{s:s, s:s}", "vendor", "0781", "product", "5567"));
	fixture_assert_text(object, "device.model.identifier", "0781:5567");
	json_decref(object);
	object = fixture_object(&fixture_origin, RENDER_ECS, "key.suspect", json_object());
	fixture_assert_text(object, "event.kind", "alert");
	json_decref(object);
}

/* Values are passed on as they are, whatever somebody called a device. */
static void test_hostile_values(void **state)
{
	static const char hostile[] =
		"a|b=c\\x1b[2J\\\"', \"event\":1} \n\033[0m\u202e関所\U0001f511";

	(void)state;
	for (int format = RENDER_ECS; format <= RENDER_OCSF; format++) {
		json_t *object =
			fixture_object(&fixture_origin, (enum render_format)format,
				       "device.blocked", json_pack("{s:s}", "serial", hostile));

		fixture_assert_text(object,
				    format == RENDER_ECS ? "labels.serial"
							 : "peripheral_device.serial_number",
				    hostile);
		json_decref(object);
	}
}

/* Ours can't be written over by a field of the same name. */
static void test_names_of_ours(void **state)
{
	json_t *object = fixture_object(&fixture_origin, RENDER_OCSF, "engine.start",
					json_pack("{s:s, s:s, s:s}", "kind", "login.granted",
						  "epoch", "x", "record_hash", "y"));

	(void)state;
	fixture_assert_text(object, "unmapped.kind", "engine.start");
	fixture_assert_text(object, "unmapped.epoch", FIXTURE_EPOCH);
	assert_int_equal(json_string_length(fixture_at(object, "unmapped.record_hash")), 64);
	json_decref(object);
}

/* An agent that is newer than the program which shows it. */
static void test_unknown_kind(void **state)
{
	json_t *object = fixture_object(&fixture_origin, RENDER_OCSF, "door.bell",
					json_pack("{s:s}", "user", "taro"));

	(void)state;
	fixture_assert_number(object, "class_uid", 0);
	fixture_assert_number(object, "type_uid", 99);
	fixture_assert_text(object, "activity_name", "door.bell");
	fixture_assert_text(object, "unmapped.user", "taro");
	json_decref(object);
	object = fixture_object(&fixture_origin, RENDER_ECS, "door.bell",
				json_pack("{s:s}", "user", "taro"));
	fixture_assert_text(object, "event.action", "door.bell");
	fixture_assert_text(object, "event.kind", "event");
	assert_null(fixture_at(object, "event.code"));
	json_decref(object);
}

static void test_no_event(void **state)
{
	const struct journal_span line = {"nonsense", 8};
	enum render_format format;
	char *text = NULL;

	(void)state;
	assert_int_equal(render_line(RENDER_ECS, &line, &fixture_origin, &text), -EBADMSG);
	assert_null(text);
	assert_int_equal(render_format_from_name("ocsf", &format), 0);
	assert_int_equal(format, RENDER_OCSF);
	assert_int_equal(render_format_from_name("OCSF", &format), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ocsf_of_each_kind), cmocka_unit_test(test_ocsf_of_a_login),
		cmocka_unit_test(test_ocsf_of_a_device),  cmocka_unit_test(test_ecs_of_each_kind),
		cmocka_unit_test(test_ecs_names),	  cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_names_of_ours),	  cmocka_unit_test(test_unknown_kind),
		cmocka_unit_test(test_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
