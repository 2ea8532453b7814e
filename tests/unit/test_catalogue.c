/* The catalogue of events against the manual, the sources and the tests. */
#include "event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <libgen.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX       (256u * 1024)
#define FIELDS_MAX     32
#define FIELDS_SET_MAX 512

static char text[TEXT_MAX];

static void read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t length;

	if (!file)
		fail_msg("%s is not there", path);
	length = fread(text, 1, sizeof(text) - 1, file);
	assert_true(length < sizeof(text) - 1);
	text[length] = '\0';
	assert_int_equal(fclose(file), 0);
}

static bool has_field(const char *const *fields, const char *name)
{
	for (; *fields; fields++)
		if (strcmp(*fields, name) == 0)
			return true;
	return false;
}

/* The names on the lines ".Va a , b ," up to the next item or the list's end. */
static size_t manual_fields(char *at, char *ret_fields[static FIELDS_MAX], char **ret_end)
{
	size_t count = 0;
	char *rest;

	for (char *line = strtok_r(at, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *words;

		if (strncmp(line, ".It ", 4) == 0 || strncmp(line, ".El", 3) == 0) {
			*ret_end = line;
			return count;
		}
		if (strncmp(line, ".Va ", 4) != 0)
			continue;
		for (char *word = strtok_r(line + 4, " ,", &words); word;
		     word = strtok_r(NULL, " ,", &words)) {
			assert_true(count < FIELDS_MAX);
			ret_fields[count++] = word;
		}
	}
	fail_msg("the manual ends within a list");
	return 0;
}

static const char english[] = "docs/man/sekisho-events.5";
static const char japanese[] = "docs/man/ja/sekisho-events.5";

/* @path has every kind once, with number, severity, type_uid and all fields in the table's order,
 * and nothing else; the Japanese one also what people see of it in their language. */
static void assert_lists_kinds(const char *path)
{
	static const char *const words[] = {
		[EVENT_INFO] = "info", [EVENT_LOW] = "low",	      [EVENT_MEDIUM] = "medium",
		[EVENT_HIGH] = "high", [EVENT_CRITICAL] = "critical",
	};
	size_t items = 0;

	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		const struct event_row *row = &event_rows[i];
		char *fields[FIELDS_MAX], *at, *end;
		char line[512];
		size_t count;

		read_file(path);
		count = (size_t)snprintf(line, sizeof(line), "\n.It Cm %s Pq S-%u, %s, %u\n",
					 row->name, row->number, words[row->severity],
					 event_type_uid(row));
		if (path == japanese)
			snprintf(line + count, sizeof(line) - count, "「%s」\n",
				 gettext(row->meaning));
		at = strstr(text, line);
		if (!at)
			fail_msg("%s lacks: %s", path, line);
		count = manual_fields(at + strlen(line), fields, &end);
		for (size_t j = 0; j < count; j++)
			if (!row->fields[j] || strcmp(row->fields[j], fields[j]) != 0)
				fail_msg("%s: %s says %s where the table says %s", row->name, path,
					 fields[j], row->fields[j] ? row->fields[j] : "nothing");
		if (row->fields[count])
			fail_msg("%s: not in %s: %s", row->name, path, row->fields[count]);
	}
	read_file(path);
	for (char *at = text; (at = strstr(at, "\n.It Cm ")); at++)
		items++;
	assert_int_equal(items, EVENT_KIND_COUNT);
}

static void test_the_manual_lists_them(void **state)
{
	char program[PATH_MAX] = "", locale[PATH_MAX + 16];

	(void)state;
	assert_lists_kinds(english);
	assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	snprintf(locale, sizeof(locale), "%s/../../locale", dirname(program));
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("LANGUAGE", "ja", 1);
	assert_non_null(setlocale(LC_ALL, ""));
	assert_non_null(bindtextdomain("sekisho", locale));
	assert_non_null(textdomain("sekisho"));
	/* The control: the catalogue is there. */
	assert_string_not_equal(gettext(event_rows[0].meaning), event_rows[0].meaning);
	assert_lists_kinds(japanese);
}

static bool is_in_a_row(const char *field)
{
	for (int i = 0; i < EVENT_KIND_COUNT; i++)
		if (has_field(event_rows[i].fields, field))
			return true;
	return false;
}

/* Each field is explained once, and none that there is not. */
static void assert_explains_fields(const char *path)
{
	char line[64];

	read_file(path);
	for (int i = 0; i < EVENT_KIND_COUNT; i++)
		for (const char *const *field = event_rows[i].fields; *field; field++) {
			const char *at;

			snprintf(line, sizeof(line), "\n.It Va %s\n", *field);
			at = strstr(text, line);
			if (!at || strstr(at + 1, line))
				fail_msg("%s: not once: %s", path, line);
		}
	for (const char *at = text; (at = strstr(at, "\n.It Va ")); at++) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at + 8, "\n"), at + 8);
		if (!is_in_a_row(line))
			fail_msg("%s: no kind has %s", path, line);
	}
}

