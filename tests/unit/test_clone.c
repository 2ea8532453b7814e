/* Devices with the same serial number, and what else is read of a device before it is judged. */
#include "gate_fixture.h"

static const struct {
	const char *text;
	bool clone;
	enum access access;
	enum judge_reason reason;
} clones[] = {
	{"MatchSerial=S1\nAccess=allow\n", false, ACCESS_ALLOW, JUDGE_BY_RULE},
	{"MatchSerial=S1\nAccess=allow\n", true, ACCESS_BLOCK, JUDGE_CLONE},
	{"MatchSerial=S1\nAccess=block\n", true, ACCESS_BLOCK, JUDGE_BY_RULE},
	{"MatchSerial=S1\nAccess=charge\n", true, ACCESS_BLOCK, JUDGE_CHARGE},
	/* What lets it in is that it is a keyboard. */
	{"MatchInterface=03:*:*\nAccess=allow\n", true, ACCESS_ALLOW, JUDGE_BY_RULE},
	{"MatchInterface=03:*:*\nAccess=charge\n", false, ACCESS_BLOCK, JUDGE_CHARGE},
	{"MatchInterface=03:*:*\nAccess=challenge\n", false, ACCESS_BLOCK, JUDGE_CHALLENGE},
	/* A code does not make it the one that is meant. */
	{"MatchInterface=03:*:*\nMatchSerial=S1\nAccess=challenge\n", true, ACCESS_BLOCK,
	 JUDGE_CLONE},
};

static void clones_and_charging(void **state)
{
	struct fixture *fixture = *state;
	static const struct usb_class keyboard = {3, 1, 1};
	struct device_facts facts = {.serial = "S1", .descriptors.n_interfaces = 1};

	for (size_t i = 0; i < sizeof(clones) / sizeof(clones[0]); i++) {
		struct judgement judgement;
		const struct rule *rule;
		char text[128];

		snprintf(text, sizeof(text), "[Device a]\n%s", clones[i].text);
		load_rules(fixture, text);
		facts.descriptors.interfaces[0].class = keyboard;
		facts.clone = clones[i].clone;
		judge(&fixture->rules, &facts, &judgement);
		assert_int_equal(judgement.access, clones[i].access);
		assert_int_equal(judgement.reason, clones[i].reason);
		assert_ptr_equal(judgement.rule, fixture->rules.list);
		assert_int_equal(judge_interface(&fixture->rules, &facts, &keyboard, &rule),
				 clones[i].access);
	}
}

/* What is told of the whole device is that it passes for another, whatever else it shows first. */
static void it_is_the_clone_that_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct device_facts facts = {.serial = "S1", .clone = true, .descriptors.n_interfaces = 2};
	struct judgement judgement;

	load_rules(fixture, "[Device a]\nMatchInterface=03:*:*\nMatchSerial=S1\nAccess=allow\n");
	facts.descriptors.interfaces[0].class = (struct usb_class){9, 0, 0};
	facts.descriptors.interfaces[1].class = (struct usb_class){3, 1, 1};
	judge(&fixture->rules, &facts, &judgement);
	assert_int_equal(judgement.access, ACCESS_BLOCK);
	assert_int_equal(judgement.reason, JUDGE_CLONE);
	facts.clone = false;
	judge(&fixture->rules, &facts, &judgement);
	assert_int_equal(judgement.access, ACCESS_ALLOW);
}

static const struct device *find(const struct fixture *fixture, const char *name)
{
	for (size_t i = 0; i < fixture->gate.n_list; i++)
		if (strcmp(fixture->gate.list[i]->facts.name, name) == 0)
			return fixture->gate.list[i];
	fail_msg("%s is not there", name);
	return NULL;
}

static void come(struct fixture *fixture, const char *name)
{
	put_device(fixture, name, "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, name);
	settle(fixture);
}

static void leave(struct fixture *fixture, const char *name)
{
	char link[128];

	remove_device(fixture, name);
	snprintf(link, sizeof(link), "%s/bus/usb/devices/%s:1.0", fixture->root, name);
	assert_int_equal(unlink(link), 0);
	happen(fixture, UEVENT_REMOVE, name);
}

/* Where the serial number is what lets a device in, the second one with it stays out. */
static void the_second_of_two_is_blocked(void **state)
{
	struct fixture *fixture = *state;

	load_rules(fixture, "[Device one]\nMatchSerial=S1\nAccess=allow\n");
	begin(fixture);
	come(fixture, "1-1");
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
	come(fixture, "1-2");
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	assert_string_equal(judge_reason_name(find(fixture, "1-2")->judgement.reason), "clone");
	assert_string_equal(fixture->told[fixture->n_told - 1], "device.blocked 1-2 - - -");
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
	/* The other one leaves: it is still the one that came second. */
	leave(fixture, "1-1");
	happen(fixture, UEVENT_CHANGE, "1-2");
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
	/* Until it is plugged in again. */
	leave(fixture, "1-2");
	come(fixture, "1-2");
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "1");
}

