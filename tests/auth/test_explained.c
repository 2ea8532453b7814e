/* what `sekisho explain login` tells beforehand is what the log-in then does. */
#include "explained_fixture.h"

#include "agent/auth/counter.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* root's key is in. A question that may be shown is answered with yes. */
static const struct {
	const char *policy, *service;
	unsigned int prompts, shown;
	int verdict;
	const char *told;
} rows[] = {
	{"", "login", 1, 0, VERDICT_GRANTED, "at this terminal: the security key from afar"},
	{"Factors=key+pin\n", "sudo", 1, 0, VERDICT_GRANTED, "the security key from afar"},
	{"", "sshd", 0, 0, VERDICT_NO_KEY, "(key-afar, S-2128)"},
	{"Factors=otp, key\n", "login", 2, 1, VERDICT_GRANTED,
	 "at this terminal: in one question, a one-time code, or yes for the security key from "
	 "afar"},
	{"UserVerification=roster\n", "login", 0, 0, VERDICT_GRANTED, "the key: with a touch, and"},
	{"UserVerification=roster\n[Service sudo]\nFactors=key+pin\n", "sudo", 1, 0,
	 VERDICT_GRANTED, "the key: with its PIN or fingerprint, and a touch"},
	{"[Service sudo]\nAllowUsers=daemon\n", "sudo", 1, 0, VERDICT_WRONG, "(not-here, S-2150)"},
	{"[Service sudo]\nAllowUsers=daemon\n", "login", 1, 0, VERDICT_GRANTED, "the security key"},
	{"[Service sudo]\nAllowGroups=root\n", "sudo-i", 1, 0, VERDICT_GRANTED,
	 "AllowUsers or AllowGroups name the person"},
	{"[Group root]\nFactors=otp\n[Service sudo]\nFactors=key\n", "sudo", 0, 0, VERDICT_BROKEN,
	 "(no-factors, S-2203)"},
	{"[Group root]\nFactors=otp\n[Service sudo]\nFactors=key\n", "login", 1, 1, VERDICT_WRONG,
	 "at this terminal: a one-time code; no key from afar"},
	{"[Group sekisho-no-such-group]\nFactors=otp\n", "login", 0, 0, VERDICT_BROKEN,
	 "can't be told"},
	{"[Service sudo]\nFactors=key+otp\n", "login", 0, 0, VERDICT_BROKEN,
	 "are two things one has"},
};

static void test_as_told(void **state)
{
	struct terminal *terminal = *state;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "root", PIN)->uv_optional = true;
	terminal_roster(terminal);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct visit root = {
			.user = "root", .service = rows[i].service, .pin = PIN, .confirm = "yes"};
		const bool ssh = strcmp(rows[i].service, "sshd") == 0;
		char text[512], said[WORDS_MAX];
		struct outcome outcome;
		int status;

		snprintf(text, sizeof(text), PATIENT "%s", rows[i].policy);
		terminal_configure(terminal, text);
		status = explain(terminal, "root", rows[i].service, NULL, said);
		root.rhost = ssh ? "192.0.2.7" : NULL;
		outcome = terminal_visit(terminal, &root);
		if (!strstr(said, rows[i].told) || outcome.verdict != rows[i].verdict ||
		    outcome.prompts != rows[i].prompts || outcome.shown != rows[i].shown ||
		    (status == 0) != (outcome.verdict == (int)VERDICT_GRANTED))
			fail_msg("%s at %s: %d prompts, %d shown, verdict %d, status %d: %s%s",
				 rows[i].policy, rows[i].service, outcome.prompts, outcome.shown,
				 outcome.verdict, status, outcome.text, said);
		/* yes is no code. */
		if (outcome.verdict == (int)VERDICT_WRONG && rows[i].shown)
			assert_event(terminal, "\"reason\":\"otp-malformed\"");
	}
}

/* Wrong answers, and no key at all. */
static void test_refused_today(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char said[WORDS_MAX];

	terminal_configure(terminal, PATIENT "WrongAnswers=1\n");
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "root", PIN);
	assert_int_equal(explain(terminal, "root", "login", NULL, said), 0);
	assert_int_equal(explain(terminal, "daemon", "login", NULL, said), 1);
	assert_non_null(strstr(said, "(not-enrolled, S-2103)"));
	outcome = terminal_visit(terminal, &(struct visit){.user = "root", .pin = "9999"});
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(explain(terminal, "root", "login", NULL, said), 1);
	assert_non_null(strstr(said, "after wrong answers the next try waits, "));
	assert_non_null(strstr(said, "(locked, S-2125)"));
	/* Who is exempt waits for nothing; whether that opens the door is the line's to say. */
	terminal_configure(terminal,
			   PATIENT "WrongAnswers=1\nExemptUsers=root\nExemptServices=login\n");
	assert_int_equal(explain(terminal, "root", "login", NULL, said), 1);
	assert_null(strstr(said, "next try waits"));
	assert_non_null(strstr(said, "(exempt-refused, S-1006)"));
	outcome = terminal_visit(terminal, &(struct visit){.user = "root", .pin = PIN});
	assert_verdict(&outcome, VERDICT_EXEMPT);
}

/* Who guesses from afar keeps nobody here waiting, and nobody is told so. */
static void test_waits_from_afar(void **state)
{
	struct terminal *terminal = *state;
	struct visit visit = {.user = "root", .service = "sshd", .pin = "9999", .confirm = "yes"};
	struct outcome outcome;
	char said[WORDS_MAX];

	terminal_configure(terminal, PATIENT "WrongAnswers=1\n");
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "root", PIN);
	outcome = terminal_visit(terminal, &visit);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(explain(terminal, "root", "sshd", NULL, said), 1);
	assert_non_null(strstr(said, "after wrong answers the next try waits, "));
	assert_int_equal(explain(terminal, "root", "login", NULL, said), 0);
	assert_non_null(strstr(said, "after wrong answers from afar the next try from afar waits"));
	visit = (struct visit){.user = "root", .service = "login", .pin = PIN};
	outcome = terminal_visit(terminal, &visit);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* A key that may have been copied. */
static void test_suspect(void **state)
{
	struct terminal *terminal = *state;
	const struct roster_entry *entry;
	struct counter counter = {};
	struct outcome outcome;
	char said[WORDS_MAX], path[192];
	int dirfd, fd = -1;

	terminal_configure(terminal, PATIENT);
	PLUG(terminal, 0);
	entry = terminal_enrol(terminal, 0, "root", PIN);
	assert_int_equal(explain(terminal, "root", "login", NULL, said), 0);
	snprintf(path, sizeof(path), "%s/state", terminal->folder);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dirfd >= 0);
	assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	assert_int_equal(counter_lock(fd, entry->credential, entry->credential_length,
				      wire_now() + 10000, &counter),
			 0);
	assert_int_equal(counter_store(&counter, counter.value, COUNTER_SUSPECT), 0);
	close(fd);
	close(dirfd);
	assert_int_equal(explain(terminal, "root", "login", NULL, said), 1);
	assert_non_null(strstr(said, "(suspect, S-2116)"));
	outcome = terminal_visit(terminal, &(struct visit){.user = "root", .pin = PIN});
	assert_verdict(&outcome, VERDICT_BLOCKED);
	assert_event(terminal, "\"reason\":\"suspect\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_as_told),
		CASE(test_refused_today),
		CASE(test_waits_from_afar),
		CASE(test_suspect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
