/* One conversation with authd, from hello to verdict. */
#ifndef SEKISHO_CLIENT_H
#define SEKISHO_CLIENT_H

#include "arguments.h"
#include "protocol.h"
#include "result.h"

#include <security/pam_modules.h>

/* What one authd may send in one conversation; the longest needs about ten. */
#define CLIENT_MESSAGES_MAX 128

/* What authd said besides the verdict. */
struct client_report {
	char event[PROTOCOL_ID_MAX]; /* id of the log-in's event, "" if authd did not tell */
	bool told; /* authd's verdict came with words for the person */
	int fd; /* after a verdict that grants: still open, the caller's; else -1 */
};

/* Relays authd's questions to the person until the verdict comes, the deadline is over or either
 * end goes away. Logs what goes wrong. @ret_report is always written. */
enum result client_authenticate(pam_handle_t *pamh, const struct arguments *arguments,
				const struct auth_hello *hello, struct client_report *ret_report);

/* Tells authd at the other end of @fd that the log-in of @event was accepted. Logs a failure. */
void client_tell_passed(pam_handle_t *pamh, int fd, const char event[static PROTOCOL_ID_MAX]);

/* Has sekishod record a refusal that authd knows nothing of, within a second. The system's log is
 * told what goes wrong: there is nobody else. For uid 0 only: others are turned away. */
void client_record(pam_handle_t *pamh, const char *socket, const struct record_door *door);

#endif
