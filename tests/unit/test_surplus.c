/* Sections with AtMost=: who came first stays, what comes beyond is refused and told. And a switch
 * between machines, which takes its keyboard away and brings it back all day. */
#include "gate_fixture.h"

#include "agent/engine/surplus.h"

#include <sys/stat.h>

static void use_rules(struct fixture *fixture, const char *text, struct rules *rules)
{
	struct config_error error;
	char path[128];

	put_text(fixture, ".", "other.conf", text);
	snprintf(path, sizeof(path), "%s/other.conf", fixture->root);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(rules_load(path, getuid(), rules, &error), 0);
}

static void limit(struct fixture *fixture, const char *text)
{
	rules_free(&fixture->rules);
	use_rules(fixture, text, &fixture->rules);
}

static const char one_keyboard[] = "[Device input]\nMatchInterface=03:*:*\nAtMost=1\nAccess=allow\n"
				   "[Device hubs]\nMatchInterface=09:*:*\nAccess=allow\n";

static void plug(struct fixture *fixture, const char *name, size_t count, const uint8_t *classes)
{
	put_device(fixture, name, "0\n", count, classes);
	happen(fixture, UEVENT_ADD, name);
	settle(fixture);
}

static void unplug(struct fixture *fixture, const char *name)
{
	remove_device(fixture, name);
	happen(fixture, UEVENT_REMOVE, name);
	settle(fixture);
}

static void expect(const struct fixture *fixture, const char *name, enum access access,
		   enum judge_reason reason)
{
	char path[64];

	for (size_t i = 0; i < fixture->gate.n_list; i++) {
		const struct device *device = fixture->gate.list[i];

		if (strcmp(device->facts.name, name) != 0)
			continue;
		assert_int_equal(device->judgement.access, access);
		assert_int_equal(device->judgement.reason, reason);
		assert_string_equal(rules_text(fixture->gate.rules, device->judgement.rule->name),
				    "input");
		snprintf(path, sizeof(path), "bus/usb/devices/%s/authorized", name);
		expect_text(fixture, path, access == ACCESS_ALLOW ? "1" : "0");
		return;
	}
	fail_msg("%s is not known", name);
}

static const uint8_t input[] = {3, 3}, hub[] = {9}, partly[] = {3, 8};

/* Wherever they stand, and among themselves in the order of the files. */
static void enrolled_sections_come_first(void **state)
{
	static const struct {
		uint16_t vendor;
		const char *serial;
		struct usb_class class;
		const char *name;
	} wanted[] = {
		{0x046d, "S1", {3, 1, 1}, "first"},
		{0x046d, "", {3, 1, 1}, "second"},
		{0x0001, "", {3, 1, 1}, "third"},
		{0x0001, "", {8, 6, 0x50}, "none"},
	};
	struct fixture *fixture = *state;

	put_text(fixture, "other.conf.d", "10-more.conf",
		 "[Device second]\nMatchVendor=046d\nEnrolled=yes\nAccess=allow\n"
		 "[Device third]\nMatchInterface=03:*:*\nEnrolled=yes\nAccess=block\n");
	limit(fixture, "[Device none]\nMatchInterface=*:*:*\nAccess=block\n"
		       "[Device first]\nMatchSerial=S1\nEnrolled=yes\nAccess=allow\n"
		       "[Device no]\nMatchSerial=S1\nEnrolled=no\nAccess=allow\n");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct device_facts facts = {.descriptors.vendor = wanted[i].vendor};
		const struct rule *rule;

		snprintf(facts.serial, sizeof(facts.serial), "%s", wanted[i].serial);
		rule = rules_find(&fixture->rules, &facts, &wanted[i].class);
		assert_non_null(rule);
		assert_string_equal(rules_text(&fixture->rules, rule->name), wanted[i].name);
	}
}

