/* Greeters that show less of a conversation than they are told. */
#ifndef SEKISHO_GREETER_H
#define SEKISHO_GREETER_H

#include <stdbool.h>

/* Whether the greeter behind this PAM service hides what the first hidden question says, forgets
 * what it showed once an answer is given, and writes words of its own over errors; what it is told
 * as information stands there until then. LightDM's does all three (lightdm-gtk-greeter 2.0.8,
 * process_prompts, login_cb, authentication_complete_cb). Pure. */
bool greeter_hides(const char *service);

/* Whether the program behind this PAM service draws what it is told as one line, as xsecurelock
 * does (1.8, auth_x11.c); Debian's brings no PAM file and uses common-auth. Pure. */
bool greeter_one_line(const char *service);

#endif
