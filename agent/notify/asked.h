/* Which codes for new keyboards the person was shown. */
#ifndef SEKISHO_ASKED_H
#define SEKISHO_ASKED_H

#include <jansson.h>

#define ASKED_MAX 8 /* more than there are at once */

/* Zeroed: none. */
struct asked {
	char codes[ASKED_MAX][8];
	size_t next;
};

/* The first of @challenges (challenge_tell's objects) that was not shown, borrowed from it; NULL:
 * all were. */
const json_t *asked_find(const struct asked *asked, const json_t *challenges);

/* It was. */
void asked_told(struct asked *asked, const json_t *challenge);

#endif