static void test_the_manual_explains_them(void **state)
{
	(void)state;
	assert_explains_fields(english);
	assert_explains_fields(japanese);
}

/* Ways in which the sources name a field; the first group is the name. */
static const char *const setters[] = {
	"event_set(_bytes|_number)?\\(&?[a-z>.-]+,[ \n\t]*\"([a-z0-9_]+)\"",
	"set_(hex|text|number|hash|time)\\([a-z>-]+, \"([a-z0-9_]+)\"",
	"tell_simple\\(engine, ()EVENT_[A-Z_]+, \"([a-z0-9_]+)\"",
	"json_pack\\(()\"\\{s:s, s:s\\}\", \"([a-z0-9_]+)\"",
	"json_pack\\(\"\\{s:s, s:s\\}\", (\"[a-z_]+\", [^,]+), \"([a-z0-9_]+)\"",
};

/* Calls @visit for each field that a file of the agent sets. */
static void each_setting(void (*visit)(const char *path, const char *field, void *user), void *user)
{
	glob_t files = {};

	assert_int_equal(glob("agent/*/*.c", 0, NULL, &files), 0);
	assert_int_equal(glob("pam_module/*.c", GLOB_APPEND, NULL, &files), 0);
	assert_true(files.gl_pathc > 50);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		/* It makes no event: what is plugged in now is described in the same way. */
		if (strcmp(files.gl_pathv[i], "agent/engine/answer.c") == 0)
			continue;
		read_file(files.gl_pathv[i]);
		for (size_t j = 0; j < sizeof(setters) / sizeof(*setters); j++) {
			regmatch_t found[3];
			regex_t expression;
			const char *at = text;

			assert_int_equal(regcomp(&expression, setters[j], REG_EXTENDED), 0);
			while (regexec(&expression, at, 3, found, 0) == 0) {
				char field[64];

				snprintf(field, sizeof(field), "%.*s",
					 (int)(found[2].rm_eo - found[2].rm_so),
					 at + found[2].rm_so);
				visit(files.gl_pathv[i], field, user);
				at += found[0].rm_eo;
			}
			regfree(&expression);
		}
	}
	globfree(&files);
}

/* Each field that the sources set, once: they are read once for all kinds. */
struct settings {
	char fields[FIELDS_SET_MAX][64];
	size_t count;
};

static bool is_set(const struct settings *settings, const char *field)
{
	for (size_t i = 0; i < settings->count; i++)
		if (strcmp(settings->fields[i], field) == 0)
			return true;
	return false;
}

static void must_be_listed(const char *path, const char *field, void *user)
{
	struct settings *settings = user;

	if (!is_in_a_row(field))
		fail_msg("%s sets %s, which no kind has", path, field);
	if (is_set(settings, field))
		return;
	assert_true(settings->count < FIELDS_SET_MAX);
	snprintf(settings->fields[settings->count++], sizeof(*settings->fields), "%s", field);
}

/* What the sources set is in the table and the other way round. That it is in its own kind's row
 * is seen when it happens: builds with sanitizers abort otherwise. */
static void test_the_sources_set_them(void **state)
{
	static struct settings settings;

	(void)state;
	each_setting(must_be_listed, &settings);
	for (int i = 0; i < EVENT_KIND_COUNT; i++)
		for (const char *const *field = event_rows[i].fields; *field; field++)
			if (!is_set(&settings, *field))
				fail_msg("nobody sets %s of %s", *field, event_rows[i].name);
}

static void test_a_stray_field_is_seen(void **state)
{
	json_t *fields = json_pack("{s:s}", "user", "taro");

	(void)state;
	assert_null(event_stray_field(EVENT_LOGIN_GRANTED, fields));
	assert_string_equal(event_stray_field(EVENT_DEVICE_GONE, fields), "user");
	assert_string_equal(event_stray_field(EVENT_ENGINE_OVERRUN, fields), "user");
	json_decref(fields);
}

