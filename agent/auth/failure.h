/* Every way a log-in can end other than granted: a stable name, the verdict, the words for the
 * person, whether it is worth an event. sekisho-authd(8) lists every row; a test compares. */
#ifndef SEKISHO_FAILURE_H
#define SEKISHO_FAILURE_H

#include "event.h"
#include "message.h"
#include "verdict.h"

enum failure {
	FAILURE_BROKEN, /* the first value is failure: what is not decided is broken */
	FAILURE_NONE, /* not a failure */
	FAILURE_PROTOCOL,
	FAILURE_FORBIDDEN,
	FAILURE_CONFIGURATION,
	FAILURE_ROSTER,
	FAILURE_COUNTER_STORE,
	FAILURE_RECORD,
	FAILURE_RECORD_LATE,
	FAILURE_TOKEN_PROGRAM,
	FAILURE_CANCELLED,
	FAILURE_NOT_CONFIRMED,
	FAILURE_NO_KEY,
	FAILURE_KEY_GONE,
	FAILURE_KEY_BUSY,
	FAILURE_SEVERAL_KEYS,
	FAILURE_UNANSWERED,
	FAILURE_UNTOUCHED,
	FAILURE_NOT_ENROLLED,
	FAILURE_OTHER_KEY,
	FAILURE_REVOKED,
	FAILURE_NOT_YET,
	FAILURE_EXPIRED,
	FAILURE_MODEL,
	FAILURE_PIN_EMPTY,
	FAILURE_PIN_SHORT,
	FAILURE_PIN_LONG,
	FAILURE_PIN_WRONG,
	FAILURE_PIN_NOT_SET,
	FAILURE_PIN_MUST_CHANGE,
	FAILURE_PIN_AUTH_BLOCKED,
	FAILURE_PIN_BLOCKED,
	FAILURE_FINGER_BLOCKED,
	FAILURE_DENIED,
	FAILURE_SIGNATURE,
	FAILURE_FLAGS,
	FAILURE_FOREIGN_CREDENTIAL,
	FAILURE_TOKEN_FAULT,
	FAILURE_SUSPECT,
	FAILURE_COUNTER_BACK,
	FAILURE_COUNT
};

struct failure_row {
	const char *name; /* in the event's "reason" */
	enum verdict verdict;
	enum message message;
};

extern const struct failure_row failure_rows[FAILURE_COUNT];

#endif
