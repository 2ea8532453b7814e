/* What a person has to do with a new keyboard that is asked for a code. */
#ifndef SEKISHO_CHALLENGE_TEXT_H
#define SEKISHO_CHALLENGE_TEXT_H

#include <jansson.h>
#include <stddef.h>

#define CHALLENGE_TEXT_MAX 1024

/* @challenge is an object as challenge_tell (agent/engine/challenge.h) makes it. */
void challenge_text_make(const json_t *challenge, char *text, size_t size);

/* Prints those that @socket tells of to whoever asks; nothing where there is none, or no answer. */
void challenge_text_show(const char *socket);

#endif
