/* People and the engine: who sits at the terminal and with which key he or she came, told with each
 * judgement of a device; and what was refused, told to whoever it happened to (refusals.sock).
 * Nobody who asks there holds the engine up. */
#ifndef SEKISHO_PEOPLE_H
#define SEKISHO_PEOPLE_H

#include "challenge.h"
#include "control.h"
#include "journal.h"
#include "logins.h"
#include "refusals.h"

#define PEOPLE_CONNECTIONS_EACH 4 /* of one user at once */
#define PEOPLE_CONNECTIONS_MAX	16 /* taken in PEOPLE_WITHIN_MS; the others wait in the kernel */
#define PEOPLE_WITHIN_MS	1000

struct people {
	const char *run; /* logind's files: SEAT_RUN */
	const char *bell; /* a file that is written to when something was refused */
	struct logins logins;
	struct refusals refusals;
	uint64_t rung; /* the newest refusal that the bell was rung for */
	const struct challenges *challenges; /* borrowed; NULL: nobody is asked for a code */
	uint64_t asked; /* of them, for how many the bell was rung */
	struct control control; /* .answer NULL: there is no such socket */
};

/* Where systemd handed over no socket, nobody is answered. */
int people_open(struct people *people);
void people_release(struct people *people);

/* An event was appended to the journal; @people is a struct people (journal_appended_fn). */
void people_appended(void *people, enum event_kind kind, const struct record_request *request,
		     json_t *fields, uint64_t sequence);

/* Adds to the fields of an event who sits here, if it is the judgement of a device. */
void people_describe(const struct people *people, const struct event *event);

/* As control_poll and control_deadline. */
size_t people_poll(const struct people *people, struct pollfd *polls);
int64_t people_deadline(const struct people *people);

/* At the end of a turn: rings the bell for what has reached the disk, and answers who asks. */
void people_dispatch(struct people *people, const struct journal *journal, int64_t now);

/* "refusals": refusals_tell's objects; "challenges": challenge_tell's, for root and whoever sits
 * here (control_answer_fn); @people is a struct people. */
json_t *people_answer(void *people, const struct control_question *question, int *ret_error);

#endif
