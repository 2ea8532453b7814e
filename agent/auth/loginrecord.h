/* What the journal says of a log-in. */
#ifndef SEKISHO_LOGINRECORD_H
#define SEKISHO_LOGINRECORD_H

#include "failure.h"
#include "protocol.h"
#include "spool.h"

struct event;
struct login;

/* Writes who, where, by which factor and with which end into the log-in's event. @reason: NULL, or
 * a failure's name. */
void loginrecord_describe(struct login *login, const char *reason, enum verdict verdict);

/* Records an event within the one time limit of all that a log-in records before its verdict: what
 * could not be recorded then is a failure, and grants nobody anything. */
enum failure loginrecord_write(struct login *login, enum spool_class class,
			       const struct event *event);

/* The second person's part, without which nobody is let in. FAILURE_NONE also where there is none;
 * FAILURE_BROKEN where a substitute log-in comes here without a colleague. */
enum failure loginrecord_second(struct login *login);

void loginrecord_suspect(struct login *login);
void loginrecord_locked(struct login *login);
/* As loginrecord_write(). */
enum failure loginrecord_operator(struct login *login, enum spool_class class);
void loginrecord_damage(const struct login *login);

/* Waits for what becomes of a log-in that was granted, and records it. @r: what telling the module
 * of the grant returned. */
void loginrecord_follow(struct login *login, int r);

#endif
