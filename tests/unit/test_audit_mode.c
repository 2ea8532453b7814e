/* Audit mode: what the rules block is let in and told, and nothing else changes. */
#include "gate_fixture.h"

#include "agent/engine/engine.h"

#define INPUT "[Device input]\nMatchInterface=03:*:* 09:*:*\nAccess=allow\n"
#define AUDIT "[Policy]\nMode=audit\n"

static int read_rules(const struct fixture *fixture, const char *text, struct rules *ret_rules)
{
	char path[128];
	struct config_error error;

	put_text(fixture, ".", "rules.conf", text);
	snprintf(path, sizeof(path), "%s/rules.conf", fixture->root);
	return rules_load(path, getuid(), ret_rules, &error);
}

/* As a reload does it. */
static void change_rules(struct fixture *fixture, const char *text)
{
	struct rules rules;

	assert_int_equal(read_rules(fixture, text, &rules), 0);
	gate_judge_again(&fixture->gate, &rules);
	rules_free(&fixture->rules);
	fixture->rules = rules;
	fixture->gate.rules = &fixture->rules;
	settle(fixture);
}

/* Nothing but the whole word takes the locks off. */
static void only_the_word_counts(void **state)
{
	static const struct {
		const char *text;
		bool right, audit;
	} texts[] = {
		{INPUT, true, false},
		{AUDIT INPUT, true, true},
		{INPUT AUDIT, true, true},
		{"[Policy]\nMode=enforce\n" INPUT, true, false},
		{"[Policy]\n" INPUT, true, false},
		{"[Policy]\nMode=Audit\n" INPUT, false, false},
		{"[Policy]\nMode=audit enforce\n" INPUT, false, false},
		{"[Policy]\nMode=\n" INPUT, false, false},
		{"[Policy]\nmode=audit\n" INPUT, false, false},
		{"[policy]\nMode=audit\n" INPUT, false, false},
		{"[Policy x]\nMode=audit\n" INPUT, false, false},
		{"[Policy]\nMode=audit\nMode=audit\n" INPUT, false, false},
		{"[Policy]\nMode=audit\nMatchVendor=046d\n", false, false},
		{AUDIT INPUT AUDIT, false, false},
		{AUDIT INPUT "[Policy]\nMode=enforce\n", false, false},
		{INPUT "Mode=audit\n", false, false},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rules rules = {};

		if ((read_rules(fixture, texts[i].text, &rules) == 0) != texts[i].right ||
		    rules.audit != texts[i].audit)
			fail_msg("%s", texts[i].text);
		rules_free(&rules);
	}
}

static void what_is_blocked_is_let_in_and_told(void **state)
{
	struct fixture *fixture = *state;

	change_rules(fixture, AUDIT INPUT);
	begin(fixture);
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-2");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-2:1.0/authorized", "1");
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.audited 1-2 080000 - -");
	/* What the rules allow is told as ever; of a part of a device, both. */
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	assert_string_equal(fixture->told[1], "device.allowed 1-3 030000 - -");
	put_device(fixture, "1-4", "0\n", 2, (const uint8_t[]){3, 8});
	happen(fixture, UEVENT_ADD, "1-4");
	settle(fixture);
	assert_int_equal(fixture->n_told, 4);
	assert_string_equal(fixture->told[2], "device.audited 1-4 030000 080000 - -");
	assert_string_equal(fixture->told[3], "device.allowed 1-4 030000 080000 - -");
	assert_string_equal(fixture->gate.list[2]->audited, "080000");
	/* Told once. */
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	assert_int_equal(fixture->n_told, 4);
	/* And closed as soon as the rules are enforced. */
	change_rules(fixture, INPUT);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-4:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-4:1.1/authorized", "0");
	assert_string_equal(fixture->told[4], "device.blocked 1-2 - - -");
	assert_string_equal(fixture->told[5], "device.allowed 1-4 030000 080000 -");
	assert_string_equal(fixture->told[6], "device.blocked 1-4 030000 080000 -");
	assert_int_equal(fixture->n_told, 7);
	/* And let in again. */
	change_rules(fixture, AUDIT INPUT);
	expect_text(fixture, "bus/usb/devices/1-2:1.0/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-4:1.1/authorized", "1");
}

/* What can't be judged, and what a driver took that is not of its class. */
static void some_stay_closed(void **state)
{
	struct fixture *fixture = *state;
	struct uevent bound = {.action = UEVENT_BIND, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};

	change_rules(fixture, AUDIT INPUT);
	begin(fixture);
	put_device(fixture, "1-2", "0\n", 1, (const uint8_t[]){8});
	put_text(fixture, "bus/usb/devices/1-2", "descriptors", "nonsense");
	happen(fixture, UEVENT_ADD, "1-2");
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "1");
	be_driven(fixture, "1-3:1.0", "usb-storage");
	announce(fixture, &bound);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	assert_string_equal(fixture->told[fixture->n_told - 1], "device.blocked 1-3 - - -");
}

/* An interface that could not be closed is no reason to speak of audit mode. */
static void while_enforced_nothing_is_audited(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	fixture->fail_verb = PRIV_INTERFACE_CLOSE;
	fixture->fail_error = -EIO;
	put_device(fixture, "1-4", "1\n", 2, (const uint8_t[]){3, 8});
	put_text(fixture, "bus/usb/devices/1-4:1.1", "authorized", "1\n");
	happen(fixture, UEVENT_ADD, "1-4");
	settle(fixture);
	for (size_t i = 0; i < fixture->n_told; i++)
		assert_null(strstr(fixture->told[i], "audited"));
	assert_string_equal(fixture->gate.list[0]->audited, "");
}

static bool was_put(const struct engine *engine, const char *kind)
{
	for (size_t i = 0; i < engine->outbox.count; i++)
		if (strcmp(engine->outbox.waiting[i]->kind, kind) == 0)
			return true;
	return false;
}

/* Whoever can't read what is wanted enforces what was wanted last. */
static void a_mistake_enforces(void **state)
{
	static struct engine engine;
	struct fixture *fixture = *state;
	char path[128];

	/* The rules have to be root's. */
	assert_int_equal(getuid(), 0);
	snprintf(path, sizeof(path), "%s/rules.conf", fixture->root);
	engine.places.rules = path;
	engine.gate = fixture->gate;
	put_text(fixture, ".", "rules.conf", AUDIT INPUT);
	engine_read_rules(&engine);
	assert_true(engine.rules.audit);
	assert_true(was_put(&engine, "policy.loaded"));
	assert_true(was_put(&engine, "policy.audit"));
	put_text(fixture, ".", "rules.conf", AUDIT "nonsense\n");
	engine_read_rules(&engine);
	assert_false(engine.rules.audit);
	assert_false(engine.gate.rules->audit);
	assert_int_equal(engine.rules.n_list, 1);
	assert_true(was_put(&engine, "policy.rejected"));
	assert_true(engine.rules_error[0] != '\0');
	outbox_release(&engine.outbox);
	rules_free(&engine.rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_the_word_counts), TEST(what_is_blocked_is_let_in_and_told),
		TEST(some_stay_closed),	    TEST(while_enforced_nothing_is_audited),
		TEST(a_mistake_enforces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
