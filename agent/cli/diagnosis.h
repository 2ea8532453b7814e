/* What an examination finds, one step after the other: shown as lines to people, or as one object
 * of JSON at the end to programs. */
#ifndef SEKISHO_DIAGNOSIS_H
#define SEKISHO_DIAGNOSIS_H

#include <jansson.h>
#include <stdbool.h>

#define FINDING_TEXT_MAX 2048

enum finding_result {
	FINDING_OK,
	FINDING_WARNING, /* it works; soon, or in part, it won't */
	FINDING_WRONG,
	FINDING_SKIPPED, /* what it needs is wrong */
	FINDING_RESULT_COUNT
};

struct finding {
	const char *check; /* a word of sekisho(1), translated where it is shown */
	enum finding_result result;
	const char *subject; /* a file, HOST:PORT; NULL: none */
	const char *reason; /* a word for programs; NULL: none */
	const char *next; /* what to do, in the reader's language; NULL: nothing */
};

struct diagnosis {
	bool json;
	bool wrong; /* one was */
	json_t *list;
};

/* @format tells what was found, in the reader's language; what comes from outside must be escaped.
 */
void diagnosis_add(struct diagnosis *diagnosis, const struct finding *finding, const char *format,
		   ...) __attribute__((format(printf, 3, 4)));

/* Shows what is left to show, and forgets all. */
void diagnosis_end(struct diagnosis *diagnosis);

#endif
