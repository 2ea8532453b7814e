/* What a keyboard types in answer to a challenge: reports of the boot protocol (HID 1.11, appendix
 * B.1), eight bytes, hostile. Pure. */
#ifndef SEKISHO_ANSWER_H
#define SEKISHO_ANSWER_H

#include "challengeproto.h"

#include <stddef.h>

#define ANSWER_REPORT 8 /* bytes of a report; more is padding */
#define ANSWER_KEYS   6 /* of them, for keys that are down */

enum answer_state {
	ANSWER_MORE, /* nothing new */
	ANSWER_AGAIN, /* another code was typed with this report, and tries are left */
	ANSWER_RIGHT,
	ANSWER_WRONG, /* too often */
};

struct answer {
	char code[CHALLENGE_DIGITS];
	unsigned int tries; /* left */
	char typed[CHALLENGE_DIGITS];
	unsigned int count; /* digits in .typed */
	uint8_t down[ANSWER_KEYS]; /* keys of the report before */
};

/* @code: CHALLENGE_DIGITS digits. */
void answer_begin(struct answer *answer, const char *code, unsigned int tries);

/* The digits of both rows count, each when its key goes down; Backspace takes one back, Enter and
 * Escape all. With the last digit the code is compared. Once it is right or wrong it stays so. */
enum answer_state answer_report(struct answer *answer, const uint8_t *report, size_t length);

#endif
