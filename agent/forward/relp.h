/* RELP, the Reliable Event Logging Protocol of rsyslog, client side (librelp's doc/relp.html):
 * frames `TXNR SP COMMAND SP DATALEN [SP DATA] LF`, each answered by `TXNR rsp DATALEN CODE ...`.
 * Stricter than the text: answers must come in the order of their requests, for what was
 * acknowledged out of order can't be told by one number. Pure: no socket, no clock. */
#ifndef SEKISHO_RELP_H
#define SEKISHO_RELP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef RELP_TXNR_MAX /* a test has fewer */
#define RELP_TXNR_MAX 999999999u /* the number after it is 1 */
#endif
#define RELP_COMMAND_MAX 32 /* bytes of a command, and the zero */
#define RELP_ANSWER_MAX	 8192 /* bytes of a frame that we take from a server */
#define RELP_HEADER_MAX	 64 /* bytes of a frame of ours around its data, at most */
#define RELP_WINDOW	 128 /* messages under way, librelp's own default */

struct relp_frame {
	uint32_t txnr;
	char command[RELP_COMMAND_MAX];
	const char *data; /* in the bytes that were read */
	size_t length;
};

/* Writes a frame. Returns its length, 0 if it does not fit. */
size_t relp_format(uint32_t txnr, const char *command, const void *data, size_t length, char *frame,
		   size_t size);

/* Reads the first frame of what came. 1 with *ret_used bytes, 0 if its end has not come yet,
 * -EBADMSG if it is none, -EMSGSIZE if it is longer than RELP_ANSWER_MAX. */
int relp_parse(const char *bytes, size_t length, struct relp_frame *ret_frame, size_t *ret_used);

enum relp_state {
	RELP_NEW,
	RELP_OFFERED, /* our open waits for its answer */
	RELP_OPEN,
	RELP_CLOSING, /* our close waits for its answer, behind those that are under way */
	RELP_CLOSED,
};

/* What one connection stands at. */
struct relp {
	enum relp_state state;
	uint32_t next; /* transaction number of our next frame */
	uint32_t oldest; /* of the oldest message that was not answered */
	unsigned int under_way; /* messages that were not answered */
};

enum relp_event {
	RELP_OPENED, /* messages may be sent */
	RELP_ACKNOWLEDGED, /* the oldest message under way */
	RELP_REFUSED, /* the same, with a code that is not 200: it was not taken */
	RELP_SERVER_CLOSES, /* nothing more is answered on this connection */
	RELP_ENDED, /* our close was answered */
};

void relp_begin(struct relp *relp);

/* Our next frame: open, one syslog message, close. Returns its length; 0 if it does not fit, or the
 * state, or the window for a message, does not allow it. */
size_t relp_open(struct relp *relp, char *frame, size_t size);
size_t relp_message(struct relp *relp, const void *message, size_t length, char *frame,
		    size_t size);
size_t relp_close(struct relp *relp, char *frame, size_t size);

/* Takes a frame of the server's. 0; -EPROTO if it has no business here: the connection is of no
 * more use; -EOPNOTSUPP if the server does not take syslog messages. */
int relp_take(struct relp *relp, const struct relp_frame *frame, enum relp_event *ret_event);

#endif
