/* A typed one-time code: found, judged and stored. Who has no seed is treated alike, up to the
 * waiting after wrong codes. */
#ifndef SEKISHO_OTPFACTOR_H
#define SEKISHO_OTPFACTOR_H

#include "lockout.h"
#include "otpfile.h"
#include "person.h"

#define OTPFACTOR_LOCK_MS 35000 /* for other log-ins with the code: longer than one's waiting */

struct otpfactor {
	/* The caller's. */
	const char *directory; /* of the state */
	int state_dirfd; /* the same */
	int counters; /* the opened counters */
	const char *user;
	enum roster_validity rights; /* the person's, whatever the code's days are */
	const struct person *person;
	struct lockout *lockout;

	/* The outcome, as far as it got. */
	bool typed; /* a code was given */
	bool accepted; /* and it was right, and is used up on the disk */
	bool enrolled; /* .kind is set */
	enum otp_kind kind;
};

/* How many digits the user's codes have; those of most people where none are known. */
unsigned int otpfactor_digits(const struct otpfactor *factor);

/* FAILURE_NONE: the code was right and is used up, on the disk. The place of the seed stays locked
 * until the counters are closed. */
enum failure otpfactor_judge(struct otpfactor *factor, const struct secret *typed);

/* What the event of a log-in tells of it. */
void otpfactor_describe(const struct otpfactor *factor, struct event *event);

#endif