static void the_first_stays_and_the_second_is_refused(void **state)
{
	struct fixture *fixture = *state;

	limit(fixture, one_keyboard);
	begin(fixture);
	plug(fixture, "1-1", 1, hub);
	plug(fixture, "1-3", 2, input); /* two interfaces, one place */
	plug(fixture, "1-2", 1, input);
	expect(fixture, "1-3", ACCESS_ALLOW, JUDGE_BY_RULE);
	expect(fixture, "1-2", ACCESS_BLOCK, JUDGE_SURPLUS);
	assert_string_equal(fixture->told[fixture->n_told - 1], "device.blocked 1-2 - - -");
	/* However often it is mentioned. */
	happen(fixture, UEVENT_CHANGE, "1-2");
	happen(fixture, UEVENT_CHANGE, "1-3");
	settle(fixture);
	expect(fixture, "1-2", ACCESS_BLOCK, JUDGE_SURPLUS);
	/* With the first one out the refused one still waits: the first comes back to its place. */
	unplug(fixture, "1-3");
	happen(fixture, UEVENT_CHANGE, "1-2");
	settle(fixture);
	expect(fixture, "1-2", ACCESS_BLOCK, JUDGE_SURPLUS);
	plug(fixture, "1-3", 1, input);
	expect(fixture, "1-3", ACCESS_ALLOW, JUDGE_BY_RULE);
	/* Plugged in anew while the place is free, it works. */
	unplug(fixture, "1-3");
	unplug(fixture, "1-2");
	plug(fixture, "1-2", 1, input);
	expect(fixture, "1-2", ACCESS_ALLOW, JUDGE_BY_RULE);
}

/* Two folders for devices, of which @first has the smaller inode number, as in sysfs the one that
 * came first. Other file systems give numbers as they like. */
static void make_in_order(const struct fixture *fixture, const char *first, const char *second)
{
	const char *names[] = {first, second};
	struct stat status[2];
	char path[2][128];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%zu", fixture->root, i);
		assert_int_equal(mkdir(path[i], 0755), 0);
		assert_int_equal(stat(path[i], &status[i]), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		bool swapped = status[0].st_ino > status[1].st_ino;
		char to[128];

		snprintf(to, sizeof(to), "%s/bus/usb/devices/%s", fixture->root, names[i]);
		assert_int_equal(rename(path[swapped ? 1 - i : i], to), 0);
	}
}

/* The agent starts anew beside two keyboards that work, of which the one at the port behind came
 * first, and one it refused. */
static void who_works_at_the_start_comes_first(void **state)
{
	struct fixture *fixture = *state;

	limit(fixture, one_keyboard);
	make_in_order(fixture, "1-3", "1-2");
	put_device(fixture, "1-1", "0\n", 1, input);
	put_device(fixture, "1-2", "1\n", 1, input);
	put_device(fixture, "1-3", "1\n", 1, input);
	begin(fixture);
	expect(fixture, "1-3", ACCESS_ALLOW, JUDGE_BY_RULE);
	expect(fixture, "1-1", ACCESS_BLOCK, JUDGE_SURPLUS);
	expect(fixture, "1-2", ACCESS_BLOCK, JUDGE_SURPLUS);
}

static void new_rules_leave_who_works(void **state)
{
	struct fixture *fixture = *state;
	struct rules two, one;

	limit(fixture, one_keyboard);
	begin(fixture);
	plug(fixture, "1-4", 1, input);
	plug(fixture, "1-2", 1, input);
	plug(fixture, "1-3", 1, partly);
	unplug(fixture, "1-4");
	plug(fixture, "1-1", 1, input);
	expect(fixture, "1-1", ACCESS_ALLOW, JUDGE_BY_RULE);
	use_rules(fixture,
		  "[Device other]\nMatchVendor=ffff\nAccess=block\n"
		  "[Device input]\nMatchInterface=03:*:*\nAtMost=2\nAccess=allow\n",
		  &two);
	gate_judge_again(&fixture->gate, &two);
	settle(fixture);
	expect(fixture, "1-1", ACCESS_ALLOW, JUDGE_BY_RULE);
	expect(fixture, "1-2", ACCESS_ALLOW, JUDGE_BY_RULE);
	expect(fixture, "1-3", ACCESS_BLOCK, JUDGE_SURPLUS);
	use_rules(fixture, one_keyboard, &one);
	gate_judge_again(&fixture->gate, &one);
	settle(fixture);
	expect(fixture, "1-1", ACCESS_ALLOW, JUDGE_BY_RULE);
	expect(fixture, "1-2", ACCESS_BLOCK, JUDGE_SURPLUS);
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	rules_free(&two);
	rules_free(&one);
}

