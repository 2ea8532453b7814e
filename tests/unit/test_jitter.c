/* L-01: terminals that lost their collector at the same moment come back spread over all of the
 * time that they may wait, not at its end and not together. */
#include "agent/forward/jitter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SECONDS	  120
#define TERMINALS 12000
#define SLICES	  12

static void terminals_come_back_one_by_one(void **state)
{
	unsigned int slices[SLICES] = {};

	(void)state;
	for (int i = 0; i < TERMINALS; i++) {
		int64_t ms = jitter(SECONDS);

		assert_in_range(ms, 0, SECONDS * 1000);
		slices[ms * SLICES / (SECONDS * 1000 + 1)]++;
	}
	/* A thousand in each, of which chance takes or adds a fifth in no lifetime. */
	for (size_t i = 0; i < SLICES; i++)
		assert_in_range(slices[i], TERMINALS / SLICES * 4 / 5, TERMINALS / SLICES * 6 / 5);
	assert_int_equal(jitter(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminals_come_back_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
