/* sekisho check login: each service, and how many factors get in; doors that PAM doesn't guard. */
#ifndef SEKISHO_CHECK_LOGIN_H
#define SEKISHO_CHECK_LOGIN_H

#include "logins.h"

#include <stdbool.h>
#include <stdio.h>

/* @root: a descriptor of "/". Returns enum command_result. */
int check_login(int root, bool json);

/* Writes the ways into @login that are not root's own, or what isn't understood of it, for people.
 */
void check_login_show(FILE *out, const struct login *login);

#endif