/* It tells our parser of a disk and the kernel of a keyboard: it has no place as a keyboard. */
static void the_kernels_class_needs_a_place(void **state)
{
	struct fixture *fixture = *state;
	struct device_facts facts = {.name = "1-9", .places = {.counted = true}};
	const struct usb_class keyboard = {3, 1, 1};
	const struct rule *rule;

	limit(fixture, one_keyboard);
	facts.descriptors.n_interfaces = 1;
	facts.descriptors.interfaces[0].class = (struct usb_class){8, 6, 0x50};
	assert_int_equal(judge_interface(&fixture->rules, &facts, &keyboard, &rule), ACCESS_BLOCK);
	/* Looked at by itself, as by sekisho explain, it would have one. */
	facts.places.counted = false;
	assert_int_equal(judge_interface(&fixture->rules, &facts, &keyboard, &rule), ACCESS_ALLOW);
}

/* What a driver not of its class took does not work, and holds no place. */
static void a_foreign_driver_holds_no_place(void **state)
{
	struct fixture *fixture = *state;
	struct uevent bound = {.action = UEVENT_BIND, .type = UEVENT_INTERFACE, .name = "1-3:1.0"};

	limit(fixture, one_keyboard);
	begin(fixture);
	plug(fixture, "1-3", 1, input);
	be_driven(fixture, "1-3:1.0", "usb-storage");
	announce(fixture, &bound);
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3/authorized", "0");
	plug(fixture, "1-2", 1, input);
	expect(fixture, "1-2", ACCESS_ALLOW, JUDGE_BY_RULE);
}

/* The same told in another way: who is there, in the order in which places are given, and how many
 * hold one of each section. */
struct guest {
	struct device device;
	bool enrolled, works, input, hub, holds;
};

enum { GUESTS_MAX = 12, STRANGERS = 2, ENROLLED = 1 };

static bool finds_place(const struct guest *guests, const struct guest *guest)
{
	size_t holders = 0;

	for (size_t i = 0; i < GUESTS_MAX; i++)
		holders += &guests[i] != guest && guests[i].holds &&
			   guests[i].enrolled == guest->enrolled;
	return guest->input && holders < (guest->enrolled ? (size_t)ENROLLED : STRANGERS);
}

static void judge_guest(const struct rules *rules, struct device **list, size_t n_list,
			struct guest *guests, struct guest *guest)
{
	guest->holds = finds_place(guests, guest);
	guest->works = guest->holds || guest->hub;
	surplus_look(rules, list, n_list, &guest->device);
	judge(rules, &guest->device.facts, &guest->device.judgement);
	assert_int_equal(guest->device.judgement.access,
			 guest->works ? ACCESS_ALLOW : ACCESS_BLOCK);
}

static struct guest *guest_of(struct device *device)
{
	return (struct guest *)(void *)device;
}

static void come(struct guest *guest, unsigned int dice)
{
	struct usb_descriptors *descriptors = &guest->device.facts.descriptors;

	*guest = (struct guest){.enrolled = dice & 1, .input = dice & 2, .hub = (dice & 12) == 12};
	descriptors->vendor = guest->enrolled ? 1 : 2;
	descriptors->interfaces[descriptors->n_interfaces++].class.class = 8;
	if (guest->input)
		descriptors->interfaces[descriptors->n_interfaces++].class.class = 3;
	if (guest->hub)
		descriptors->interfaces[descriptors->n_interfaces++].class.class = 9;
}

