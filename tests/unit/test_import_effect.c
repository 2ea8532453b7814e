/* what a row of an import takes from a person, and from when to when. */
#include "agent/cli/import_effect.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_may(void **state)
{
	struct roster_person person = {
		.n_entries = 2,
		.n_periods = 2,
		.entries = {{.from = 20270601}, {.to = 20270430}},
		.periods = {{.from = 20270401, .to = 20270531}, {.from = 20270701}}};

	(void)state;
	assert_false(import_effect_may(&person, false, 20270331));
	assert_int_equal(import_effect_again(&person, false, 20270331), 20270401);
	assert_true(import_effect_may(&person, false, 20270430));
	/* Between the keys, and between the periods. */
	assert_false(import_effect_may(&person, false, 20270501));
	assert_int_equal(import_effect_again(&person, false, 20270501), 20270701);
	assert_true(import_effect_may(&person, true, 20270501));
	assert_false(import_effect_may(&person, true, 20270601));
	person.entries[0].revoked = 20270101;
	assert_int_equal(import_effect_again(&person, false, 20270501), 0);
	assert_int_equal(import_effect_again(&person, true, 20270601), 20270701);
	person.n_periods = person.n_entries = 0;
	assert_false(import_effect_may(&person, false, 20270501));
	assert_true(import_effect_may(&person, true, 20270501));
}

static void test_change(void **state)
{
	const struct roster_person key = {.n_entries = 1, .entries = {{.from = 20270401}}};
	struct roster_person other = {
		.n_entries = 1, .n_periods = 1, .periods = {{.from = 20270501, .to = 20270531}}};
	struct import_change change;

	(void)state;
	import_effect_change(&key, &other, false, 20270301, &change);
	assert_int_equal(change.out, 20270401);
	assert_int_equal(change.in, 0);
	import_effect_change(&key, &other, false, 20270510, &change);
	assert_int_equal(change.out, 20270601);
	/* The other way, and from within. */
	import_effect_change(&other, &key, false, 20270301, &change);
	assert_int_equal(change.in, 20270401);
	assert_int_equal(change.out, 0);
	import_effect_change(&other, &key, false, 20270415, &change);
	assert_int_equal(change.in, 20270415);
	import_effect_change(&key, &key, true, 20270301, &change);
	assert_int_equal(change.in + change.out, 0);
	/* With a code the person gets in by the days alone. */
	other.n_entries = 0;
	import_effect_change(&other, &key, true, 20270510, &change);
	assert_int_equal(change.in, 20270601);
}

static void test_rights(void **state)
{
	struct transfer transfer = {.operation = TRANSFER_CHANGE,
				    .effective = 20270401,
				    .given = 1u << TRANSFER_CATEGORY};
	struct roster_person person = {.n_periods = 1,
				       .periods = {{.terms = {.rights = ROSTER_MAY_WITNESS}}}};
	const unsigned int both = ROSTER_MAY_WITNESS | ROSTER_MAY_SUBSTITUTE;
	struct import_effect effect = {};

	(void)state;
	assert_int_equal(import_effect_rights(&transfer, &person), ROSTER_MAY_WITNESS);
	import_effect_compare(&transfer, both, &person, &effect);
	assert_int_equal(effect.lost, ROSTER_MAY_SUBSTITUTE);
	assert_int_equal(effect.lost_from, 20270401);
	effect = (struct import_effect){};
	transfer.given |= 1u << TRANSFER_RIGHTS;
	import_effect_compare(&transfer, both, &person, &effect);
	assert_int_equal(effect.lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_may),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
