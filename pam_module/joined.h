/* Password and one-time code in one answer, for programs that ask once. */
#ifndef SEKISHO_JOINED_H
#define SEKISHO_JOINED_H

#include "secret.h"

#include <security/pam_modules.h>

#define JOINED_MIN 6 /* digits of a code */
#define JOINED_MAX 8

/* Leaves the code in @typed: its last @digits bytes. What stands before them becomes the password
 * that the next modules find (PAM_AUTHTOK) and judge; nobody else gets it. Where these bytes are
 * not all digits, or nothing stands before them, @typed ends empty, which is no code, and no
 * password is handed on. 0; -EBADMSG for a number of digits that no code has, -ENOMEM. */
int joined_split(pam_handle_t *pamh, unsigned int digits, struct secret *typed);

#endif
