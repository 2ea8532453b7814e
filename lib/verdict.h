/* What authd says of a log-in. The rows (verdict, PAM code, message, event) are a table in
 * pam_module/result.h and in pam_sekisho(8). Numbers are wire protocol: never reused. */
#ifndef SEKISHO_VERDICT_H
#define SEKISHO_VERDICT_H

enum verdict {
	VERDICT_BROKEN = 0, /* we could not judge: configuration, disk, memory, peer */
	VERDICT_GRANTED = 1, /* the one verdict that opens a door */
	VERDICT_WRONG = 2, /* wrong PIN, wrong key, bad signature, user or key not enrolled */
	VERDICT_NO_KEY = 3, /* no registered key was presented before the deadline */
	VERDICT_TIMEOUT = 4, /* the person did not answer or touch in time */
	VERDICT_CANCELLED = 5, /* the program at the other end went away */
	VERDICT_BLOCKED = 6, /* PIN blocked, key marked as suspect, too many tries */
	VERDICT_EXEMPT = 7, /* a root-owned rule names this user and service as not ours */
	VERDICT_COUNT
};

/* "granted", "wrong", ...; "broken" for anything unknown. Never NULL. */
const char *verdict_name(unsigned int verdict);

#endif
