/* A second person in somebody's log-in, who has a key with another PIN. */
#ifndef TEST_SECOND_FIXTURE_H
#define TEST_SECOND_FIXTURE_H

#include "terminal.h"

#define COLLEAGUE_PIN "5678"
#define PLUG_COLLEAGUES(terminal, index)                                                           \
	terminal_plug(terminal, index, (const char *const[]){"--pin", COLLEAGUE_PIN, NULL})

/* Nobody was let in, by whomever. */
static inline void assert_refused(const struct terminal *terminal, const struct outcome *outcome,
				  const char *reason)
{
	char wanted[64];

	assert_verdict(outcome, VERDICT_WRONG);
	snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\"", reason);
	assert_event(terminal, wanted);
	assert_events(terminal, "login.granted", 0);
	assert_events(terminal, "login.witnessed", 0);
	assert_events(terminal, "substitute.used", 0);
}

/* taro's key is 0 and at home, hanako's is 1; she may vouch. */
static inline void forget_key(struct terminal *terminal, const char *settings)
{
	terminal_sit(terminal);
	terminal_configure(terminal, settings);
	terminal->periods[0] =
		(struct roster_period){.user = "hanako", .terms.rights = ROSTER_MAY_SUBSTITUTE};
	terminal->n_periods = 1;
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "taro", PIN);
	terminal_unplug(terminal, 0);
	PLUG_COLLEAGUES(terminal, 1);
	terminal_enrol(terminal, 1, "hanako", COLLEAGUE_PIN);
}

#endif
