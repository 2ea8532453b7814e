/* Whether a log-in comes from another machine, whose person does not see our keys. */
#ifndef SEKISHO_REMOTE_H
#define SEKISHO_REMOTE_H

#include <stdbool.h>

/* @service and @rhost are PAM's items, @host is our own name. sshd is remote whatever it tells;
 * some local programs name this very machine. Pure. */
bool remote_login(const char *service, const char *rhost, const char *host);

#endif
