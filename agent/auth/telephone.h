/* A colleague who vouches by telephone: digits on this screen, read out, and digits that the other
 * terminal makes of them once the colleague's key was verified there (phonecode.h). */
#ifndef SEKISHO_TELEPHONE_H
#define SEKISHO_TELEPHONE_H

#include "phonecode.h"
#include "substitute.h"

/* Asks who vouches, shows the challenge and judges what is typed. @before: how many substitute
 * log-ins of the person's there were on @today. FAILURE_NONE: a terminal that may answer vouches
 * that the key of a colleague was verified there, who has the right here, too. */
enum failure telephone_ask(struct substitute *substitute, uint32_t today, uint32_t before);

/* At the terminal that answers. */
struct telephone_answer {
	/* The caller's. */
	const char *group; /* phonegroup.h */
	const char *roster; /* of this terminal: who can be asked for */
	uid_t owner; /* whose, besides root's, both may be */
	int state_dirfd;
	const struct person *person;
	const struct settings *settings;
	const char *voucher; /* whose key was verified */
	const struct standing *standing; /* of that one */

	/* The outcome, as far as it got. */
	char terminal[PHONEGROUP_NAME]; /* that asks */
	char user[ROSTER_USER_MAX]; /* who asks to be let in there */
	char digits[PHONECODE_SHOWN];
};

/* Asks for the terminal, the person and the challenge. FAILURE_NONE: .digits is the answer, which
 * nobody was told yet. FAILURE_ANSWER_MALFORMED, FAILURE_ANSWER_UNKNOWN (a name that the roster
 * does not have): there is no answer, so nothing that would count anywhere. */
enum failure telephone_answer(struct telephone_answer *answer);

#endif
