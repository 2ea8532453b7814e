/* who stands on the collector's list is let in by nothing, whatever the roster says; a list
 * that can't be read, or is older than the settings allow, lets nobody in. */
#include "terminal.h"

#include "agent/auth/otpfile.h"
#include "cleanup.h"

#include <liboath/oath.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CODES	PATIENT "Factors=otp\n"
#define MONTHLY PATIENT "[Rights]\nMaxRevocationAgeDays=30\n"
#define DAY	86400

static const char seed[] = "12345678901234567890";

static const char *path_of(const struct terminal *terminal, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", terminal->folder, name);
	return path;
}

static void write_text(const struct terminal *terminal, const char *name, const char *text)
{
	FILE *file = fopen(path_of(terminal, name), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path_of(terminal, name), 0600), 0);
}

static struct outcome visit(struct terminal *terminal, const char *user, enum verdict verdict)
{
	const struct visit visit = {.user = user, .pin = PIN};
	struct outcome outcome = terminal_visit(terminal, &visit);

	assert_verdict(&outcome, verdict);
	return outcome;
}

static void test_a_lost_key(void **state)
{
	struct terminal *terminal = *state;
	const struct roster_entry *lost;
	struct outcome outcome;

	PLUG(terminal, 0);
	PLUG(terminal, 1);
	lost = terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 1, "hanako", PIN);
	terminal_unplug(terminal, 1);
	visit(terminal, "hanako", VERDICT_GRANTED);
	terminal_revoke(terminal, time(NULL), lost, NULL);
	outcome = visit(terminal, "hanako", VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"listed\"");
	/* Whoever found it is told no more than of any other key. */
	assert_non_null(strstr(outcome.text, "S-2103"));
	terminal_unplug(terminal, 0);
	PLUG(terminal, 1);
	visit(terminal, "hanako", VERDICT_GRANTED);
	/* It was found again. */
	terminal_unplug(terminal, 1);
	PLUG(terminal, 0);
	terminal_revoke(terminal, time(NULL), NULL, "taro");
	visit(terminal, "hanako", VERDICT_GRANTED);
	assert_events(terminal, "login.granted", 3);
}

static void test_a_person(void **state)
{
	struct terminal *terminal = *state;
	struct outcome known, unknown;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 0, "taro", PIN);
	terminal_revoke(terminal, time(NULL), NULL, "hanako");
	known = visit(terminal, "hanako", VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"person-revoked\"");
	unknown = visit(terminal, "jiro", VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"not-enrolled\"");
	assert_string_equal(known.text, unknown.text);
	assert_int_equal(known.prompts, unknown.prompts);
	visit(terminal, "taro", VERDICT_GRANTED);
}

static void visit_with_code(struct terminal *terminal, enum verdict verdict)
{
	char code[OTP_CODE_SIZE];
	const struct visit visit = {.user = "hanako", .confirm = code};
	struct outcome outcome;

	assert_int_equal(oath_hotp_generate(seed, strlen(seed), (uint64_t)time(NULL) / OTP_STEP, 6,
					    false, OATH_HOTP_DYNAMIC_TRUNCATION, code),
			 OATH_OK);
	outcome = terminal_visit(terminal, &visit);
	assert_verdict(&outcome, verdict);
}

/* Also where no key is accepted, and no roster is there. */
static void test_a_persons_codes(void **state)
{
	struct terminal *terminal = *state;

	terminal_configure(terminal, CODES);
	unlink(path_of(terminal, "roster"));
	write_text(terminal, "state/" OTPFILE_NAME,
		   OTPFILE_HEADER "hanako totp 3132333435363738393031323334353637383930\n");
	terminal_revoke(terminal, time(NULL), NULL, "hanako");
	visit_with_code(terminal, VERDICT_WRONG);
	assert_event(terminal, "\"reason\":\"otp-revoked\"");
	terminal_revoke(terminal, time(NULL), NULL, "taro");
	visit_with_code(terminal, VERDICT_GRANTED);
}

/* Before anybody is asked for anything: it is the same for all. */
static void nobody_gets_in(struct terminal *terminal, const char *reason, const char *number)
{
	static const char *const people[] = {"hanako", "jiro"};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(people); i++) {
		struct outcome outcome = visit(terminal, people[i], VERDICT_BROKEN);

		assert_int_equal(outcome.prompts, 0);
		assert_non_null(strstr(outcome.text, number));
	}
	snprintf(text, sizeof(text), "\"reason\":\"%s\"", reason);
	assert_event(terminal, text);
}

static void test_a_damaged_list(void **state)
{
	struct terminal *terminal = *state;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	visit(terminal, "hanako", VERDICT_GRANTED);
	write_text(terminal, "revoked", "");
	nobody_gets_in(terminal, "revocations", "S-2211");
	write_text(terminal, "revoked", "{\"format\":1,\"what\":\"revoked\",\"number\":1}");
	nobody_gets_in(terminal, "revocations", "S-2211");
	terminal_revoke(terminal, time(NULL), NULL, NULL);
	assert_int_equal(chmod(path_of(terminal, "revoked"), 0666), 0);
	nobody_gets_in(terminal, "revocations", "S-2211");
	assert_int_equal(chmod(path_of(terminal, "revoked"), 0640), 0);
	visit(terminal, "hanako", VERDICT_GRANTED);
	assert_events(terminal, "\"reason\":\"revocations\"", 6);
}

static void test_an_old_list(void **state)
{
	struct terminal *terminal = *state;
	const time_t now = time(NULL);

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_revoke(terminal, now - 31 * DAY - 60, NULL, "taro");
	visit(terminal, "hanako", VERDICT_GRANTED);
	terminal_configure(terminal, MONTHLY);
	nobody_gets_in(terminal, "revocations-old", "S-2212");
	terminal_revoke(terminal, now - 30 * DAY - 60, NULL, "taro");
	visit(terminal, "hanako", VERDICT_GRANTED);
	/* Then it is our clock that is behind. */
	terminal_revoke(terminal, now + 100L * DAY, NULL, "taro");
	visit(terminal, "hanako", VERDICT_GRANTED);
	assert_int_equal(unlink(path_of(terminal, "revoked")), 0);
	nobody_gets_in(terminal, "revocations-missing", "S-2211");
	assert_events(terminal, "login.granted", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_lost_key),	   CASE(test_a_person),	   CASE(test_a_persons_codes),
		CASE(test_a_damaged_list), CASE(test_an_old_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
