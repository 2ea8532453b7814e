/* The program that asks for a log-in. */
#ifndef SEKISHO_CALLER_H
#define SEKISHO_CALLER_H

#include "failure.h"
#include "protocol.h"
#include "settings.h"

#include <stdbool.h>

struct caller {
	uint32_t uid;
	int32_t pid;
	/* Whom the kernel's audit holds it for; LIMITS_NO_LOGIN: nobody, or that is not known. */
	uint32_t loginuid;
	/* Nobody had logged in before it was started, as it is with login(1)'s and greeters'. False
	 * where the kernel does not know. */
	bool first;
};

/* @uid and @pid: as wire_peer() tells them. */
struct caller caller_of(uint32_t uid, int32_t pid);

/* A program of uid N may log in user N; root may log in anybody, and so may a server that root
 * named, at its own service. FAILURE_NONE or FAILURE_FORBIDDEN. */
enum failure caller_check(uint32_t uid, const struct auth_hello *hello,
			  const struct settings *settings);

/* Who started it: sshd asks from a child of the process that leads the session. 0: not known. */
int32_t caller_parent(int32_t pid);

#endif
