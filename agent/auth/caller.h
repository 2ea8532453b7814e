/* The program that asks for a log-in. */
#ifndef SEKISHO_CALLER_H
#define SEKISHO_CALLER_H

#include "failure.h"
#include "protocol.h"
#include "settings.h"

/* A program of uid N may log in user N; root may log in anybody, and so may a server that root
 * named, at its own service. FAILURE_NONE or FAILURE_FORBIDDEN. */
enum failure caller_check(uint32_t uid, const struct auth_hello *hello,
			  const struct settings *settings);

/* The user that the kernel's audit holds for it, LIMITS_NO_LOGIN where the process is none's or
 * gone. */
uint32_t caller_loginuid(int32_t pid);

/* Who started it: sshd asks from a child of the process that leads the session. 0: not known. */
int32_t caller_parent(int32_t pid);

#endif
