/* what `sekisho explain login --on` tells of another day beforehand is what the log-in
 * does once the clock says so. */
#include "explained_fixture.h"

#include "folder.h"
#include "steppedclock.h"

#include "agent/auth/operators.h"
#include "cleanup.h"

#include <time.h>

#define OWN    "daemon"
#define SHARED "games" /* daemon's and bin's */

static int setup(void **state)
{
	struct terminal *terminal;
	char path[128];

	if (steppedclock_setup(state) != 0)
		return -1;
	terminal = *state;
	/* Who works in which session of a shared account. */
	assert_int_equal(mkdir(folder_path(terminal, "now", path), 0755), 0);
	terminal_configure(terminal, PATIENT "WrongAnswers=100\n");
	terminal_sit(terminal);
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, OWN, PIN);
	return 0;
}

/* "2027-04-01 08:30" */
static void set_clock(const struct terminal *terminal, const char *moment)
{
	struct tm tm = {.tm_isdst = -1};

	assert_non_null(strptime(moment, "%Y-%m-%d %H:%M", &tm));
	steppedclock_set(terminal, mktime(&tm));
}

/* Told beforehand, told at that moment, and done. */
static void check_moment(struct terminal *terminal, const char *user, const char *moment, bool in,
			 const char *reason)
{
	const struct visit visit = {.user = user, .pin = PIN, .passes = true};
	char before[WORDS_MAX], then[WORDS_MAX], wanted[64];
	int told_before, told_then;
	struct outcome outcome;

	steppedclock_leave();
	told_before = explain(terminal, user, "login", moment, before);
	set_clock(terminal, moment);
	told_then = explain(terminal, user, "login", NULL, then);
	outcome = terminal_visit(terminal, &visit);
	steppedclock_leave();
	snprintf(wanted, sizeof(wanted), "(%s, ", reason);
	if ((outcome.verdict == (int)VERDICT_GRANTED) != in || told_before != !in ||
	    told_then != !in || !strstr(before, in ? "gets in" : wanted))
		fail_msg("%s on %s: verdict %d, told %d beforehand and %d then: %s%s", user, moment,
			 outcome.verdict, told_before, told_then, before, then);
	/* What is not known of another day is said to be left out. */
	assert_non_null(strstr(before, "Beforehand nobody can tell, so it is left out:"));
	assert_null(strstr(then, "Beforehand"));
}

/* The day as a whole: the hours are told, or it is refused. */
static void check_day(const struct terminal *terminal, const char *user, const char *day, bool in,
		      const char *words)
{
	char said[WORDS_MAX];
	int status = explain(terminal, user, "login", day, said);

	if (status != !in || !strstr(said, words))
		fail_msg("%s on %s: %d: %s", user, day, status, said);
}

/* A transfer on 1 April, into hours; the key's own days are shorter at both ends. */
static void test_transfer(void **state)
{
	struct terminal *terminal = *state;

	terminal->entries[0].from = 20270302;
	terminal->entries[0].to = 20270429;
	terminal->periods[0] =
		(struct roster_period){.user = OWN, .from = 20270301, .to = 20270331};
	terminal->periods[1] = (struct roster_period){.user = OWN,
						      .from = 20270401,
						      .to = 20270430,
						      .terms = {.opens = 510, .closes = 1035}};
	terminal->n_periods = 2;
	terminal_roster(terminal);
	check_moment(terminal, OWN, "2027-02-28 23:30", false, "not-yet");
	check_moment(terminal, OWN, "2027-03-01 12:00", false, "not-yet");
	check_moment(terminal, OWN, "2027-03-02 00:00", true, "");
	check_moment(terminal, OWN, "2027-03-31 23:30", true, "");
	check_moment(terminal, OWN, "2027-04-01 00:00", false, "outside-hours");
	check_moment(terminal, OWN, "2027-04-01 08:30", true, "");
	check_moment(terminal, OWN, "2027-04-29 17:15", false, "outside-hours");
	check_moment(terminal, OWN, "2027-04-30 12:00", false, "expired");
	check_day(terminal, OWN, "2027-03-31", true, "nothing: with the factors above");
	check_day(terminal, OWN, "2027-04-01", true,
		  "on that day only at these hours: 08:30-17:15");
	check_day(terminal, OWN, "2027-05-01", false, "does not get in on that day");
}

