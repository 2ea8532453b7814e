/* Two factors accepted, and people who have codes. */
#ifndef TEST_CODES_FIXTURE_H
#define TEST_CODES_FIXTURE_H

#include "codes.h"
#include "folder.h"

#define BOTH PATIENT "Factors=key, otp\n"

/* taro has a code and no key; jiro's counts, hanako's is over, aoi's still to come. */
#define SEEDS                                                                                      \
	"aoi totp 4132333435363738393031323334353637383930 from=2998-01-01\n"                      \
	"hanako totp 4232333435363738393031323334353637383930 to=2020-01-01\n"                     \
	"jiro hotp 4332333435363738393031323334353637383930\n"                                     \
	"taro totp " CODES_SEED_HEX "\n"

static const struct otp taro = {.digits = 6, .seed_length = 20, .seed = CODES_SEED};

static inline int setup(void **state)
{
	int r = terminal_setup(state);

	if (r == 0) {
		terminal_configure(*state, BOTH);
		codes_write(*state, SEEDS, 0600);
	}
	return r;
}

static inline struct outcome visit(struct terminal *terminal, const char *user, const char *code)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .confirm = code});
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

#endif
