/* Every message between our processes: types, tags, structs, layouts. docs/protocol.md tells the
 * conversations. Types and tags are never reused. */
#ifndef SEKISHO_PROTOCOL_H
#define SEKISHO_PROTOCOL_H

#include "wire.h"

/* Sizes include the closing zero. */
#define PROTOCOL_USER_MAX    256
#define PROTOCOL_SERVICE_MAX 64
#define PROTOCOL_PLACE_MAX   256 /* terminal, remote host */
#define PROTOCOL_TEXT_MAX    2048 /* prompts and messages for people, UTF-8 */
#define PROTOCOL_ANSWER_MAX  513
#define PROTOCOL_ID_MAX	     64
#define PROTOCOL_EVENT_MAX   6144 /* an event's fields as JSON */
#define PROTOCOL_LETTER_MAX  7680 /* what the collector signed; a packet holds no more */

enum protocol_type {
	/* pam_sekisho.so <-> sekisho-authd */
	PROTOCOL_AUTH_HELLO = 0x0101,
	PROTOCOL_AUTH_ANSWER = 0x0102,
	PROTOCOL_AUTH_PROMPT = 0x0103,
	PROTOCOL_AUTH_NOTICE = 0x0104,
	PROTOCOL_AUTH_VERDICT = 0x0105,
	PROTOCOL_AUTH_PASSED = 0x0106,
	/* sekisho-authd, sekisho -> sekishod (record.sock) */
	PROTOCOL_RECORD = 0x0201,
	PROTOCOL_RECORDED = 0x0202,
	/* pam_sekisho.so -> sekishod (record.sock) */
	PROTOCOL_RECORD_DOOR = 0x0203,
	/* sekisho, sekisho-forward <-> sekishod (control.sock) */
	PROTOCOL_CONTROL = 0x0301,
	PROTOCOL_CONTROL_LINE = 0x0302,
	PROTOCOL_CONTROL_END = 0x0303,
};

/* First message of a log-in. */
struct auth_hello {
	char user[PROTOCOL_USER_MAX];
	char service[PROTOCOL_SERVICE_MAX];
	char tty[PROTOCOL_PLACE_MAX]; /* PAM_TTY */
	char rhost[PROTOCOL_PLACE_MAX]; /* PAM_RHOST */
	char ruser[PROTOCOL_USER_MAX]; /* PAM_RUSER */
	char locale[PROTOCOL_ID_MAX]; /* LC_ALL, LC_MESSAGES or LANG of the program, "" if unset */
	uint32_t flags; /* AUTH_SILENT, AUTH_VOUCH */
};
#define AUTH_SILENT	   1u /* PAM_SILENT: send no notice */
#define AUTH_VOUCH	   2u /* no log-in: the person vouches for a colleague at another terminal */
#define AUTH_VOUCH_SERVICE "sekisho-substitute" /* what it is asked for by; no service of PAM */

/* The person's answer to the last prompt. */
struct auth_answer {
	char text[PROTOCOL_ANSWER_MAX];
};

/* authd asks; one answer comes back. */
struct auth_prompt {
	uint32_t echo; /* 1: what is typed may be shown */
	char text[PROTOCOL_TEXT_MAX];
	/* Not 0: so many digits at the end are the answer. What stands before them is the password,
	 * which is for the modules that come next and not for authd. */
	uint32_t tail;
	uint32_t seconds; /* not 0: this answer may take so long, beside what is left for the others
			   */
};

/* authd tells; no answer. */
struct auth_notice {
	uint32_t error; /* 1: PAM_ERROR_MSG, 0: PAM_TEXT_INFO */
	char text[PROTOCOL_TEXT_MAX];
};

/* Last message of authd. */
struct auth_verdict {
	uint32_t verdict; /* enum verdict */
	char event[PROTOCOL_ID_MAX]; /* id of the log-in's event */
	char text[PROTOCOL_TEXT_MAX]; /* for the person, may be empty */
};

/* After a verdict that grants: the program accepted the other factors too. */
struct auth_passed {
	char event[PROTOCOL_ID_MAX]; /* id of the log-in's event */
};

/* A refusal that authd knows nothing of. Sent by uid 0 alone; answered as an event is. */
struct record_door {
	char reason[PROTOCOL_ID_MAX]; /* a name of pam_sekisho(8)'s table */
	/* As in the hello; may be empty. */
	char user[PROTOCOL_USER_MAX];
	char service[PROTOCOL_SERVICE_MAX];
	char tty[PROTOCOL_PLACE_MAX];
	char rhost[PROTOCOL_PLACE_MAX];
	char ruser[PROTOCOL_USER_MAX];
};

/* An event to be chained into the journal. */
struct record_request {
	char kind[PROTOCOL_ID_MAX]; /* a name of lib/event.h's table */
	char id[PROTOCOL_ID_MAX]; /* chosen by the sender, unique */
	uint64_t time; /* microseconds since 1970 UTC when it happened */
	char fields[PROTOCOL_EVENT_MAX]; /* JSON object, strings only */
	uint32_t late; /* 1: from a spool, told after the fact */
};

/* Sent after the event is durable (or refused). */
struct record_reply {
	uint32_t error; /* 0, or an errno */
	uint64_t sequence;
};

/* One request a connection. */
struct control_request {
	char verb[PROTOCOL_ID_MAX]; /* status, devices, checkpoint, receipt */
	char argument[PROTOCOL_LETTER_MAX];
};

/* Zero or more lines of JSON, then the end. */
struct control_line {
	char text[PROTOCOL_EVENT_MAX];
};
struct control_end {
	uint32_t error; /* 0, or an errno */
	char text[PROTOCOL_TEXT_MAX]; /* why, for the person */
};

extern const struct wire_layout auth_hello_layout;
extern const struct wire_layout auth_answer_layout;
extern const struct wire_layout auth_prompt_layout;
extern const struct wire_layout auth_notice_layout;
extern const struct wire_layout auth_verdict_layout;
extern const struct wire_layout auth_passed_layout;
extern const struct wire_layout record_door_layout;
extern const struct wire_layout record_request_layout;
extern const struct wire_layout record_reply_layout;
extern const struct wire_layout control_request_layout;
extern const struct wire_layout control_line_layout;
extern const struct wire_layout control_end_layout;

#endif
