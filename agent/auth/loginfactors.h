/* What a person is asked for in a log-in: the factors, with everything that must be there before.
 */
#ifndef SEKISHO_LOGINFACTORS_H
#define SEKISHO_LOGINFACTORS_H

#include "failure.h"

struct login;

/* Before anything is asked of anybody, and before anybody is looked up: whether the person has to
 * wait after wrong answers; then the keys that are there are made ready. */
enum failure loginfactors_begin(struct login *login);

/* Asks the person, by .way and .offer. FAILURE_NONE: the factor was right, it is the person's and
 * its counter is on the disk. Wrong answers are counted. */
enum failure loginfactors_run(struct login *login);

/* Whatever the outcome is: lets go of counters and waits, and no key blinks on while the verdict is
 * on its way. */
void loginfactors_end(struct login *login);

#endif
