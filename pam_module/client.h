/* One conversation with authd, from hello to verdict. */
#ifndef SEKISHO_CLIENT_H
#define SEKISHO_CLIENT_H

#include "arguments.h"
#include "protocol.h"
#include "result.h"

#include <security/pam_modules.h>

/* What one authd may send in one conversation: five wrong PINs on several keys need about thirty.
 */
#define CLIENT_MESSAGES_MAX 128

/* What authd said besides the verdict. */
struct client_report {
	char event[PROTOCOL_ID_MAX]; /* id of the log-in's event, "" if authd did not tell */
	bool told; /* authd's verdict came with words for the person */
};

/* Relays authd's questions to the person until the verdict comes, the deadline is over or either
 * end goes away. Logs what goes wrong. @ret_report is always written. */
enum result client_authenticate(pam_handle_t *pamh, const struct arguments *arguments,
				const struct auth_hello *hello, struct client_report *ret_report);

#endif
