/* An authd that says what a script tells it, once to each connection, then ends. */
#ifndef SEKISHO_LYING_AUTHD_H
#define SEKISHO_LYING_AUTHD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum lie {
	LIE_END, /* end of the script: close */
	LIE_HELLO, /* the hello must have .text as locale, .text2 as terminal, .number as flags */
	LIE_DEAF, /* as the first step: close without reading the hello */
	LIE_PROMPT, /* ask; expects an answer, which must equal .text2 if that is set */
	LIE_JOINED, /* the same; .number digits at the end are the answer */
	LIE_CALL, /* the same; .number seconds more are given for it */
	LIE_ASK, /* the same as LIE_PROMPT, but the other side must leave without an answer */
	LIE_LEAVE, /* the same, but the script goes on without waiting for the answer */
	LIE_NOTICE, /* .number: an error */
	LIE_VERDICT, /* .number, .text for the person, .text2 the event's id ("event-1") */
	LIE_PASSED, /* after a verdict: the other side must say that event-1 was accepted */
	LIE_CUT, /* the first .number bytes of a verdict that grants */
	LIE_GARBAGE, /* a packet of .number arbitrary bytes */
	LIE_BIG, /* a verdict that grants, with bytes after it up to .number */
	LIE_STALL, /* say nothing until the other side leaves */
	LIE_FLOOD, /* .number notices, or until the other side leaves */
};

struct lying_step {
	enum lie lie;
	uint32_t number;
	const char *text;
	const char *text2;
};

struct lying_authd {
	pid_t pid;
	uid_t owner; /* who listens; root if 0 */
	char socket[108];
};

/* Starts it on auth.sock in @directory, for that many connections. Returns 0 or -errno. */
int lying_authd_start(struct lying_authd *authd, const char *directory,
		      const struct lying_step *script, unsigned int connections);

/* The same in the place of sekishod, on record.sock: takes one refusal for hanako at the door,
 * which must have this reason, and answers with @error. */
int lying_engine_start(struct lying_authd *engine, const char *directory, const char *reason,
		       uint32_t error);

/* Waits for its end. 0 if the other side did all that the script expected. */
int lying_authd_end(struct lying_authd *authd);

/* The length in bytes of the verdict that LIE_CUT cuts. */
size_t lying_verdict_length(void);

#endif
