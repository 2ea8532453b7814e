/* A conversation of a person at the terminal with sekisho-authd: its questions are shown and the
 * answers typed here. authd alone decides. */
#ifndef SEKISHO_CLI_TALK_H
#define SEKISHO_CLI_TALK_H

#include "protocol.h"

#include <stdio.h>

/* Fills in who runs the program, where and in which language; .service and .flags are the
 * caller's. -ENOENT: the account has no name; -ERANGE. */
int talk_introduce(struct auth_hello *hello);

/* Until the verdict. To one that grants is said that no other factor is asked for. -EPERM: it is
 * not root who listens at @socket; -EBADMSG; -errno. */
int talk_run(const char *socket, const struct auth_hello *hello, struct auth_verdict *ret_verdict);

/* Text from authd, for a person: its lines, and nothing else that moves the cursor. */
void talk_say(const char *text, FILE *out);

#endif
