/* Which pairs of factors are enough, and in which order they are offered: the words of `Factors=`.
 * A pair has two different kinds of what one knows, has and is. Pure. */
#ifndef SEKISHO_PAIRS_H
#define SEKISHO_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#define PAIRS_TEXT   16 /* of pairs_text(), with the closing zero */
#define PAIRS_REASON 512

/* The password is another module's, and asked for by it. */
struct pairs {
	bool key; /* a key is accepted */
	bool verified; /* and only one that verifies its person, by PIN or finger */
	bool otp; /* a one-time code is accepted */
	bool otp_first; /* where both are: the code is asked for before the key */
};

/* A list parted by blanks and commas: password+key (or key), password+otp (or otp), key+pin; the
 * order of the words in a pair does not matter. -EINVAL, with @wrong, for a word that is no pair,
 * for two factors of one kind, and for a list of nothing. */
int pairs_parse(const char *list, struct pairs *ret_pairs, char wrong[static PAIRS_REASON]);

/* What both accept: the stricter of each. Commutative, associative, idempotent. */
struct pairs pairs_meet(const struct pairs *left, const struct pairs *right);

/* The same as a list: "key", "otp", "key otp", "otp key" or "". */
void pairs_text(const struct pairs *pairs, char text[static PAIRS_TEXT]);

#endif
