/* A letter of the collector's about a terminal's journal: JSON with its signature (signed.h), of
 * which these members are in each. What else it says is its kind's: receipt.h, resend.h. Whoever
 * signed it, nothing but words stands in them. */
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

/* Are all what they have to be? They are shown to people and one kind is kept in a file: letters,
 * digits, dots, hyphens and underscores in the name, a time as journal_format_time writes it. */
bool letter_is_good(const struct letter *letter);

/* The content that each kind begins with; @what tells it from all else that the collector signs.
 * NULL: no memory. */
json_t *letter_begin(const struct letter *letter, const char *what);

/* Takes @content, also NULL or on failure. @certificate and @key are PEM files. The caller frees
 * *ret_text. -errno, -EINVAL as signed_make. */
int letter_sign(json_t *content, const char *certificate, const char *key, char **ret_text,
		size_t *ret_length);

/* What a letter of that kind says, whoever signed it. *ret_content is the caller's. -EBADMSG: it is
 * none. Pure. */
int letter_parse(const char *json, size_t length, const char *what, struct letter *ret_letter,
		 json_t **ret_content);

#endif
