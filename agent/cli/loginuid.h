/* Who logged in, however many times su and sudo were used since: proc(5), /proc/PID/loginuid. */
#ifndef SEKISHO_LOGINUID_H
#define SEKISHO_LOGINUID_H

#include <stdbool.h>
#include <sys/types.h>

/* False where nobody logged in before this process, as in a service, or the kernel has no audit. */
bool loginuid_read(uid_t *ret_uid);

/* The same; who runs this program, where that is all there is to know. */
uid_t loginuid_or_uid(void);

#endif
