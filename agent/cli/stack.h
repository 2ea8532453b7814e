/* The machine's PAM stack as pam-auth-update keeps it: whether it asks for the key, and the switch.
 * Source of the layout: pam-auth-update(8), pam.d(5). */
#ifndef SEKISHO_STACK_H
#define SEKISHO_STACK_H

#include <stdbool.h>

#define STACK_AUTH    "/etc/pam.d/common-auth"
#define STACK_ACCOUNT "/etc/pam.d/common-account"
#define STACK_PROFILE "/usr/share/pam-configs/sekisho"

/* Whether the lines of type @type ("auth", "account") in @text name pam_sekisho.so as `required`
 * before any other module. Pure. */
bool stack_asks(const char *text, const char *type);

/* Whether any line of @text that is not a comment names pam_sekisho.so. Pure. */
bool stack_names(const char *text);

/* Reads both files. *ret_on: both ask as they should. *ret_traces: one names the module at all. */
int stack_state(bool *ret_on, bool *ret_traces);

/* Switches the profile by pam-auth-update and reads the outcome back. -EBUSY if the files did not
 * change as they should, which is what edited files lead to. */
int stack_switch(bool on);

#endif
