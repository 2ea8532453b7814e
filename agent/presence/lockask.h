/* Has sekisho-lock, the one with root's name, lock or end a session. */
#ifndef SEKISHO_LOCKASK_H
#define SEKISHO_LOCKASK_H

#include "lockproto.h"

/* 0; -ENXIO: there is no such session; -ETIMEDOUT and other -errno: it is as it was. */
int lockask(const char *socket, enum lock_verb verb, const char *session);

#endif
