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

/* Before the key is asked for: nothing but a key at this terminal counts, with PIN or finger. */
void vouch_narrow(struct login *login);

/* After: asks for whom, and records that it was answered. FAILURE_NONE: *ret_digits is the answer
 *. */
enum failure vouch_answer(struct login *login, char ret_digits[static PHONECODE_SHOWN]);

/* Tells the answer: the last message, with a verdict that opens nothing. */
void vouch_tell(struct login *login, const char *digits);

#endif