/* Who is witnessed from 1 April on does not get in alone, and nobody vouches any more. */
static void test_witness(void **state)
{
	struct terminal *terminal = *state;
	struct visit visit = {.user = OWN, .pin = PIN, .passes = true};
	char said[WORDS_MAX];
	struct outcome outcome;

	terminal_configure(terminal, PATIENT "Substitute=login\n");
	PLUG(terminal, 1);
	terminal_enrol(terminal, 1, "bin", PIN);
	terminal_unplug(terminal, 1);
	terminal->periods[0] = (struct roster_period){.user = OWN, .to = 20270331};
	terminal->periods[1] =
		(struct roster_period){.user = OWN, .from = 20270401, .terms = {.witnessed = true}};
	terminal->periods[2] = terminal->periods[1];
	terminal->periods[3] = terminal->periods[0];
	terminal->periods[0] = (struct roster_period){
		.user = "bin",
		.from = 20270401,
		.to = 20270430,
		.terms = {.rights = ROSTER_MAY_WITNESS, .opens = 540, .closes = 600}};
	terminal->periods[1] = terminal->periods[3];
	terminal->n_periods = 3;
	terminal_roster(terminal);
	assert_int_equal(explain(terminal, OWN, "login", "2027-03-31", said), 0);
	assert_non_null(strstr(said, "vouching: no colleague with that right"));
	assert_non_null(strstr(said, "may type \"substitute\""));
	assert_null(strstr(said, "the right to witness"));
	assert_int_equal(explain(terminal, OWN, "login", "2027-04-01", said), 0);
	assert_null(strstr(said, "may type \"substitute\""));
	assert_non_null(strstr(said, "the right to witness"));
	set_clock(terminal, "2027-04-01 12:00");
	outcome = terminal_visit(terminal, &visit);
	steppedclock_leave();
	assert_int_not_equal(outcome.verdict, VERDICT_GRANTED);
	/* Nor where the colleague who has the right is not there: hours, days, no key, oneself. */
	assert_int_equal(explain(terminal, OWN, "login", "2027-04-01 09:30", said), 0);
	assert_int_equal(explain(terminal, OWN, "login", "2027-04-01 12:00", said), 1);
	assert_non_null(strstr(said, "(second-right, "));
	assert_int_equal(explain(terminal, OWN, "login", "2027-05-01", said), 1);
	assert_non_null(strstr(said, "(second-right, "));
	terminal->periods[2].terms =
		(struct roster_terms){.witnessed = true, .opens = 600, .closes = 660};
	terminal_roster(terminal);
	assert_int_equal(explain(terminal, OWN, "login", "2027-04-01", said), 1);
	terminal->periods[2].terms.opens = 599;
	terminal_roster(terminal);
	assert_int_equal(explain(terminal, OWN, "login", "2027-04-01", said), 0);
	/* Nobody can stand by at a log-in from afar. */
	assert_int_equal(explain(terminal, OWN, "sshd", "2027-03-31", said), 1);
	assert_null(strstr(said, "(second-afar, "));
	assert_int_equal(explain(terminal, OWN, "sshd", "2027-04-01", said), 1);
	assert_non_null(strstr(said, "(second-afar, "));
}

/* The account's days and hours, the operator's at it, and the operator's own. */
static void test_shared(void **state)
{
	struct terminal *terminal = *state;

	folder_write(terminal, "operators",
		     OPERATORS_HEADER SHARED " " OWN " from=2027-04-01 to=2027-04-10\n", 0644);
	terminal->periods[0] = (struct roster_period){
		.user = OWN, .to = 20270409, .terms = {.opens = 480, .closes = 720}};
	terminal->periods[1] = (struct roster_period){
		.user = SHARED, .from = 20270402, .terms = {.opens = 600, .closes = 1080}};
	terminal->n_periods = 2;
	terminal_roster(terminal);
	check_moment(terminal, SHARED, "2027-03-31 11:00", false, "not-yet");
	check_moment(terminal, SHARED, "2027-04-01 11:00", false, "not-yet");
	check_moment(terminal, SHARED, "2027-04-02 11:00", true, "");
	check_moment(terminal, SHARED, "2027-04-02 09:00", false, "outside-hours");
	check_moment(terminal, SHARED, "2027-04-02 13:00", false, "outside-hours");
	check_moment(terminal, SHARED, "2027-04-10 11:00", false, "expired");
	check_day(terminal, SHARED, "2027-04-02", true, "only at these hours: 08:00-12:00");
	check_day(terminal, SHARED, "2027-04-02", true, "only at these hours: 10:00-18:00");
	terminal->periods[0].terms.closes = 600;
	terminal_roster(terminal);
	check_moment(terminal, SHARED, "2027-04-02 09:30", false, "outside-hours");
	check_moment(terminal, SHARED, "2027-04-02 10:00", false, "outside-hours");
	check_day(terminal, SHARED, "2027-04-02", false, "don't meet (outside-hours, ");
}

/* Who waits now does not wait then; whose key may be a copy still has that. */
static void test_left_out(void **state)
{
	struct terminal *terminal = *state;
	const struct visit wrong = {.user = OWN, .pin = "9999"};
	char said[WORDS_MAX];
	struct outcome outcome;

	terminal_configure(terminal, PATIENT "WrongAnswers=1\n");
	outcome = terminal_visit(terminal, &wrong);
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(explain(terminal, OWN, "login", NULL, said), 1);
	assert_non_null(strstr(said, "(locked, S-2125)"));
	assert_int_equal(explain(terminal, OWN, "login", "2027-04-01", said), 0);
	assert_null(strstr(said, "(locked, S-2125)"));
	assert_non_null(strstr(said, "waits after wrong answers"));
}

/* The collector's list as it is now: who stands there does not get in on any day. How old it will
 * be nobody knows, which is said where it counts; without one nobody gets in then. */
static void test_revoked(void **state)
{
	struct terminal *terminal = *state;
	char said[WORDS_MAX];

	terminal_configure(terminal, PATIENT "[Rights]\nMaxRevocationAgeDays=30\n");
	assert_int_equal(explain(terminal, OWN, "login", "2999-04-01", said), 1);
	assert_non_null(strstr(said, "(revocations-missing, "));
	terminal_revoke(terminal, time(NULL), NULL, "somebody");
	assert_int_equal(explain(terminal, OWN, "login", "2999-04-01", said), 0);
	assert_non_null(strstr(said, "how old the collector's list"));
	terminal_revoke(terminal, time(NULL), NULL, OWN);
	assert_int_equal(explain(terminal, OWN, "login", "2999-04-01", said), 1);
	assert_non_null(strstr(said, "(person-revoked, "));
	terminal_configure(terminal, PATIENT);
	assert_int_equal(explain(terminal, OWN, "login", "2999-04-01", said), 1);
	assert_null(strstr(said, "how old the collector's list"));
}

#define DAY_CASE(function) cmocka_unit_test_setup_teardown(function, setup, steppedclock_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DAY_CASE(test_transfer), DAY_CASE(test_witness), DAY_CASE(test_shared),
		DAY_CASE(test_left_out), DAY_CASE(test_revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
