/* lsm.conf, and that what the package installs says what holds without it. */
#include "tree_fixture.h"

#include "agent/lsm/lsmpolicy.h"
#include "agent/lsm/pins.h"

#include <errno.h>
#include <sys/socket.h>

static char root[] = "/tmp/sekisho-lsm-XXXXXX", path[64];

static int set_up(void **state)
{
	(void)state;
	memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/lsm.conf", root);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return tree_remove(root);
}

static int load(const char *text, struct lsmpolicy *policy, struct config_error *error)
{
	tree_put(root, "lsm.conf", text, strlen(text));
	return lsmpolicy_load(path, policy, error);
}

static void test_file(void **state)
{
	struct lsmpolicy policy, defaults;
	struct config_error error;
	uint64_t families;

	(void)state;
	lsmpolicy_defaults(&defaults);
	assert_int_equal(lsmpolicy_load(path, &policy, &error), 0);
	assert_memory_equal(&policy, &defaults, sizeof(policy));
	assert_int_equal(load("[Sockets]\nRefused=vsock\nRefused=can\n", &policy, &error), 0);
	assert_string_equal(policy.types, defaults.types);
	assert_int_equal(lsmpolicy_families(policy.families, &families), 0);
	assert_true(families == (1ull << AF_VSOCK | 1ull << AF_CAN));
	assert_int_equal(load("[Sockets]\nRefused=\n", &policy, &error), 0);
	assert_int_equal(lsmpolicy_families(policy.families, &families), 0);
	assert_true(families == 0);
}

/* A mistake opens nothing: the defaults hold. */
static void test_mistakes(void **state)
{
	static const char *const wrong[] = {
		"[Sockets]\nRefused=inet\n",
		"[Mounts]\nTypes=ext4 a_type_that_is_longer_than_thirty_two_bytes\n",
		"[BlockWrites]\nServices="
		"0123456789012345678901234567890123456789012345678901234567890"
		"123.service\n",
		"[Mounts]\nType=nfs\n",
	};
	struct lsmpolicy policy, defaults;
	struct config_error error;

	(void)state;
	lsmpolicy_defaults(&defaults);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		error.text[0] = '\0';
		assert_int_equal(load(wrong[i], &policy, &error), -EINVAL);
		assert_non_null(strstr(error.text, "lsm.conf"));
		assert_memory_equal(&policy, &defaults, sizeof(policy));
	}
}

/* The comments of the installed file, taken as lines. */
static void test_installed_file(void **state)
{
	struct lsmpolicy policy, defaults;
	char line[512], text[8192];
	struct config_error error;
	FILE *file = fopen("packaging/lsm.conf", "r"), *lines = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_non_null(file);
	assert_non_null(lines);
	while (fgets(line, sizeof(line), file))
		if (line[0] == '#' && strchr("[TRS", line[1]) &&
		    (line[1] == '[' || strchr(line, '=')))
			assert_true(fputs(line + 1, lines) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(fclose(lines), 0);
	lsmpolicy_defaults(&defaults);
	assert_int_equal(load(text, &policy, &error), 0);
	assert_string_equal(policy.types, defaults.types);
	assert_string_equal(policy.commands, defaults.commands);
	assert_string_equal(policy.writes, defaults.writes);
	assert_string_equal(policy.families, defaults.families);
}

/* Each program has a row by which it is pinned, and each row a program. */
static void test_every_program_is_pinned(void **state)
{
	char line[256];
	size_t programs = 0;
	FILE *file = fopen("agent/lsm/guard.bpf.c", "r");

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *name = strstr(line, "int BPF_PROG(");
		bool found = false;

		if (!name)
			continue;
		name += strlen("int BPF_PROG(");
		name[strcspn(name, ",")] = '\0';
		for (size_t i = 0; i < pin_count; i++)
			found |= strcmp(pin_rows[i].name, name) == 0;
		if (!found)
			fail_msg("%s is not pinned", name);
		programs++;
	}
	assert_int_equal(fclose(file), 0);
	assert_int_equal(programs, pin_count);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mistakes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_installed_file, set_up, tear_down),
		cmocka_unit_test(test_every_program_is_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