/* Where each kind is shown to come of a real action. */
static const struct {
	enum event_kind kind;
	const char *path;
} shown[] = {
	{EVENT_LOGIN_GRANTED, "tests/auth/test_login.c"},
	{EVENT_LOGIN_REFUSED, "tests/auth/test_hostile.c"},
	{EVENT_LOGIN_EXEMPT, "tests/auth/test_login.c"},
	{EVENT_LOGIN_OPENED, "tests/auth/test_login.c"},
	{EVENT_LOGIN_UNFINISHED, "tests/auth/test_login.c"},
	{EVENT_KEY_ADDED, "tests/auth/test_key.c"},
	{EVENT_KEY_REVOKED, "tests/auth/test_key.c"},
	{EVENT_OTP_ADDED, "tests/auth/test_otp_seeds.c"},
	{EVENT_OTP_REMOVED, "tests/auth/test_otp_seeds.c"},
	{EVENT_OTP_RESYNCED, "tests/auth/test_otp_seeds.c"},
	{EVENT_KEY_SUSPECT, "tests/auth/test_hostile.c"},
	{EVENT_ROSTER_IMPORTED, "tests/host/import"},
	{EVENT_RIGHTS_CHANGED, "tests/host/import"},
	{EVENT_ROSTER_RESTORED, "tests/host/import"},
	{EVENT_DEVICE_ALLOWED, "tests/vm/test_usb.py"},
	{EVENT_DEVICE_BLOCKED, "tests/vm/test_usb.py"},
	{EVENT_DEVICE_GONE, "tests/vm/test_usb.py"},
	{EVENT_DEVICE_AUDITED, "tests/unit/test_audit_mode.c"},
	{EVENT_CHALLENGE_ASKED, "tests/vm/challenge.py"},
	{EVENT_CHALLENGE_PASSED, "tests/vm/challenge.py"},
	{EVENT_CHALLENGE_FAILED, "tests/vm/challenge.py"},
	{EVENT_ATTEMPT_REFUSED, "tests/vm/attempts.py"},
	{EVENT_ENGINE_START, "tests/host/engine-events"},
	{EVENT_ENGINE_STOP, "tests/host/engine-events"},
	{EVENT_ENGINE_OVERRUN, "tests/vm/test_usb.py"},
	{EVENT_ENGINE_FAULT, "tests/vm/test_usb.py"},
	{EVENT_ENGINE_DROPPED, "tests/host/engine-events"},
	{EVENT_POLICY_LOADED, "tests/host/engine-events"},
	{EVENT_POLICY_REJECTED, "tests/host/engine-events"},
	{EVENT_POLICY_AUDIT, "tests/host/engine-events"},
	{EVENT_STORE_TORN, "tests/host/journal-retained"},
	{EVENT_STORE_BREAK, "tests/host/journal-retained"},
	{EVENT_STORE_FAULT, "tests/host/journal-full"},
	{EVENT_STORE_CHECKPOINT, "tests/host/engine-events"},
	{EVENT_STORE_DROPPED, "tests/host/journal-retained"},
	{EVENT_STORE_MISMATCH, "tests/unit/test_receipt_way.c"},
	{EVENT_DOOR_ENABLED, "tests/vm/test_enable.py"},
	{EVENT_DOOR_DISABLED, "tests/vm/test_enable.py"},
	{EVENT_CLOCK_CHANGED, "tests/host/engine-events"},
	{EVENT_TAMPER_FOUND, "tests/vm/test_exits.py"},
	{EVENT_COLLECTOR_LOST, "tests/host/forward-lost"},
	{EVENT_COLLECTOR_BACK, "tests/host/forward-lost"},
	{EVENT_LOGIN_LOCKED, "tests/auth/test_lockout.c"},
	{EVENT_LOGIN_UNLOCKED, "tests/auth/test_unlock.c"},
	{EVENT_KEY_REMOVED, "tests/vm/test_removal.py"},
	{EVENT_OPERATOR_CHANGED, "tests/auth/test_takeover.c"},
	{EVENT_SESSION_LOCKED, "tests/vm/test_removal.py"},
	{EVENT_SESSION_ENDED, "tests/vm/test_removal.py"},
	{EVENT_SESSION_EXPOSED, "tests/host/presence"},
	{EVENT_LOGIN_WITNESSED, "tests/auth/test_second.c"},
	{EVENT_SUBSTITUTE_USED, "tests/auth/test_substitute.c"},
	{EVENT_REVOCATIONS_TAKEN, "tests/host/forward-letters"},
	{EVENT_SUBSTITUTE_ANSWERED, "tests/auth/test_telephone.c"},
	{EVENT_KEY_LAPSED, "tests/host/presence"},
	{EVENT_CLOCK_DIFFERS, "tests/host/forward-letters"},
	{EVENT_CLOCK_AGREES, "tests/host/forward-letters"},
	{EVENT_SETTINGS_SEEN, "tests/vm/test_exits.py"},
	{EVENT_SETTINGS_CHANGED, "tests/vm/test_exits.py"},
};

static void test_every_kind_is_shown(void **state)
{
	(void)state;
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		bool found = false;

		for (size_t j = 0; j < sizeof(shown) / sizeof(*shown); j++) {
			if ((int)shown[j].kind != i)
				continue;
			read_file(shown[j].path);
			if (!strstr(text, event_rows[i].name))
				fail_msg("%s does not name %s", shown[j].path, event_rows[i].name);
			found = true;
		}
		if (!found)
			fail_msg("no test shows that %s comes of anything", event_rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_manual_lists_them),
		cmocka_unit_test(test_the_manual_explains_them),
		cmocka_unit_test(test_the_sources_set_them),
		cmocka_unit_test(test_a_stray_field_is_seen),
		cmocka_unit_test(test_every_kind_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
