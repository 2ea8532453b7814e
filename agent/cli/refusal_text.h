/* A refusal in plain words, for whoever it happened to: what happened, why, what to do, whom to
 * call. */
#ifndef SEKISHO_REFUSAL_TEXT_H
#define SEKISHO_REFUSAL_TEXT_H

#include <jansson.h>
#include <stdint.h>

#define REFUSAL_TEXT_MAX 2048

struct refusal_text {
	uint64_t number; /* of the event */
	char code[16]; /* of what the person saw: "S-4302", "S-2104" */
	char when[32]; /* local time */
	char what[REFUSAL_TEXT_MAX];
	char why[REFUSAL_TEXT_MAX];
	char next[REFUSAL_TEXT_MAX]; /* "" where .why says it */
};

/* @refusal is an object as refusals_tell (agent/engine/refusals.h) makes it; texts from outside are
 * escaped in it. -EBADMSG: it is no refusal. */
int refusal_text_make(const json_t *refusal, struct refusal_text *ret_text);

/* Whom to call: Contact= of sekisho.conf(5), or words that fit every site. */
void refusal_text_contact(const char *configuration, char *contact, size_t size);

#endif
