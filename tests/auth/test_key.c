/* sekisho key: what it registers logs in, what it revokes no longer does, and root reads no token's
 * bytes. */
#include "command.h"
#include "folder.h"

#include "agent/auth/rosterfile.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534 /* whom the token's child is */

static struct run sekisho(const struct terminal *terminal, const char *input,
			  const char *const words[])
{
	struct arguments places;
	char *all[ARGUMENTS_MAX + 16] = {};
	char program[600], token[128];
	size_t count = 0;

	snprintf(program, sizeof(program), "%s/sekisho", terminal->build);
	if (access(folder_path(terminal, "softtoken", token), F_OK) < 0)
		folder_copy_program(terminal, "tests/softtoken", "softtoken");
	terminal_arguments(terminal, &places);
	all[count++] = program;
	all[count++] = (char *)"key";
	for (size_t i = 0; words[i]; i++)
		all[count++] = (char *)words[i];
	for (size_t i = 0; i + 1 < places.count; i += 2) {
		if (strcmp(places.words[i], "--state") == 0 ||
		    strcmp(places.words[i], "--revoked") == 0 ||
		    strcmp(places.words[i], "--logind") == 0 ||
		    strcmp(places.words[i], "--notes") == 0 ||
		    strcmp(places.words[i], "--sysfs") == 0 ||
		    strcmp(places.words[i], "--substitutes") == 0 ||
		    strncmp(places.words[i], "--operators", 11) == 0 ||
		    strcmp(places.words[i], "--locale") == 0)
			continue;
		all[count++] = places.words[i];
		all[count++] =
			strcmp(places.words[i], "--token") == 0 ? token : places.words[i + 1];
	}
	all[count++] = (char *)"--child-user";
	all[count++] = (char *)"nobody";
	return command_run(all, 0, input);
}

#define SEKISHO(terminal, input, ...)                                                              \
	sekisho(terminal, input, (const char *const[]){__VA_ARGS__, NULL})

/* The nodes belong to the group of whoever is to read them. */
static void give(const struct terminal *terminal, uid_t owner)
{
	char path[128];

	for (size_t i = 0; i < KEYS_HERE; i++) {
		snprintf(path, sizeof(path), "%s/dev/hidraw%zu", terminal->folder, i);
		if (access(path, F_OK) == 0)
			assert_int_equal(chown(path, owner, owner), 0);
	}
}

static void assert_status(const struct run *run, int status)
{
	if (run->status != status)
		print_error("exit %d:\n%s\n", run->status, run->text);
	assert_int_equal(run->status, status);
}

static void test_add_log_in_revoke(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {.user = "root", .pin = PIN};
	struct outcome outcome;
	struct run run;
	char name[17] = "";

	PLUG(terminal, 0);
	give(terminal, NOBODY);
	run = SEKISHO(terminal, PIN "\n", "add", "root", "--label", "窓口 1", "--category", "係長",
		      "--to", "2999-03-31");
	assert_status(&run, 0);
	assert_non_null(strstr(run.text, "Register a second one"));
	assert_event(terminal, "key.added 0 ");
	run = SEKISHO(terminal, "", "list", "root");
	assert_status(&run, 0);
	memcpy(name, run.text, 16);
	assert_non_null(strstr(run.text, "窓口 1"));
	run = SEKISHO(terminal, "", "list", "no-such");
	assert_status(&run, 1);
	assert_non_null(strstr(run.text, "no-such has no key"));
	run = SEKISHO(terminal, "", "show", name);
	assert_status(&run, 0);
	assert_non_null(strstr(run.text, "2999-03-31"));
	assert_non_null(strstr(run.text, "73656b697368"));
	give(terminal, 0);
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_GRANTED);
	name[6] = '\0';
	run = SEKISHO(terminal, "", "revoke", name);
	assert_status(&run, 0);
	assert_event(terminal, "key.revoked 0 ");
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"revoked\"");
	run = SEKISHO(terminal, "", "revoke", name);
	assert_status(&run, 2);
	/* Found again, it may be registered anew. */
	give(terminal, NOBODY);
	run = SEKISHO(terminal, PIN "\n", "add", "root");
	assert_status(&run, 0);
	give(terminal, 0);
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

static void test_second_key(void **state)
{
	struct terminal *terminal = *state;
	struct run run;

	PLUG(terminal, 0);
	give(terminal, NOBODY);
	run = SEKISHO(terminal, PIN "\n", "add", "root");
	assert_status(&run, 0);
	/* The same key once more: the key itself says that it is known. */
	run = SEKISHO(terminal, PIN "\n", "add", "root");
	assert_status(&run, 2);
	assert_non_null(strstr(run.text, "registered for this user already"));
	/* for another account it may be. */
	run = SEKISHO(terminal, PIN "\n", "add", "nobody");
	assert_status(&run, 0);
	PLUG(terminal, 1);
	give(terminal, NOBODY);
	run = SEKISHO(terminal, PIN "\n", "add", "root");
	assert_status(&run, 2);
	assert_non_null(strstr(run.text, "several keys"));
	terminal_unplug(terminal, 0);
	run = SEKISHO(terminal, PIN "\n", "add", "root");
	assert_status(&run, 0);
	assert_null(strstr(run.text, "second one"));
}

