/* A letter of the collector's about a terminal's journal: JSON with its signature (signed.h), of
 * which these members are in each. What else it says is its kind's: receipt.h, resend.h. */
#ifndef SEKISHO_LETTER_H
#define SEKISHO_LETTER_H

#include "journal_format.h"
#include "signed.h"

#include <jansson.h>
#include <stdbool.h>

#define LETTER_NAME_MAX 64

struct letter {
	char terminal[LETTER_NAME_MAX]; /* for people */
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE]; /* whose journal */
	char time[JOURNAL_TIME_SIZE]; /* when it was written */
};

/* Is it about the journal of that host and epoch? */
bool letter_is_for(const struct letter *letter, const char *host, const char *epoch);

/* Are host and epoch what they have to be? */
bool letter_is_good(const struct letter *letter);

/* The content that each kind begins with; @what tells it from all else that the collector signs.
 * NULL: no memory. */
json_t *letter_begin(const struct letter *letter, const char *what);

/* Takes @content, also NULL or on failure. @certificate and @key are PEM files. The caller frees
 * *ret_text. -errno, -EINVAL as signed_make. */
int letter_sign(json_t *content, const char *certificate, const char *key, char **ret_text,
		size_t *ret_length);

/* *ret_content is the caller's. -EKEYREJECTED: not signed by the collector @name. -EBADMSG: signed,
 * but no letter of that kind. -errno: @authority can't be read. */
int letter_open(const char *text, size_t length, const char *authority, const char *name,
		const char *what, struct letter *ret_letter, json_t **ret_content);

#endif
