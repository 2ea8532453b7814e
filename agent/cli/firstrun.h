/* sekisho setup, the first run: steps, each of which looks whether it is done, asks, and acts. The
 * dialog goes through them one by one; with a file of answers all of them are looked at before the
 * first one acts. A step that is done is left alone, so that a run that ended early is begun again.
 */
#ifndef SEKISHO_CLI_FIRSTRUN_H
#define SEKISHO_CLI_FIRSTRUN_H

#include "answers.h"

#include "agent/auth/rosterfile.h"

#define FIRSTRUN_TEXT 2048

enum firstrun_standing {
	FIRSTRUN_DONE,
	FIRSTRUN_TODO, /* the answers say what, and it can be done */
	FIRSTRUN_LEFT_OUT, /* nobody wants it */
	FIRSTRUN_ASK, /* a person has to say */
	FIRSTRUN_WAITS, /* for what somebody does elsewhere */
	FIRSTRUN_WRONG, /* it can't be done so */
	FIRSTRUN_STANDING_COUNT
};

struct firstrun {
	struct answers answers;
	const char *file; /* of the answers; NULL: none */
	bool check; /* nothing is changed */
	bool dialog; /* somebody is asked */
	bool declined; /* by whom the step was asked of */
	char text[FIRSTRUN_TEXT]; /* what is done, would be done, is wrong or waited for */
};

struct firstrun_step {
	const char *title;
	/* Changes nothing. Fills in .text, or has printed it ("" then). */
	enum firstrun_standing (*look)(struct firstrun *run);
	/* Fills in the answers, or sets .declined. -ENODATA at the end of input. NULL: nothing is
	 * asked. */
	int (*ask)(struct firstrun *run);
	/* An enum command_status; what went wrong was printed. */
	int (*act)(struct firstrun *run);
};

extern const struct firstrun_step firstrun_class, firstrun_administrator, firstrun_devices,
	firstrun_collector, firstrun_activation;

/* The whole of `sekisho setup` without "devices". */
int firstrun(int argc, char **argv);

/* Fills in .text and returns @standing. */
enum firstrun_standing firstrun_say(struct firstrun *run, enum firstrun_standing standing,
				    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Where the file of answers says nothing of a step that is nobody's duty. */
enum firstrun_standing firstrun_unsaid(struct firstrun *run);

#endif
