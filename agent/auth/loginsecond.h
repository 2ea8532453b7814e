/* The second person of a log-in: who stands by, or vouches. */
#ifndef SEKISHO_LOGINSECOND_H
#define SEKISHO_LOGINSECOND_H

#include "failure.h"

struct keyfactor;
struct lockout;
struct login;

/* Before anybody is asked: whom the second person stands beside, and whether one may vouch. */
void loginsecond_introduce(struct login *login);

/* Once the person's own factors were right, or a colleague vouched: the hours, and the witness
 * where the roster wants one. */
enum failure loginsecond_witness(struct login *login);

/* Whoever was asked last: what a refusal is about. */
const char *loginsecond_last_user(const struct login *login);
const struct keyfactor *loginsecond_last_factor(const struct login *login);
const struct lockout *loginsecond_last_lockout(const struct login *login);

#endif