/* Ten thousand comings, goings and reloads. */
static void an_oracle_agrees(void **state)
{
	static struct guest guests[GUESTS_MAX];
	struct device *list[GUESTS_MAX];
	struct fixture *fixture = *state;
	size_t n_list = 0, surplus = 0;
	uint32_t seed = 1;

	limit(fixture, "[Device strangers]\nMatchInterface=03:*:*\nAtMost=2\nAccess=allow\n"
		       "[Device enrolled]\nMatchVendor=0001\nMatchInterface=03:*:*\nAtMost=1\n"
		       "Enrolled=yes\nAccess=allow\n"
		       "[Device hubs]\nMatchInterface=09:*:*\nAccess=allow\n");
	for (size_t turn = 0; turn < 10000; turn++) {
		struct guest *guest;
		size_t at = 0;

		seed = seed * 1103515245 + 12345;
		guest = &guests[(seed >> 16) % GUESTS_MAX];
		while (at < n_list && list[at] != &guest->device)
			at++;
		if ((seed >> 8) % 16 == 0) {
			surplus_clear(list, n_list);
			for (size_t i = 0; i < n_list; i++)
				guest_of(list[i])->holds = false;
			for (size_t i = 1; i < n_list; i++)
				assert_true(guest_of(list[i - 1])->works ||
					    !guest_of(list[i])->works);
			for (size_t i = 0; i < n_list; i++)
				judge_guest(&fixture->rules, list, n_list, guests,
					    guest_of(list[i]));
		} else if (at < n_list) {
			n_list--;
			memmove(&list[at], &list[at + 1], (n_list - at) * sizeof(list[0]));
			*guest = (struct guest){};
		} else {
			come(guest, seed >> 20);
			list[n_list++] = &guest->device;
			judge_guest(&fixture->rules, list, n_list, guests, guest);
			surplus += guest->device.judgement.reason == JUDGE_SURPLUS;
		}
	}
	assert_true(surplus > 100);
}

static uint64_t told_suppressed(const struct fixture *fixture)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < fixture->n_told; i++) {
		const char *at = strstr(fixture->told[i], "suppressed=");

		if (at)
			sum += strtoull(at + strlen("suppressed="), NULL, 10);
	}
	return sum;
}

/* Each switch takes a hub and its keyboard away, each return brings them back: the keyboard works
 * every time, at most 20 events a minute and port are told, and those that were not are counted to
 * the last one. */
static void a_kvm_switch_is_folded(void **state)
{
	struct fixture *fixture = *state;
	const unsigned int rounds = 90;
	uint64_t told = 0, suppressed = 0;
	int64_t begun;

	begin(fixture);
	begun = fixture->gate.now;
	for (unsigned int round = 0; round < rounds; round++) {
		fixture->gate.now += 2000; /* three minutes in all */
		plug(fixture, "1-1", 1, hub);
		plug(fixture, "1-1.2", 2, input);
		expect_text(fixture, "bus/usb/devices/1-1.2:1.0/authorized", "1");
		expect_text(fixture, "bus/usb/devices/1-1.2:1.1/authorized", "1");
		unplug(fixture, "1-1.2");
		unplug(fixture, "1-1");
		while (gate_deadline(&fixture->gate) <= fixture->gate.now)
			gate_tick(&fixture->gate);
		told += fixture->n_told;
		suppressed += told_suppressed(fixture);
		fixture->n_told = 0;
	}
	/* Quiet again: what is left is told without a further switch. */
	fixture->gate.now += THROTTLE_WINDOW_MS;
	gate_tick(&fixture->gate);
	told += fixture->n_told;
	suppressed += told_suppressed(fixture);
	assert_int_equal(gate_deadline(&fixture->gate), INT64_MAX);
	assert_true(told <=
		    2 * THROTTLE_EVENTS *
			    (uint64_t)((fixture->gate.now - begun) / THROTTLE_WINDOW_MS + 1));
	/* An allowed and a gone of two devices each time; a line that tells only the count of
	 * others is none of them. */
	assert_in_range(told + suppressed, 4 * rounds, 4 * rounds + 8);
	assert_true(suppressed > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(enrolled_sections_come_first),
		TEST(the_first_stays_and_the_second_is_refused),
		TEST(who_works_at_the_start_comes_first),
		TEST(new_rules_leave_who_works),
		TEST(the_kernels_class_needs_a_place),
		TEST(a_foreign_driver_holds_no_place),
		TEST(an_oracle_agrees),
		TEST(a_kvm_switch_is_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
