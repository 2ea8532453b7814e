/* the last question before a door opens: whether everybody who had to show something did. */
#include "agent/auth/loginproof.h"
#include "agent/auth/loginstate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct roster_entry entry;

static enum failure judge(const struct login *login)
{
	return loginproof_expect(login);
}

static void prove(struct keyfactor *factor)
{
	factor->proof.present = true;
	factor->entry = &entry;
}

static void nothing_shown_opens_nothing(void **state)
{
	struct login login = {};

	(void)state;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
}

static void a_key_needs_proof_and_owner(void **state)
{
	struct login login = {.factor.entry = &entry};

	(void)state;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
	prove(&login.factor);
	assert_int_equal(judge(&login), FAILURE_NONE);
	login.factor.entry = NULL;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
}

/* A key that proved itself before stands for no code. */
static void a_typed_code_must_be_accepted(void **state)
{
	struct login login = {.otp.typed = true};

	(void)state;
	prove(&login.factor);
	assert_int_equal(judge(&login), FAILURE_BROKEN);
	login.otp.accepted = true;
	assert_int_equal(judge(&login), FAILURE_NONE);
}

static void a_colleague_must_be_verified_and_counted(void **state)
{
	struct login login = {.substitute.chosen = true};

	(void)state;
	login.substitute.count = 1;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
	login.second.asked = true;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
	login.second.verified = true;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
	prove(&login.second.factor);
	assert_int_equal(judge(&login), FAILURE_NONE);
	login.substitute.count = 0;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
}

/* By telephone it is another terminal that saw the key. */
static void an_answer_names_its_terminal(void **state)
{
	struct login login = {.substitute = {.chosen = true, .by_telephone = true, .count = 1},
			      .second = {.asked = true, .verified = true}};

	(void)state;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
	login.substitute.terminal[0] = 'a';
	assert_int_equal(judge(&login), FAILURE_NONE);
	login.second.verified = false;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
}

static void a_witness_who_was_asked_must_be_verified(void **state)
{
	struct login login = {.second.asked = true};

	(void)state;
	prove(&login.factor);
	assert_int_equal(judge(&login), FAILURE_BROKEN);
	login.second.verified = true;
	assert_int_equal(judge(&login), FAILURE_BROKEN);
	prove(&login.second.factor);
	assert_int_equal(judge(&login), FAILURE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_shown_opens_nothing),
		cmocka_unit_test(a_key_needs_proof_and_owner),
		cmocka_unit_test(a_typed_code_must_be_accepted),
		cmocka_unit_test(a_colleague_must_be_verified_and_counted),
		cmocka_unit_test(an_answer_names_its_terminal),
		cmocka_unit_test(a_witness_who_was_asked_must_be_verified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
