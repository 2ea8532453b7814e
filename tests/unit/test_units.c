/* Which interface may show more than one disk is noted before it is open, and a disk beside the
 * first one is told. */
#include "gate_fixture.h"

#include "agent/engine/units.h"

#define STICK                                                                                      \
	(&(struct uevent){.action = UEVENT_ADD,                                                    \
			  .type = UEVENT_UNIT,                                                     \
			  .name = "6:0:0:1",                                                       \
			  .bus = "scsi",                                                           \
			  .interface = "1-3:1.0"})

static void note_of(const struct fixture *fixture, char text[static 16])
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/units-1-3:1.0", fixture->root);
	file = fopen(path, "r");
	memset(text, 0, 16);
	assert_true(!file || fread(text, 1, 15, file) > 0);
	assert_true(!file || fclose(file) == 0);
}

/* A disk at 1-3 by these rules; what is noted of it is @expected. */
static void let_in(struct fixture *fixture, const char *rules, const char *expected)
{
	char noted[16];

	fixture->gate.run = fixture->root;
	load_rules(fixture, rules);
	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	note_of(fixture, noted);
	assert_string_equal(noted, expected);
	fixture->n_told = 0;
}

static void the_first_alone(void **state)
{
	struct fixture *fixture = *state;
	struct uevent gone = *STICK;

	/* What another device left there counts no more. */
	put_text(fixture, ".", "units-1-3:1.0", "all");
	let_in(fixture, "[Device a]\nMatchSerial=S1\nAccess=allow\n", "");
	units_uevent(&fixture->gate, STICK);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.blocked scsi 6:0:0:1 080000 - -");
	gone.action = UEVENT_REMOVE;
	units_uevent(&fixture->gate, &gone);
	assert_int_equal(fixture->n_told, 1);
	for (int i = 0; i < 100; i++)
		units_uevent(&fixture->gate, STICK);
	assert_int_equal(fixture->n_told, THROTTLE_EVENTS - 1); /* the device was told of, too */
}

static void all_by_rule(void **state)
{
	struct fixture *fixture = *state;
	char noted[16];

	let_in(fixture, "[Device a]\nMatchSerial=S1\nUnits=all\nAccess=allow\n", "all");
	units_uevent(&fixture->gate, STICK);
	assert_int_equal(fixture->n_told, 0);
	/* Of another interface that is not noted. */
	units_uevent(&fixture->gate, &(struct uevent){.action = UEVENT_ADD,
						      .type = UEVENT_UNIT,
						      .name = "7:0:0:1",
						      .bus = "scsi",
						      .interface = "1-4:1.0"});
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.blocked scsi 7:0:0:1 - - -");
	load_rules(fixture, "[Device a]\nMatchSerial=S1\nUnits=first\nAccess=allow\n");
	gate_judge_again(&fixture->gate, &fixture->rules);
	settle(fixture);
	note_of(fixture, noted);
	assert_string_equal(noted, "");
}

/* What was noted of a stick is nothing to the keyboard that comes there next. */
static void another_kind_forgets(void **state)
{
	struct fixture *fixture = *state;
	char noted[16];

	put_text(fixture, ".", "units-1-3:1.0", "all");
	fixture->gate.run = fixture->root;
	load_rules(fixture, "[Device a]\nMatchSerial=S1\nAccess=allow\n");
	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){3});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "1");
	note_of(fixture, noted);
	assert_string_equal(noted, "");
}

/* Nothing is refused then, and told all the same. */
static void audited(void **state)
{
	struct fixture *fixture = *state;

	let_in(fixture, "[Policy]\nMode=audit\n[Device a]\nMatchSerial=S1\nAccess=allow\n",
	       "audited");
	units_uevent(&fixture->gate, STICK);
	assert_int_equal(fixture->n_told, 1);
	assert_string_equal(fixture->told[0], "device.audited scsi 6:0:0:1 080000 - -");
}

/* An old note that stays would let others in. */
static void unless_it_can_be_noted(void **state)
{
	struct fixture *fixture = *state;

	put_text(fixture, "units-1-3:1.0", "file", "");
	fixture->gate.run = fixture->root;
	load_rules(fixture, "[Device a]\nMatchSerial=S1\nAccess=allow\n");
	begin(fixture);
	put_device(fixture, "1-3", "0\n", 1, (const uint8_t[]){8});
	happen(fixture, UEVENT_ADD, "1-3");
	settle(fixture);
	expect_text(fixture, "bus/usb/devices/1-3:1.0/authorized", "0");
	assert_non_null(strstr(fixture->told[0], "engine.fault 1-3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_alone),	      TEST(all_by_rule),
		TEST(another_kind_forgets),   TEST(audited),
		TEST(unless_it_can_be_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
