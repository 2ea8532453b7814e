/* The table of everything that can happen in an entry point and the PAM code that comes of it.
 * pam_sekisho(8) lists every row; a test holds the two against each other. Codes are those that
 * pam_sm_authenticate(3) and its neighbours name, and PAM_SERVICE_ERR for a wrong line of
 * /etc/pam.d. */
#ifndef SEKISHO_RESULT_H
#define SEKISHO_RESULT_H

#include "verdict.h"

#include <stdbool.h>

/* The entry points in which a row may be the result. */
enum entry {
	ENTRY_AUTHENTICATE = 1,
	ENTRY_SETCRED = 2,
	ENTRY_ACCOUNT = 4,
	ENTRY_SESSION = 8,
	ENTRY_PASSWORD = 16,
};

enum result {
	/* One for each verdict of authd, in the order of enum verdict. */
	RESULT_BROKEN = VERDICT_BROKEN,
	RESULT_GRANTED = VERDICT_GRANTED,
	RESULT_WRONG = VERDICT_WRONG,
	RESULT_NO_KEY = VERDICT_NO_KEY,
	RESULT_TIMEOUT = VERDICT_TIMEOUT,
	RESULT_CANCELLED = VERDICT_CANCELLED,
	RESULT_BLOCKED = VERDICT_BLOCKED,
	RESULT_EXEMPT = VERDICT_EXEMPT,
	/* What the module itself meets. */
	RESULT_EXEMPT_REFUSED,
	RESULT_NO_SERVICE,
	RESULT_DEADLINE,
	RESULT_CONVERSATION,
	RESULT_EMPTY,
	RESULT_ARGUMENTS,
	RESULT_NO_USER,
	RESULT_INTERNAL,
	/* The other entry points. */
	RESULT_SETCRED,
	RESULT_ACCOUNT_GRANTED,
	RESULT_ACCOUNT_EXEMPT,
	RESULT_ACCOUNT_OTHER,
	RESULT_ACCOUNT_MISSING,
	RESULT_NO_SESSION,
	RESULT_NO_PASSWORD,
	RESULT_COUNT
};

struct result_row {
	const char *name; /* stable, in the log and the manual */
	unsigned int entries; /* enum entry, or-ed */
	int code; /* PAM_... */
	bool delay; /* ask the program to wait before it says so */
	bool record; /* a refusal of which the journal hears from the module alone */
	const char *meaning; /* as the manual says it */
	const char *english; /* for the person; NULL: nothing, or authd's own words */
	const char *japanese;
};

extern const struct result_row result_rows[RESULT_COUNT];

/* The row's PAM code; PAM_SYSTEM_ERR if the row has no place in @entry, so that a mistake here can
 * not carry another entry point's success into an authentication. Pure. */
int result_code(enum entry entry, enum result result);

/* The result of a verdict number from the wire; RESULT_BROKEN for an unknown one. Pure. */
enum result result_from_verdict(unsigned int verdict);

#endif
