/* Two terminals, each with a session of its own, and people who read digits to each other. */
#ifndef TEST_TELEPHONE_FIXTURE_H
#define TEST_TELEPHONE_FIXTURE_H

#include "folder.h"
#include "second_fixture.h"
#include "steppedclock.h"

#include "agent/auth/phonecode.h"
#include "cleanup.h"
#include "number.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTINGS   PATIENT "Substitute=login\nSubstituteByTelephone=login\n"
#define VOUCH_NAME "sekisho-substitute"

/* taro forgot the key; hanako sits at the desk. Both rosters know both. */
static struct terminal *counter, *desk;
static struct phonecode_key counter_key, desk_key, third_key;

/* What the colleague at the desk does and says. */
static struct {
	const char *terminal, *user, *pin;
	const char *voucher; /* who vouches there */
	long long clock; /* seconds that the desk's is ahead */
} colleague;
static struct outcome desk_outcome;
static char told[PHONECODE_SHOWN]; /* by the desk, "" for nothing */
static const char *typed; /* instead of what was told; NULL: that */
static char answer[64];

static inline void make_key(const struct terminal *terminal, struct phonecode_key *ret_key)
{
	_cleanup_close_ int dirfd = -1;
	char place[128];

	snprintf(place, sizeof(place), "%s/state", terminal->folder);
	dirfd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(phonecode_make(dirfd, ret_key), 0);
}

static inline void write_group(const struct terminal *terminal, bool desk_answers)
{
	char counter_digits[2 * PHONEGROUP_KEY + 1], desk_digits[2 * PHONEGROUP_KEY + 1];
	char third_digits[2 * PHONEGROUP_KEY + 1], text[512];

	hex_format(counter_key.public, PHONEGROUP_KEY, counter_digits);
	hex_format(desk_key.public, PHONEGROUP_KEY, desk_digits);
	hex_format(third_key.public, PHONEGROUP_KEY, third_digits);
	snprintf(text, sizeof(text), PHONEGROUP_HEADER "counter %s\ndesk %s%s\nthird %s\n",
		 counter_digits, desk_digits, desk_answers ? " answers=yes" : "", third_digits);
	folder_write(terminal, "substitutes", text, 0644);
}

static inline void employ(struct terminal *terminal)
{
	terminal->periods[0] =
		(struct roster_period){.user = "hanako", .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal->periods[1] =
		(struct roster_period){.user = "jiro", .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal->n_periods = 2;
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_enrol(terminal, 0, "jiro", PIN);
	terminal_enrol(terminal, 0, "saburo", PIN);
	terminal_enrol(terminal, 0, "taro", PIN);
}

static inline int setup(void **state)
{
	void *other = NULL;

	if (terminal_setup(state) != 0 || terminal_setup(&other) != 0)
		return -1;
	counter = *state;
	desk = other;
	terminal_sit(counter);
	terminal_sit(desk);
	make_key(desk, &third_key);
	return 0;
}

static inline int set_up_both(void **state)
{
	char place[128];

	if (setup(state) != 0)
		return -1;
	snprintf(place, sizeof(place), "%s/state/" PHONECODE_FILE, desk->folder);
	assert_int_equal(unlink(place), 0);
	make_key(desk, &desk_key);
	make_key(counter, &counter_key);
	write_group(counter, true);
	write_group(desk, true);
	employ(counter);
	terminal_unplug(counter, 0);
	employ(desk);
	terminal_configure(counter, SETTINGS);
	colleague.terminal = "counter";
	colleague.user = "taro";
	colleague.pin = PIN;
	colleague.voucher = "hanako";
	colleague.clock = 0;
	typed = NULL;
	told[0] = '\0';
	return 0;
}

static inline int teardown(void **state)
{
	void *other = desk;
	int r = terminal_teardown(&other);

	return terminal_teardown(state) | r;
}

#define CALLED(function) cmocka_unit_test_setup_teardown(function, set_up_both, teardown)

/* The first twelve digits in groups behind @mark. */
static inline void find_digits(const char *text, const char *mark,
			       char digits[static PHONECODE_SHOWN])
{
	const char *at = strstr(text, mark);

	digits[0] = '\0';
	if (!at)
		return;
	at += strlen(mark);
	if (strspn(at, "0123456789-") >= PHONECODE_SHOWN - 1)
		snprintf(digits, PHONECODE_SHOWN, "%s", at);
}

static inline void vouch(const char *challenge)
{
	const char *const answers[] = {colleague.pin, colleague.terminal, colleague.user, challenge,
				       NULL};
	const struct visit visit = {.user = colleague.voucher,
				    .service = VOUCH_NAME,
				    .flags = AUTH_VOUCH,
				    .answers = answers};

	if (colleague.clock)
		steppedclock_step(desk, colleague.clock);
	desk_outcome = terminal_visit(desk, &visit);
	steppedclock_leave();
	find_digits(desk_outcome.text, "answer to your colleague: ", told);
}

static inline void call(struct terminal *terminal, const char *prompt)
{
	char challenge[PHONECODE_SHOWN];

	(void)terminal;
	if (!strstr(prompt, "[S-2023]"))
		return;
	find_digits(prompt, "number ", challenge);
	assert_int_equal(strlen(challenge), PHONECODE_SHOWN - 1);
	if (!typed)
		vouch(challenge);
	snprintf(answer, sizeof(answer), "%s", typed ? typed : told);
}

static inline struct outcome visit(const char *voucher)
{
	const char *const answers[] = {"telephone", voucher, answer, NULL};

	return terminal_visit(
		counter,
		&(struct visit){.user = "taro", .answers = answers, .before_answer = call});
}

#endif
