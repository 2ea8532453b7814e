/* The limit on wrong answers in one log-in, by name and for the whole terminal.
 *
 * An answer is counted as wrong before it is judged and taken back when it was not, so that many
 * log-ins at once get no more tries than one, and one that is cut short gets none back. A refusal
 * is said after its count is on the disk. Nothing here asks whether a name is known. */
#ifndef SEKISHO_LOCKOUT_H
#define SEKISHO_LOCKOUT_H

#include "failure.h"
#include "lockplace.h"
#include "settings.h"

struct lockout {
	int fd; /* -1: not opened */
	struct lockrule user_rule, terminal_rule;
	uint32_t user_place, terminal_place;
	uint64_t digest; /* of the name */
	uint32_t origin, caller;
	bool judged; /* an answer was counted */
	struct lockplace user_before, terminal_before; /* then */

	/* The outcome. */
	bool damaged; /* something in the file was, and is no more */
	bool locked; /* by this log-in's wrong answer others are waited for */
	enum failure why; /* FAILURE_LOCKED or FAILURE_TERMINAL_LOCKED, with .wait_ms */
	int64_t wait_ms; /* until the next try, 0: none */
	uint32_t count; /* wrong answers in a row, where .wait_ms is not 0 */
};

/* Makes the file where it is missing, and notes the time down: what is noted shortens waits after a
 * restart. -errno. */
int lockout_prepare(int state_dirfd, bool *ret_damaged);

/* FAILURE_NONE or FAILURE_COUNTER_STORE. @loginuid: of the program that asks. */
enum failure lockout_open(int state_dirfd, const struct settings *settings, bool remote,
			  uint32_t loginuid, const char *user, struct lockout *lockout);
void lockout_close(struct lockout *lockout);

/* Before anybody is asked for anything: FAILURE_NONE; FAILURE_LOCKED or FAILURE_TERMINAL_LOCKED
 * with .wait_ms; FAILURE_COUNTER_STORE. */
enum failure lockout_check(struct lockout *lockout);

/* Before an answer is judged, once or more: the same; FAILURE_NONE: it is counted. */
enum failure lockout_judge(struct lockout *lockout);

/* After everything: what was not wrong is taken back, FAILURE_NONE also makes the name's count 0.
 * Returns @failure; FAILURE_COUNTER_STORE where a wrong answer could not be kept. */
enum failure lockout_settle(struct lockout *lockout, enum failure failure);

#endif