static void test_refused(void **state)
{
	struct terminal *terminal = *state;
	struct run run;
	char path[128];
	struct stat status;

	PLUG(terminal, 0);
	give(terminal, NOBODY);
	run = SEKISHO(terminal, "9999\n", "add", "root");
	assert_status(&run, 2);
	assert_non_null(strstr(run.text, "7 tries"));
	run = SEKISHO(terminal, PIN "\n", "add", "no-such-user");
	assert_status(&run, 2);
	run = SEKISHO(terminal, PIN "\n", "add", "root", "--from", "2026-13-01");
	assert_status(&run, 2);
	run = SEKISHO(terminal, PIN "\n", "add", "root", "--label", "\xff");
	assert_status(&run, 2);
	terminal_configure(terminal, "[Auth]\nAllowedModels=00112233445566778899aabbccddeeff\n");
	run = SEKISHO(terminal, PIN "\n", "add", "root");
	assert_status(&run, 2);
	assert_non_null(strstr(run.text, "AllowedModels"));
	terminal_configure(terminal, "[Auth]\n");
	terminal_command(terminal, 0, "misbehave wrong-signature");
	run = SEKISHO(terminal, PIN "\n", "add", "root");
	assert_status(&run, 2);
	/* None of this touched the roster. */
	snprintf(path, sizeof(path), "%s/roster", terminal->folder);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, sizeof(ROSTER_HEADER) - 1);
	run = SEKISHO(terminal, "", "show", "abcd");
	assert_status(&run, 1);
	run = SEKISHO(terminal, "", "list", "root");
	assert_status(&run, 1);
	assert_int_equal(chmod(path, 0666), 0);
	run = SEKISHO(terminal, "", "list", "root");
	assert_status(&run, 2);
}

static void test_key_without_pin(void **state)
{
	struct terminal *terminal = *state;
	struct run run;

	terminal_plug(terminal, 0, (const char *const[]){NULL});
	give(terminal, NOBODY);
	run = SEKISHO(terminal, "", "add", "root");
	assert_status(&run, 2);
	assert_non_null(strstr(run.text, "no PIN"));
	run = SEKISHO(terminal, "", "add", "root", "--touch-only");
	assert_status(&run, 0);
}

/* The file is sorted, limited, and only what can be read back goes in. */
static void test_roster_file(void **state)
{
	struct terminal *terminal = *state;
	_cleanup_rosterfile_ struct rosterfile roster = {};
	struct roster_entry entry = {.user = "a", .credential_length = 1, .key_length = 64};
	struct config_error error;
	char path[128];

	snprintf(path, sizeof(path), "%s/roster", terminal->folder);
	assert_int_equal(rosterfile_load(path, 0, &roster, &error), 0);
	for (int i = 0; i < ROSTER_PER_USER; i++) {
		entry.credential[0] = (uint8_t)i;
		assert_int_equal(rosterfile_add(&roster, &entry), 0);
	}
	assert_int_equal(rosterfile_add(&roster, &entry), -EEXIST);
	entry.credential[0] = 99;
	assert_int_equal(rosterfile_add(&roster, &entry), -E2BIG);
	/* A revoked line makes room, the oldest first. */
	roster.entries[3].revoked = 20260103;
	roster.entries[5].revoked = 20260102;
	roster.entries[7].revoked = 20260102;
	assert_int_equal(rosterfile_add(&roster, &entry), 0);
	assert_int_equal(roster.count, ROSTER_PER_USER);
	assert_int_equal(roster.entries[3].credential[0], 3);
	assert_int_equal(roster.entries[5].credential[0], 6);
	assert_int_equal(roster.entries[6].credential[0], 7);
	assert_int_equal(roster.entries[ROSTER_PER_USER - 1].credential[0], 99);
	snprintf(entry.user, sizeof(entry.user), "b c");
	assert_int_equal(rosterfile_add(&roster, &entry), -EINVAL);
	snprintf(entry.user, sizeof(entry.user), "B");
	assert_int_equal(rosterfile_add(&roster, &entry), 0);
	assert_string_equal(roster.entries[0].user, "B");
	assert_int_equal(rosterfile_save(path, &roster), 0);
	rosterfile_release(&roster);
	assert_int_equal(rosterfile_load(path, 0, &roster, &error), 0);
	assert_int_equal(roster.count, ROSTER_PER_USER + 1);
	assert_int_equal(chmod(path, 0666), 0);
	rosterfile_release(&roster);
	assert_int_equal(rosterfile_load(path, 0, &roster, &error), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_add_log_in_revoke), CASE(test_second_key),  CASE(test_refused),
		CASE(test_key_without_pin),   CASE(test_roster_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
