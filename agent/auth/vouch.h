/* Somebody vouches, at this terminal, for a colleague at another one: a key is judged as in a
 * log-in, and no door is opened. */
#ifndef SEKISHO_VOUCH_H
#define SEKISHO_VOUCH_H

#include "failure.h"
#include "phonecode.h"

#include <stdbool.h>

struct login;

/* Whether that is what the program asks for. */
bool vouch_is_asked(const struct login *login);

/* As in a log-in, up to the key, but that nothing except a key at this terminal counts, with PIN or
 * finger; then asks for whom, and records that it was answered. FAILURE_NONE: *ret_digits is the
 * answer. */
enum failure vouch_run(struct login *login, char ret_digits[static PHONECODE_SHOWN]);

/* Tells the answer: the last message, with a verdict that opens nothing. */
void vouch_tell(struct login *login, const char *digits);

#endif
