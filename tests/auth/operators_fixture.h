/* A shared account whose operators are taro and hanako: their keys are 0 and 1, elsewhere as it
 * begins. */
#ifndef TEST_OPERATORS_FIXTURE_H
#define TEST_OPERATORS_FIXTURE_H

#include "folder.h"

#include "agent/auth/operators.h"

#include <sys/stat.h>

#define COUNTER "madoguchi"

static inline void allow(const struct terminal *terminal, const char *lines)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s%s", OPERATORS_HEADER, lines);
	folder_write(terminal, "operators", text, 0644);
}

static inline struct outcome visit(struct terminal *terminal, const char *user, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = user, .pin = pin, .passes = true});
}

/* One key and whose it is, the others are elsewhere. */
static inline void enrol(struct terminal *terminal, size_t index, const char *user)
{
	PLUG(terminal, index);
	terminal_enrol(terminal, index, user, PIN);
	terminal_unplug(terminal, index);
}

static inline int setup(void **state)
{
	int r = terminal_setup(state);
	char path[128];

	if (r == 0) {
		snprintf(path, sizeof(path), "%s/now", ((const struct terminal *)*state)->folder);
		assert_int_equal(mkdir(path, 0755), 0);
		terminal_sit(*state);
		enrol(*state, 0, "taro");
		enrol(*state, 1, "hanako");
		allow(*state, COUNTER " taro\n" COUNTER " hanako\n");
	}
	return r;
}

#define OPERATORS_CASE(function) cmocka_unit_test_setup_teardown(function, setup, terminal_teardown)

#endif
