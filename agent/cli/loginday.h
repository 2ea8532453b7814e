/* Another day than today, for which a log-in is asked about beforehand. */
#ifndef SEKISHO_LOGINDAY_H
#define SEKISHO_LOGINDAY_H

#include "agent/auth/roster.h"

#include <stdio.h>

#define LOGINDAY_TEXT_MAX 32

/* `2027-04-01`, with .minute -1, or `2027-04-01 08:30`, also with a `T` between. -EINVAL. Pure. */
int loginday_parse(const char *text, struct roster_moment *ret_moment);

/* The other way. */
void loginday_format(struct roster_moment moment, char text[static LOGINDAY_TEXT_MAX]);

/* Tells what an answer about another day stands on, and what nobody can know of it. @age: how old
 * the collector's list will be is something of that. */
void loginday_tell_limits(FILE *out, bool age);

#endif
