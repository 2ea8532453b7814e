/* Who works at a shared account now: a file below /run for each log-in to one, which authd writes
 * and anybody may read. Named by the id of the log-in's event; ID.opened once the log-in went on.
 * The last of a session tells who its operator is. */
#ifndef SEKISHO_OPERATORNOTE_H
#define SEKISHO_OPERATORNOTE_H

#include "process.h"
#include "protocol.h"

#include <stdbool.h>
#include <stdint.h>

#define OPERATORNOTE_SESSION_MAX 64
#define OPERATORNOTES_MAX	 256 /* looked at, at once */

struct operator_note {
	char id[PROTOCOL_ID_MAX];
	bool opened; /* by the file's name */
	char account[PROTOCOL_USER_MAX];
	char person[PROTOCOL_USER_MAX];
	/* The session in which it was asked for, as logind calls it; "": a session begins. */
	char session[OPERATORNOTE_SESSION_MAX];
	/* The program that asked, and who started it: one of them leads the session that begins. */
	struct process asked, parent;
	int64_t at_boottime_ms;
};

/* What belongs to which session; of the system, or of a test. */
struct operator_sessions {
	/* The name of the session that the process belongs to, 0 or -errno. */
	int (*of)(void *user, int32_t pid, char name[static OPERATORNOTE_SESSION_MAX]);
	/* How many sessions the account has. -errno. */
	int (*count)(void *user, const char *account);
	/* Whether there is a session of that name. */
	bool (*exists)(void *user, const char *session);
	void *user;
};

/* Writes it below @directory; .opened is not looked at: notefile_open(), from when on it counts,
 * and notefile_remove(). -EBADMSG: the id is no file's name. */
int operatornote_write(int directory, const struct operator_note *note);

/* The last note of a session of @account that counts. -ENOENT: nobody is known; -ENOTUNIQ: somebody
 * came after that, of whom it can't be told whether it was to this session. */
int operatornote_find(int directory, const char *account, const char *session,
		      const struct operator_sessions *sessions, struct operator_note *ret_note);

/* Takes away what tells of nothing any more: what others came after in the same session, and all of
 * sessions that are over. */
void operatornote_prune(int directory, const struct operator_sessions *sessions);

#endif
