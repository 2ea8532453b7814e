/* The time in which an enabled two-factor log-in has to be confirmed, or is taken back: a file that
 * outlives a restart, and a timer. sekisho-rollback.service acts on both. */
#ifndef SEKISHO_TRIAL_H
#define SEKISHO_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRIAL_DIRECTORY	 "/var/lib/sekisho"
#define TRIAL_FILE	 "enable.pending"
#define TRIAL_RUN_OUT	 "enable.unconfirmed" /* one that nobody confirmed left it */
#define TRIAL_LOCK	 ".enable.lock"
#define TRIAL_NO_SESSION UINT32_MAX /* what the kernel shows outside a log-in session */

struct trial {
	uint32_t session; /* the highest session number given out when the trial began */
	uint32_t minutes;
};

/* The file's text. Both pure; -EINVAL for a text that isn't exactly so. */
int trial_format(const struct trial *trial, char *text, size_t size);
int trial_parse(const char *text, struct trial *ret_trial);

/* Whether log-in session @session began after the trial did. Numbers grow from one log-in to the
 * next and start anew at boot, when no trial is left. Pure. */
bool trial_is_new_session(const struct trial *trial, uint32_t session);

/* Who confirms and who takes it back come one after the other, and look at the trial behind this.
 * The lock ends with the descriptor. -ETIMEDOUT: somebody has had it for long; -errno. */
int trial_lock(int *ret_fd);

/* The audit session of this process (proc(5), /proc/PID/sessionid). */
int trial_own_session(uint32_t *ret_session);

/* The highest session number any process has; 0 if there is none. */
int trial_highest_session(uint32_t *ret_session);

/* Writes the file and starts the timer, in that order. On failure neither is left. */
int trial_begin(const struct trial *trial);

/* -ENOENT if no trial is running. */
int trial_read(struct trial *ret_trial);

/* Removes the file and stops the timer; also what one that ran out left. 0 also if there was none.
 */
int trial_end(void);

/* The same for one that nobody confirmed, which trial_ran_out() tells until another one ends. */
int trial_run_out(void);
bool trial_ran_out(void);

#endif
