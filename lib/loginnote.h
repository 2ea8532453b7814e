/* What authd leaves below /run of each log-in whose key may be missed later, or whose session has
 * to end, for sekisho-presence: a file named by the id of the log-in's event, and ID.opened once
 * the program went on with the log-in. The files outlive both programs and end with the session, or
 * with the machine. */
#ifndef SEKISHO_LOGINNOTE_H
#define SEKISHO_LOGINNOTE_H

#include "hidkey.h"
#include "process.h"
#include "protocol.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LOGINNOTE_CREDENTIAL_MAX 512 /* bytes of a credential's id */

struct login_note {
	char id[PROTOCOL_ID_MAX]; /* of the log-in's first event */
	bool opened; /* all factors were accepted; by the file's name */
	/* As in the hello. */
	char user[PROTOCOL_USER_MAX];
	char service[PROTOCOL_SERVICE_MAX];
	char tty[PROTOCOL_PLACE_MAX];
	/* The session that it is about, as logind calls it, where that is known; else "". */
	char session[PROTOCOL_ID_MAX];
	/* Who it was, where the user is an account that several people share; else "". */
	char person[PROTOCOL_USER_MAX];
	/* The program that asked, and who started it: one of them leads the session. */
	struct process asked, parent;
	/* When the second factor was verified, in milliseconds: CLOCK_MONOTONIC, CLOCK_BOOTTIME. */
	int64_t at_ms, at_boottime_ms;
	int64_t ends_at_ms; /* CLOCK_BOOTTIME, when its session has to end; 0: it may go on */
	int64_t last_day; /* the session's, YYYYMMDD, should the clock be set forward; or 0 */
	/* The key's; all "" where the person showed a code instead. */
	char credential[PROTOCOL_ID_MAX]; /* as events name it */
	char label[PROTOCOL_USER_MAX];
	char rp_id[PROTOCOL_PLACE_MAX];
	size_t key_id_length;
	uint8_t key_id[LOGINNOTE_CREDENTIAL_MAX]; /* the credential's id */
	struct hidkey key; /* .instance "": it was gone when this was written */
};

/* Log-ins of these services begin no session and unlock none (sudo, su and the like). Pure. */
bool loginnote_is_wanted(const char *service);

/* The session has to end: the time went by that was left at the log-in, or by the clock it is a
 * later day, YYYYMMDD. Pure. */
bool loginnote_is_over(const struct login_note *note, int64_t boottime_ms, uint32_t today);

/* Writes it below @directory; .opened is not looked at: notefile_open(), notefile_remove().
 * -EBADMSG: the id is no file's name. */
int loginnote_write(int directory, const struct login_note *note);

/* Reads the file @name below @directory. -EBADMSG: it is none of ours. */
int loginnote_read(int directory, const char *name, struct login_note *ret_note);

#endif
