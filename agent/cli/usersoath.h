/* The file of seeds that pam_oath and liboath use, a line a person:
 *
 *     TYPE USER PIN SEED-HEX [COUNTER [LAST-CODE [TIME]]]
 *
 * TYPE is HOTP, HOTP/E/DIGITS or HOTP/T30[/DIGITS]. Pure. */
#ifndef SEKISHO_USERSOATH_H
#define SEKISHO_USERSOATH_H

#include "agent/auth/otpfile.h"

#include <stdbool.h>

#define USERSOATH_LINE 1024 /* bytes with the closing zero */

struct usersoath {
	struct otp_entry entry; /* without days */
	uint32_t next; /* HOTP: the first counter that was not used */
};

/* Takes the zero-terminated @line apart in place. 0; -ENODATA for one that says nothing (blank, a
 * comment); -EINVAL and why it can't be carried over (not translated), with .entry.user as far as
 * it was read. */
int usersoath_parse(char *line, struct usersoath *ret_line, const char **ret_refusal);

/* The line of an entry with its newline; wiped by the caller. -EINVAL and why the form has no word
 * for it; -EMSGSIZE. */
int usersoath_format(const struct usersoath *from, char line[static USERSOATH_LINE],
		     const char **ret_refusal);

#endif
