/* What authselect(8) has selected or is to select: a profile, then its features. */
#ifndef SEKISHO_SELECTION_H
#define SEKISHO_SELECTION_H

#include "cleanup.h"

#include <stdbool.h>
#include <stddef.h>

#define SELECTION_WORDS_MAX 64

struct selection {
	char *text; /* allocated, or NULL where the words are another's */
	const char *words[SELECTION_WORDS_MAX];
	size_t count; /* 0: nothing is selected */
};

void selection_release(struct selection *selection);
#define _cleanup_selection_ _cleanup_(selection_release)

/* The words of @text, which is taken, also on failure. -E2BIG for too many. */
int selection_split(char *text, struct selection *ret);

/* The word stays the caller's. -E2BIG for one too many. */
int selection_add(struct selection *selection, const char *word);

bool selection_has(const struct selection *selection, const char *word);

#endif