/* A copy that is refused doesn't keep out what it copies, when that is plugged in again. */
static void a_copy_keeps_nobody_out(void **state)
{
	struct fixture *fixture = *state;

	load_rules(fixture, "[Device one]\nMatchSerial=S1\nAccess=allow\n");
	begin(fixture);
	come(fixture, "1-1");
	come(fixture, "1-2");
	leave(fixture, "1-1");
	come(fixture, "1-1");
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
}

/* What came second and was let in goes on when the first has left and a rule names its number. */
static void what_works_is_no_clone_for_ever(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	come(fixture, "1-1");
	come(fixture, "1-2");
	assert_true(find(fixture, "1-2")->facts.clone);
	leave(fixture, "1-1");
	load_rules(fixture, "[Device one]\nMatchSerial=S1\nAccess=allow\n");
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "1");
	assert_false(find(fixture, "1-2")->facts.clone);
}

/* The first left for a moment and stands behind the one that passes for it now: still one alone is
 * what a rule that names the number means. */
static void one_of_two_is_meant(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	come(fixture, "1-1");
	come(fixture, "1-2");
	leave(fixture, "1-1");
	come(fixture, "1-1");
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "1");
	load_rules(fixture, "[Device one]\nMatchSerial=S1\nAccess=allow\n");
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-1/authorized", "1");
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "0");
}

/* Many mice have the same serial number, or none; a rule that means mice means them all. */
static void others_are_told_apart_by_their_port(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	come(fixture, "1-1");
	come(fixture, "1-2");
	expect_text(fixture, "bus/usb/devices/1-2/authorized", "1");
	load_rules(fixture, "[Device one]\nMatchHasSerial=no\nAccess=allow\n");
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	put_text(fixture, "bus/usb/devices/1-3", "serial", "\n");
	put_device(fixture, "1-4", "0\n", 1, (const uint8_t[]){3});
	put_text(fixture, "bus/usb/devices/1-4", "serial", "\n");
	happen(fixture, UEVENT_ADD, "1-3");
	happen(fixture, UEVENT_ADD, "1-4");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-4/authorized", "1");
	assert_false(find(fixture, "1-4")->facts.clone);
	assert_true(find(fixture, "1-2")->facts.clone);
}

/* sha256sum of the file's bytes. */
static void its_descriptors_have_a_digest(void **state)
{
	struct fixture *fixture = *state;
	static const char hash[] =
		"c448675ae3fa9d2b5f829378e404d286ac9334a45dd59d5f8e7ffaee53bcb0d6";

	begin(fixture);
	come(fixture, "1-1");
	assert_string_equal(find(fixture, "1-1")->facts.hash, hash);
}

/* A hub can say that what is plugged into it is built in: that counts only if the hub is. */
static void what_is_built_in(void **state)
{
	static const struct {
		const char *hub, *device;
		bool internal;
	} places[] = {
		{"fixed\n", "fixed\n", true},	 {"removable\n", "fixed\n", false},
		{"unknown\n", "fixed\n", false}, {"fixed\n", "removable\n", false},
		{"fixed\n", "unknown\n", false}, {"fixed\n", NULL, false},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct device_facts facts;

		put_device(fixture, "1-1", "0\n", 1, (const uint8_t[]){9});
		put_device(fixture, "1-1.2", "0\n", 1, (const uint8_t[]){3});
		put_text(fixture, "bus/usb/devices/1-1", "removable", places[i].hub);
		if (places[i].device)
			put_text(fixture, "bus/usb/devices/1-1.2", "removable", places[i].device);
		assert_int_equal(facts_read(fixture->gate.devices, "1-1.2", &facts), 0);
		assert_int_equal(facts.internal, places[i].internal);
		assert_int_equal(facts_read(fixture->gate.devices, "1-1", &facts), 0);
		assert_int_equal(facts.internal, strcmp(places[i].hub, "fixed\n") == 0);
		remove_device(fixture, "1-1.2");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(clones_and_charging),
		TEST(it_is_the_clone_that_is_told),
		TEST(the_second_of_two_is_blocked),
		TEST(a_copy_keeps_nobody_out),
		TEST(what_works_is_no_clone_for_ever),
		TEST(one_of_two_is_meant),
		TEST(others_are_told_apart_by_their_port),
		TEST(its_descriptors_have_a_digest),
		TEST(what_is_built_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
