/* A notification on the desktop of the session: org.freedesktop.Notifications, "Desktop
 * Notifications Specification" 1.2. */
#ifndef SEKISHO_DESKTOP_H
#define SEKISHO_DESKTOP_H

#include "agent/cli/refusal_text.h"

#include <stdbool.h>
#include <stddef.h>

/* Shows it; @more others go untold. 0, or -errno: nobody on the session's bus shows any, or not in
 * time. */
int desktop_tell(const struct refusal_text *text, size_t more, const char *contact);

/* Shows the code for a new keyboard, as long as it counts. The same. */
int desktop_challenge(const json_t *challenge, const char *contact);

/* What stands in the notification. @markup: the server reads &, < and > as markup, so they are
 * escaped. Pure. */
void desktop_body(const struct refusal_text *text, size_t more, const char *contact, bool markup,
		  char *body, size_t size);

#endif
