/* Asking and telling the person through the program's conversation function.
 *
 * Texts may come from authd, which reads tokens: control characters other than line breaks, and
 * what is invisible or changes the direction of writing, are shown as "?". */
#ifndef SEKISHO_CONVERSATION_H
#define SEKISHO_CONVERSATION_H

#include "protocol.h"
#include "result.h"
#include "secret.h"

#include <security/pam_modules.h>

/* Asks once. 0; -ENODATA for an empty answer or sshd's placeholder; -EIO if the program has no
 * conversation, failed, or gave nothing back; -EMSGSIZE for an answer over SECRET_MAX. What the
 * program handed over is wiped and freed. @echo: what is typed may be shown. */
int conversation_ask(pam_handle_t *pamh, const char *prompt, bool echo, struct secret *ret_answer);

/* Tells, unless @text is empty; a program that can't show it is no reason to fail. */
void conversation_tell(pam_handle_t *pamh, const char *text, bool error);

/* Takes away what was told last, where the program keeps it standing there. */
void conversation_clear(pam_handle_t *pamh);

/* Shows the row's own message, if it has one, in the language that suits the person. */
void conversation_tell_result(pam_handle_t *pamh, enum result result);

/* LC_ALL, LC_MESSAGES or LANG of the program; "" if unset or not the name of a locale. A user may
 * have chosen it (sudo, su): it picks words, nothing else. */
void conversation_locale(char ret_locale[static PROTOCOL_ID_MAX]);

#endif
