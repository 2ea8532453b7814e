/* A second person's key in somebody else's log-in, at the same terminal: who vouches for a
 * colleague, or stands by. The key is verified as in a log-in of its own, and always with PIN or
 * fingerprint.
 *
 * Who it is, is typed: the roster is found by name. A name that is not known, has no right or no
 * key goes through the same questions as any other, and the refusal has the same words. */
#ifndef SEKISHO_SECONDPERSON_H
#define SEKISHO_SECONDPERSON_H

#include "standing.h"

struct secondperson {
	/* The caller's. */
	const char *roster;
	uid_t owner; /* whose, besides root's, the roster may be */
	const char *operators; /* of shared accounts, which are nobody */
	const char *revoked; /* the collector's list */
	const struct settings *settings;
	const struct person *person;
	struct keys *keys;
	int state_dirfd;
	uint32_t loginuid; /* of the program that asks */
	const char *service;
	const char *user; /* who logs in */
	const struct standing *first; /* what the roster says of that one */
	const struct keyfactor *first_factor; /* with which that one has come so far */

	/* The outcome, as far as it got. */
	bool asked; /* somebody was asked for */
	bool verified; /* .name's own key was */
	char name[ROSTER_USER_MAX]; /* as it was typed */
	struct standing standing;
	struct keyfactor factor;
	struct lockout lockout; /* of .name's wrong answers */
	struct tally tally;
	char hours[ROSTER_HOURS_SIZE];
};

/* Whether somebody has @right on this day and at this hour: who could not log in now lets nobody
 * else in. */
bool secondperson_may(const struct standing *standing, unsigned int right);

/* Asks who it is by @question, and for the key. FAILURE_NONE: the person has @right today, is
 * somebody else, and the key, which is none of the first one's, proved itself; its counter is on
 * the disk. */
enum failure secondperson_run(struct secondperson *second, unsigned int right,
			      enum message question);

/* The name alone, whose key is verified elsewhere. FAILURE_NONE: *ret_why is FAILURE_NONE, or why
 * nobody of that name can be the second person. */
enum failure secondperson_name(struct secondperson *second, unsigned int right,
			       enum message question, enum failure *ret_why);

/* Once the first one's own factors were right: the hours, and the witness where one is needed.
 * @here: the first one is at this terminal. @values: what the words of a refusal need. */
enum failure secondperson_witness(struct secondperson *second, bool here,
				  struct message_values *values);

/* What the event of a log-in tells of it, and one that is about the second person alone. */
void secondperson_describe(const struct secondperson *second, struct event *event);
void secondperson_describe_key(const struct secondperson *second, struct event *event);

#endif
