/* An attempt as an event's fields. */
#ifndef SEKISHO_ATTEMPT_TEXT_H
#define SEKISHO_ATTEMPT_TEXT_H

#include "event.h"

#include "agent/lsm/attempt.h"

/* Who tried is named by logind's files below @run, a device by @sysfs. */
void attempt_describe(const struct attempt *attempt, const char *run, const char *sysfs,
		      struct event *event);

#endif
