/* What `sekisho status` says about forwarding; above all what it may not call delivered. */
#include "agent/cli/forwarding.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What is shown of a standing; the caller's. */
static char *shown(const char *state, int confirmed)
{
	json_t *standing =
		json_pack("{s:i, s:s, s:s, s:s, s:I, s:I}", "pid", (int)getpid(), "state", state,
			  "server", "log1:6514", "error", "no\x1b[31m", "since",
			  (json_int_t)1790000000, "acknowledged", (json_int_t)40);
	int saved = dup(STDOUT_FILENO);
	char *text = calloc(1, 4096);
	FILE *file = tmpfile();

	assert_non_null(file);
	/* An older forwarder says nothing of it. */
	if (confirmed >= 0)
		json_object_set_new(standing, "confirmed", json_boolean(confirmed));
	fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	forwarding_show(standing, 42);
	fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	rewind(file);
	assert_true(fread(text, 1, 4095, file) > 0);
	fclose(file);
	json_decref(standing);
	return text;
}

static void what_nobody_answered_is_not_called_acknowledged(void **state)
{
	static const char *const states[] = {"open", "connecting", "away"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		for (int confirmed = -1; confirmed < 2; confirmed++) {
			_cleanup_free_ char *text = shown(states[i], confirmed);

			assert_non_null(strstr(text, "log1:6514"));
			assert_null(strchr(text, '\x1b'));
			assert_int_equal(strstr(text, "NOT CONFIRMED") != NULL, confirmed == 0);
			if (strcmp(states[i], "away") == 0)
				continue;
			assert_int_equal(strstr(text, "acknowledged") != NULL, confirmed != 0);
			assert_int_equal(strstr(text, "sent up to event 40; 2 wait") != NULL,
					 confirmed == 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_answered_is_not_called_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
